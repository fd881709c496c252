import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import vm from 'node:vm';
import { afterAll, describe, expect, test } from 'vitest';
import { dense, type NetworkOptions, NeuralNetwork, toClasses } from '../../lib';
import { toJavaScript } from '../../lib/formats/javascript';
import { activationNames, inputKinds, layerKinds } from '../../lib/options';
import { columns, inputs } from '../inputs/example';
import { dataOf, type Example, exampleInputs, exampleKinds, examples } from '../layers/examples';
import { examples as ensembles } from '../layers/members.examples';
import { exampleModel } from '../support/models';
import { RandomNumbers } from '../support/random-numbers';
import { randomize } from '../support/trained';

// The modules of `toJavaScript` against the networks' own predictions.

interface Exported {
  inputSize: number;
  outputSize: number;
  classNames?: readonly string[];
  predict(row: ArrayLike<number>): number[];
  predictClass(row: ArrayLike<number>): string;
}

const importing = (text: string): Promise<Exported> => import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(text)}`);

/** Equal but for rounding, relative to the largest value of the row, and of 1. */
function expectClose(found: readonly number[], wanted: ArrayLike<number>, tolerance: number): void {
  expect(found).toHaveLength(wanted.length);
  const scale = Math.max(1, ...Array.from(wanted, Math.abs));
  for (const [i, value] of found.entries()) expect(Math.abs(value - (wanted[i] as number)) / scale).toBeLessThanOrEqual(tolerance);
}

async function compare(nn: NeuralNetwork, x: ArrayLike<number>, rows: number): Promise<void> {
  const { predict, inputSize, outputSize } = await importing(nn.toJavaScript());
  expect([inputSize, outputSize]).toEqual([nn.inputSize, nn.outputSize]);
  for (let row = 0; row < rows; row++) {
    const values = Array.from(x).slice(row * inputSize, (row + 1) * inputSize);
    expectClose(predict(values), nn.predict(values).data, nn.precision === 'f64' ? 1e-12 : 1e-6);
  }
}

const activations = activationNames.flatMap((activation): Example[] => [
  { name: `a last layer of ${activation}`, options: { inputSize: 3, layers: [dense(6, activation)], loss: lossOf(activation) } },
  { name: `a layer of ${activation}`, options: { inputSize: 3, layers: [dense(20), { type: 'activation', activation }, dense(2)] } },
]);

function lossOf(activation: string): NonNullable<NetworkOptions['loss']> {
  return activation === 'softmax' ? 'crossEntropy' : 'mse';
}

const all: Example[] = [...examples, ...activations, ...ensembles.map(({ name, options }) => ({ name, options }))];

describe.each(['f32', 'f64'] as const)('%s', (precision) => {
  test.each(all)('$name', async (example) => {
    const nn = randomize(new NeuralNetwork({ ...example.options, precision }));
    await compare(nn, dataOf(example, 5).x.data, 5);
  });

  test('all kinds of inputs', async () => {
    const random = new RandomNumbers(4);
    const nn = randomize(new NeuralNetwork({ inputs, layers: [dense(7, 'tanh'), dense(2)], precision }));
    const row = () => columns.map((categories) => (categories > 0 ? random.below(categories) : random.between(-20, 20)));
    await compare(nn, Array.from({ length: 20 }, row).flat(), 20);
  });
});

test('every kind of layer and of input, and every activation, is among them', () => {
  expect([...exampleKinds(all)].sort()).toEqual([...layerKinds].sort());
  expect([...exampleInputs(all)].sort()).toEqual([...inputKinds].sort());
  expect(activations.map(({ name }) => name)).toHaveLength(2 * activationNames.length);
});

test('large and small numbers before every activation', async () => {
  const x = [0, -0, 1e-30, -1e-30, 1e-3, 5.9, 6.1, -5.9, -6.1, 40, -40, 100, -100];
  for (const activation of activationNames.filter((name) => name !== 'exp')) {
    const options = { inputSize: 2, layers: [{ ...dense(2, activation) }], loss: lossOf(activation), precision: 'f64' as const };
    const nn = new NeuralNetwork(options);
    (nn.layers[0] as { weights: unknown }).weights = [
      [1, 0],
      [0, 1],
    ];
    await compare(
      nn,
      x.flatMap((value) => [value, -value / 2]),
      x.length,
    );
  }
});

test('a column without deviation', async () => {
  const nn = new NeuralNetwork({ inputSize: 2, layers: [{ type: 'normalize' }, dense(2)] });
  await nn.adapt([
    [1, 5],
    [2, 5],
  ]);
  await compare(nn, [1.5, 5, 3, 7], 2);
});

describe('classes', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a name that must not become one
  const names = ['setosa', '</script><script>alert(1)</script>', "it's */ `${x}` \u2028 \\"];

  test('names, whatever is in them', async () => {
    const nn = randomize(new NeuralNetwork({ inputSize: 2, layers: [dense(3, 'softmax')], classNames: names }));
    const text = nn.toJavaScript();
    expect(text).not.toContain('</script>');
    const { classNames, predictClass } = await importing(text);
    expect(classNames).toEqual(names);
    const random = new RandomNumbers(2);
    for (let i = 0; i < 30; i++) {
      const row = [...random.array(2, -3, 3)];
      expect(predictClass(row)).toBe(toClasses(nn.predict(row), { classNames: names })[0]);
    }
  });

  test.each([
    ['sigmoid', 0.5],
    ['linear', 0],
  ] as const)('two of them by one output of %s', async (activation, threshold) => {
    const options = { inputSize: 1, layers: [dense(1, activation)], loss: 'binaryCrossEntropy' as const, classNames: ['no', 'yes'] };
    const nn = randomize(new NeuralNetwork(options));
    const { predictClass } = await importing(nn.toJavaScript());
    for (const value of [-4, -1, -0.1, 0.1, 1, 4]) {
      expect(predictClass([value])).toBe(toClasses(nn.predict([value]), { classNames: ['no', 'yes'], threshold })[0]);
    }
  });
});

describe('rows that do not fit', () => {
  const inputs = [
    { type: 'numeric' as const, columns: 1 },
    { type: 'categorical' as const, categories: 3, columns: 1 },
  ];
  const nn = new NeuralNetwork({ inputs, layers: [dense(1)] });

  test.each<[unknown, RegExp]>([
    [[1], /^row must have 2 numbers, got 1$/],
    [[1, 2, 3], /^row must have 2 numbers, got 3$/],
    [undefined, /^row must have 2 numbers, got undefined$/],
    [[1, Number.NaN], /^row\[1\] must be a finite number, got NaN$/],
    [[1e39, 1], /^row\[0\] must be a finite number, got 1e\+39$/],
    [['1', 1], /^row\[0\] must be a finite number, got 1$/],
    [[1, 3], /^row\[1\] must be a category: a whole number from 0 to 2, got 3$/],
    [[1, 0.5], /^row\[1\] must be a category: a whole number from 0 to 2, got 0\.5$/],
    [[1, -1], /^row\[1\] must be a category: a whole number from 0 to 2, got -1$/],
  ])('%j', async (row, message) => {
    const { predict } = await importing(nn.toJavaScript());
    expect(() => predict(row as number[])).toThrow(message);
  });
});

test('it needs nothing of Node.js: only the language and atob', () => {
  const nn = randomize(new NeuralNetwork({ inputSize: 2, layers: [dense(3, 'gelu'), dense(1)] }));
  const context = vm.createContext({ atob });
  const script = `${nn.toJavaScript().replaceAll(/^export /gm, '')}\npredict([0.5, 0.25])`;
  expectClose([...(vm.runInContext(script, context) as number[])], nn.predict([0.5, 0.25]).data, 1e-6);
});

test('it is small: what a network does not use is not in it', () => {
  const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(4, 'tanh'), dense(1, 'sigmoid')] });
  const text = nn.toJavaScript();
  expect(text.length).toBeLessThan(3500);
  expect(text).not.toMatch(/softmax|erf|layerNorm|categorical/);
  const large = new NeuralNetwork({ inputSize: 100, layers: [dense(100, 'relu'), dense(10, 'softmax')] });
  expect(large.toJavaScript().length - (large.parameterCount * 16) / 3).toBeLessThan(3500);
});

test('a weight that is not finite is refused by its name, and so is what no text can hold', () => {
  const state = exampleModel();
  state.parameters[4] = Number.NaN;
  expect(() => toJavaScript(state)).toThrow('layers[0].weights at row 0, column 4 must be a finite number to be saved, got NaN');
  const parameters = { byteLength: 2 ** 28 + 4 } as Float32Array;
  expect(() => toJavaScript({ ...state, parameters })).toThrow(/^the network must be of at most 268435456 bytes of parameters/);
});

describe('types', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chainrule-javascript-'));
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

  const check = (program: string) => {
    fs.writeFileSync(path.join(folder, 'program.mts'), program);
    const compiler = path.join(__dirname, '../../node_modules/.bin/tsc');
    const options = ['--noEmit', '--strict', '--allowJs', '--checkJs', '--module', 'nodenext', '--types', '', 'program.mts'];
    return execFileSync(compiler, options, { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' });
  };

  test('a program in TypeScript is given them', () => {
    const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(2, 'softmax')], classNames: ['cat', 'dog'] });
    fs.writeFileSync(path.join(folder, 'model.mjs'), nn.toJavaScript());
    const right = `import { classNames, inputSize, predict, predictClass } from './model.mjs';
      const outputs: number[] = predict([1, 2]);
      const more: number[] = predict(new Float32Array(inputSize));
      const name: 'cat' | 'dog' = predictClass([1, 2]);
      const names: readonly ['cat', 'dog'] = classNames;
      export { outputs, more, name, names };`;
    expect(check(right)).toBe('');
    expect(() => check(`import { predict } from './model.mjs'; predict('12');`)).toThrow();
    expect(() => check(`import { predictClass } from './model.mjs'; const name: 'bird' = predictClass([1, 2]);`)).toThrow();
  });
});
