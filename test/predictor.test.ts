import { describe, expect, it } from 'vitest';
import { dense, type Layer, NeuralNetwork } from '../lib';

/** A network that doubles its first input and adds its second. */
function make(precision: 'f32' | 'f64' = 'f32'): NeuralNetwork {
  const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(1)], precision });
  const layer = nn.layers[0] as Layer;
  layer.weights = [[2], [1]];
  layer.bias = [0];
  return nn;
}

describe.each(['f32', 'f64'] as const)('%s', (precision) => {
  const nn = make(precision);
  const Floats = precision === 'f32' ? Float32Array : Float64Array;

  it.each<[string, unknown, number[]]>([
    ['one row', [3, 4], [10]],
    ['one row of doubles', new Float64Array([3, 4]), [10]],
    ['one row of floats', new Float32Array([3, 4]), [10]],
    ['one row of bytes', new Uint8Array([3, 4]), [10]],
    ['rows', [[3, 4], [5, 6]], [10, 16]], // biome-ignore format: one line reads better
    ['typed rows', [new Float32Array([3, 4]), [5, 6]], [10, 16]],
    ['flat floats', new Float32Array([3, 4, 5, 6]), [10, 16]],
    ['flat doubles', new Float64Array([3, 4, 5, 6]), [10, 16]],
    ['a tensor', { data: new Float32Array([3, 4, 5, 6]), dims: [2, 2] }, [10, 16]],
  ])('%s', (_, x, expected) => {
    const { data, shape } = nn.predict(x as number[]);
    expect(data).toEqual(Floats.from(expected));
    expect(shape).toEqual([expected.length, 1]);
  });

  it.each([1, 2, 47, 48, 49, 2047, 2048, 2049, 10_000])('%i rows in every way', async (rows) => {
    const indices = Array.from({ length: rows * 2 }, (_, index) => index);
    const x = Floats.from(indices);
    const expected = Floats.from(indices.slice(0, rows).map((row) => 2 * (2 * row) + 2 * row + 1));
    const nested = Array.from({ length: rows }, (_, row) => [2 * row, 2 * row + 1]);
    expect(nn.predict(x).data).toEqual(expected);
    expect(nn.predict(nested).data).toEqual(expected);
    expect(await nn.predictAsync(x)).toEqual({ data: expected, shape: [rows, 1] });
  });
});

it('a result is not overwritten by the next one', () => {
  const nn = make();
  const first = nn.predict([1, 1]);
  nn.predict([5, 5]);
  expect(first.data).toEqual(new Float32Array([3]));
});

it('an error leaves nothing behind', () => {
  const nn = make();
  expect(() => nn.predict([Number.NaN, 1])).toThrow(RangeError);
  expect(() => nn.predict([1, 'x' as never])).toThrow(TypeError);
  expect(nn.predict([1, 1]).data).toEqual(new Float32Array([3]));
});

it('wide networks predict too', () => {
  const nn = new NeuralNetwork({ inputSize: 5000, layers: [dense(5000)] });
  const row = new Float32Array(5000).fill(1);
  expect(nn.predict(row).data).toEqual(nn.predict(Array.from(row)).data);
});
