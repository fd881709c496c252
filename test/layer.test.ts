import { expect, it } from 'vitest';
import { dense, type Layer, NeuralNetwork } from '../lib';

const make = (precision: 'f32' | 'f64' = 'f32') => new NeuralNetwork({ inputSize: 2, layers: [dense(3, 'tanh'), dense(1)], precision });
const first = (nn: NeuralNetwork) => nn.layers[0] as Layer;

it('weights are [in, units], a bias is [units]', () => {
  const { weights, bias } = first(make());
  expect(weights).toEqual({ data: expect.any(Float32Array), shape: [2, 3] });
  expect(bias).toEqual({ data: new Float32Array(3), shape: [3] });
  expect(first(make('f64')).weights.data).toBeInstanceOf(Float64Array);
});

it.each<[string, unknown]>([
  ['rows', [[1, 2, 3], [4, 5, 6]]], // biome-ignore format: one line reads better
  ['a flat array', new Float64Array([1, 2, 3, 4, 5, 6])],
  ['a tensor', { data: [1, 2, 3, 4, 5, 6], shape: [2, 3] }],
])('weights can be set from %s', (_, value) => {
  const nn = make();
  Object.assign(first(nn), { weights: value });
  expect(first(nn).weights).toEqual({ data: new Float32Array([1, 2, 3, 4, 5, 6]), shape: [2, 3] });
});

it.each<[string, unknown]>([
  ['an array', [1, 2, 3]],
  ['a typed array', new Int8Array([1, 2, 3])],
  ['another bias', { data: new Float32Array([1, 2, 3]), shape: [3] }],
  ['a row', { data: new Float32Array([1, 2, 3]), shape: [1, 3] }],
])('a bias can be set from %s', (_, value) => {
  const nn = make();
  Object.assign(first(nn), { bias: value });
  expect(first(nn).bias).toEqual({ data: new Float32Array([1, 2, 3]), shape: [3] });
});

it('what is read is a copy', () => {
  const nn = make();
  const before = first(nn).weights;
  first(nn).weights.data.fill(9);
  expect(first(nn).weights).toEqual(before);
});

it('what is set counts at once', () => {
  const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(1)] });
  first(nn).weights = [[2], [3]];
  first(nn).bias = [4];
  expect(Array.from(nn.predict([10, 100]).data)).toEqual([324]);
});

it('a layer cannot be changed otherwise', () => {
  expect(() => Object.assign(first(make()), { units: 4 })).toThrow(TypeError);
  expect(() => (make().layers as Layer[]).pop()).toThrow(TypeError);
});
