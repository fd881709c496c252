import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { dense, NeuralNetwork, toClasses, toRows } from '../../lib';

const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(3)], seed: 1 });
const x = [
  [1, 2],
  [3, 4],
];
const flat = [1, 5, 3, 9, 2, 4];
const matrix = [flat.slice(0, 3), flat.slice(3)];

describe('a matrix in whatever form', () => {
  const forms: [string, Parameters<typeof toRows>[0], columns?: number][] = [
    ['rows', matrix],
    ['rows of typed arrays', matrix.map((row) => Float32Array.from(row))],
    ['{ data, shape }', { data: Float64Array.from(flat), shape: [2, 3] }],
    ['{ data, dims }', { data: flat, dims: [2, 3] }],
    ['column-major', { data: [1, 9, 5, 2, 3, 4], shape: [2, 3], order: 'column-major' } as never],
    ['a flat array with columns', Float32Array.from(flat), 3],
  ];
  test.each(forms)('%s', (_, output, columns) => {
    expect(toRows(output, columns)).toEqual(matrix);
    expect([...toClasses(output, columns === undefined ? {} : { columns })]).toEqual([1, 0]);
  });

  test('a single column is above the threshold or not', () => {
    expect([...toClasses([[0.2], [0.7]])]).toEqual([0, 1]);
    expect([...toClasses([[-1], [0.2]], 0)]).toEqual([0, 1]);
  });

  test('a forgotten await is said so', () => {
    expect(() => toClasses(nn.predictAsync(x) as never)).toThrow('await output');
    expect(() => toRows(nn.predictAsync(x) as never)).toThrow('await output');
  });

  test('NaN has no class', () => {
    expect(() => toClasses([[Number.NaN, 1]])).toThrow(expect.objectContaining({ code: 'ERR_CHAINRULE_VALUE' }));
  });
});

test('predictions are written as rows in JSON, and are plain data elsewhere', async () => {
  const predictions = [nn.predict(x), nn.forward(x), await nn.predictAsync(x)];
  for (const prediction of predictions) {
    expect(JSON.parse(JSON.stringify({ prediction }))).toEqual({ prediction: toRows(prediction) });
    const { data, shape } = prediction;
    expect(Object.keys(prediction)).toEqual(['data', 'shape']);
    expect(structuredClone(prediction)).toEqual({ data, shape });
    expect(isDeepStrictEqual(structuredClone(prediction), { data, shape })).toBe(true);
    expect(prediction).toEqual({ data, shape });
  }
  expect(JSON.stringify(await nn.batcher().predict([1, 2]))).toBe(JSON.stringify(toRows(nn.predict([1, 2]))));
});

describe('labels that are no class indices', () => {
  const classes = new NeuralNetwork({ inputSize: 2, layers: [dense(3, 'softmax')], seed: 1 });
  test.each<[string, unknown, RegExp]>([
    ['text', ['a', 'b'], /classes\.indexOf/],
    ['bigints', [0n, 1n], /Array\.from\(y, Number\)|Number/],
    ['a BigInt64Array', BigInt64Array.of(0n, 1n), /Int32Array\.from\(y, Number\)/],
    ['booleans', [true, false], /Number/],
  ])('%s', async (_, y, message) => {
    await expect(classes.fit({ x, y: y as never })).rejects.toThrow(message);
  });

  test('[n, 1] are class indices', async () => {
    const column = await classes.evaluate({ x, y: [[2], [1]] });
    expect(column).toEqual(await classes.evaluate({ x, y: [2, 1] }));
  });
});
