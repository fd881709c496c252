import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { type Activation, dense, type LossName, NeuralNetwork } from '../../lib';
import { native } from '../../lib/native';
import { losses, lossNames } from '../../lib/options';
import { activationNames, activations, explain, verdict } from '../../lib/options/outputs';
import { fitting, targetsOf } from '../support/targets';

const make = (activation: Activation, loss: LossName, units: number): NeuralNetwork =>
  new NeuralNetwork({ inputSize: 2, layers: [dense(3, 'tanh'), dense(units, activation)], loss, precision: 'f64', seed: 1 });

/** A target from which outputs of 2 are away: zeros for the losses that want those on a side of 0, else a one among zeros. */
const targetOf = (loss: LossName, units: number): number[] =>
  Array.from({ length: targetsOf(units, loss) }, (_, index) => (index === 0 && losses[loss].targets !== 'sides' ? 1 : 0));

let warnings: { message: string; type?: string; code?: string }[] = [];
beforeEach(() => {
  warnings = [];
  vi.spyOn(process, 'emitWarning').mockImplementation(((message: string, options: object) => {
    warnings.push({ message, ...options });
  }) as never);
});
afterEach(() => vi.restoreAllMocks());

const combinations = activationNames.flatMap((activation) =>
  lossNames.flatMap((loss) =>
    [1, 3].map((count) => {
      const units = fitting(count, loss);
      return { activation, loss, units, ...verdict(activation, loss, units) };
    }),
  ),
);

test('the table has every activation, loss and number of outputs', () => {
  expect([...activationNames].sort()).toEqual([...native.names.activations].sort());
  expect([...lossNames, 'custom'].sort()).toEqual([...native.names.losses].sort());
  expect(combinations).toHaveLength(15 * 13 * 2);
  const counts = (wanted: string): number => combinations.filter(({ is }) => is === wanted).length;
  expect([counts('allowed'), counts('warned about'), counts('refused')]).toEqual([179, 153, 58]);
});

describe.each(combinations)('$activation with $loss and $units outputs is $is', ({ activation, loss, units, is, instead }) => {
  const message = explain(verdict(activation, loss, units), activation, loss, units);

  it('and so says the constructor, once', async () => {
    if (is === 'refused') {
      const error = { name: 'ChainruleTypeError', code: 'ERR_CHAINRULE_OPTION', message };
      expect(() => make(activation, loss, units)).toThrow(expect.objectContaining(error));
      expect(warnings).toEqual([]);
      return;
    }
    const nn = make(activation, loss, units);
    await nn.fit({ x: [[0, 1]], y: [targetOf(loss, units)] }, { epochs: 1 });
    const warning = { message, type: 'ChainruleWarning', code: 'WARN_CHAINRULE_LAST_LAYER' };
    expect(warnings.filter(({ code }) => code === 'WARN_CHAINRULE_LAST_LAYER')).toEqual(is === 'allowed' ? [] : [warning]);
  });

  it('and what is not refused can learn', () => {
    if (is === 'refused') return;
    const nn = make(activation, loss, units);
    // relu has a gradient where it is above 0.
    Object.assign(nn.layers[1] as object, { bias: Array.from({ length: units }, (_, index) => 2 + index / 4) });
    const { gradients } = nn.backward([[0, 1]], [targetOf(loss, units)]);
    expect(gradients.some(({ weights }) => weights.data.some((value) => value !== 0))).toBe(true);
  });

  it('and the advice is allowed', () => {
    expect(instead === undefined).toBe(is === 'allowed');
    for (const pair of instead ?? []) {
      expect(verdict(pair.activation ?? activation, pair.loss ?? loss, pair.units ?? units).is, JSON.stringify(pair)).toBe('allowed');
      for (const name of [pair.activation, pair.loss]) if (name !== undefined) expect(message).toContain(name);
    }
  });
});

it.each(activationNames)('%s reaches the values of its range and no others', (activation) => {
  const units = activation === 'softmax' ? 2 : 1;
  const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(units, activation)], loss: 'mse', precision: 'f64' });
  Object.assign(nn.layers[0] as object, { weights: [units === 1 ? [1] : [1, 0]], bias: new Array(units).fill(0) });
  const x = Float64Array.from({ length: 4001 }, (_, index) => (index - 2000) / 50);
  const { data } = nn.predict(x);
  const [min, max] = activations[activation].range ?? [-Infinity, Infinity];
  const [least, most] = [Math.min(...data), Math.max(...data)];
  expect(least).toBeGreaterThanOrEqual(min);
  expect(most).toBeLessThanOrEqual(max);
  if (min > -Infinity) expect(least).toBeLessThan(min + 0.02);
  else expect(least).toBeLessThan(-0.3);
  if (max < Infinity) expect(most).toBeGreaterThan(max - 0.02);
  else expect(most).toBeGreaterThan(39);
});

it('softmax over one unit is refused in hidden layers and in files, too', () => {
  const layers = [dense(3, 'tanh'), dense(1, 'softmax'), dense(2)];
  expect(() => new NeuralNetwork({ inputSize: 2, layers })).toThrow(/^layers\[1\] must have more units: softmax over one unit is always 1/);
  const json = new NeuralNetwork({ inputSize: 2, layers: [dense(1)] }).toJSON();
  Object.assign(json.spec.layers[0] as object, { activation: 'softmax' });
  expect(() => NeuralNetwork.fromJSON(json)).toThrow(/softmax over one unit is always 1/);
});

it('a handle of a network does not repeat its warning', () => {
  const nn = make('relu', 'binaryCrossEntropy', 1);
  expect(warnings).toHaveLength(1);
  NeuralNetwork.fromShared(nn.share());
  expect(warnings).toHaveLength(1);
});
