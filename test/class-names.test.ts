import { describe, expect, it } from 'vitest';
import { crossValidate, dense, NeuralNetwork, toClasses } from '../lib';

const classNames = ['setosa', 'versicolor', '__proto__'];
const x = Array.from({ length: 30 }, (_, i) => [Math.sin(i), Math.cos(i)]);
const labels = x.map((_, i) => i % 3);
const named = labels.map((label) => classNames[label] as string);
const three = () => new NeuralNetwork({ inputSize: 2, layers: [dense(4, 'tanh'), dense(3, 'softmax')], seed: 1, classNames });
const two = () => new NeuralNetwork({ inputSize: 2, layers: [dense(1, 'sigmoid')], classNames: ['no', 'yes'] });

it('names and indices are the same targets', async () => {
  const [one, other] = [three(), three()];
  const options = { epochs: 2, validationSplit: 0.2 };
  await one.fit({ x, y: named }, options);
  await other.fit({ x, y: labels }, options);
  expect(one.predict(x)).toEqual(other.predict(x));
  expect(one.backward(x, named).loss).toBe(other.backward(x, labels).loss);
  const [yes, no] = [two(), two()];
  await yes.fit({ x, y: labels.map((label) => (label > 0 ? 'yes' : 'no')) }, { epochs: 1 });
  await no.fit({ x, y: labels.map((label) => Number(label > 0)) }, { epochs: 1 });
  expect(yes.predict(x)).toEqual(no.predict(x));
  expect((await crossValidate(three, { x, y: named }, { folds: 3, fit: { epochs: 1 } })).folds).toHaveLength(3);
});

it('results have the names', async () => {
  const nn = three();
  const out = nn.predict(x);
  const names = toClasses(out, { classNames: nn.classNames as string[] });
  expect(names).toEqual(Array.from(toClasses(out), (index) => classNames[index]));
  const result = await nn.evaluate(
    { x, y: named },
    { confusionMatrix: true, metrics: [{ type: 'recall', average: 'none', name: 'recalls' }] },
  );
  expect(result.classNames).toEqual(classNames);
  expect(Object.keys(result.recalls as object)).toEqual(classNames);
  expect(
    toClasses(
      [0.2, 0.7].map((p) => [p]),
      { classNames: ['no', 'yes'] },
    ),
  ).toEqual(['no', 'yes']);
});

describe('names are kept', () => {
  it.each<[string, (nn: NeuralNetwork) => NeuralNetwork]>([
    ['in JSON', (nn) => NeuralNetwork.fromJSON(JSON.parse(JSON.stringify(nn)))],
    ['in files', (nn) => NeuralNetwork.fromBytes(nn.toBytes())],
    ['by shared networks', (nn) => NeuralNetwork.fromShared(nn.share())],
  ])('%s', (_, copy) => {
    const nn = three();
    expect(copy(nn).classNames).toEqual(classNames);
    expect(nn.toJSON().spec.classNames).toEqual(classNames);
  });

  it('and cannot be changed', () => {
    const nn = three();
    expect(() => (nn.classNames as string[]).push('more')).toThrow(TypeError);
    expect(() => Object.assign(nn, { classNames: ['a', 'b', 'c'] })).toThrow(TypeError);
  });
});

it('a network without them has none, and its files do not change', () => {
  const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(1)] });
  expect(nn.classNames).toBeUndefined();
  expect(Object.hasOwn(nn.toJSON().spec, 'classNames')).toBe(false);
});
