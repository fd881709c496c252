import { describe, expect, it } from 'vitest';
import { type SampleShape, toSamples } from '../../lib/data/samples';

const classes: SampleShape = { inputSize: 2, outputSize: 3, targetSize: 3, precision: 'f32', loss: 'crossEntropy' };
const x = new Float32Array(8);
const targets = (y: unknown, shape = classes, of: unknown = x) => toSamples({ x: of, y }, 'data', '', shape).y;

describe('class labels', () => {
  it.each<[string, unknown]>([
    ['an array', [0, 1, 2, 0]],
    ['Int32Array', new Int32Array([0, 1, 2, 0])],
    ['Uint8Array', new Uint8Array([0, 1, 2, 0])],
    ['a tensor of one dimension', { data: new Int32Array([0, 1, 2, 0]), dims: [4] }],
  ])('from %s', (_, y) => {
    expect(targets(y)).toEqual(new Int32Array([0, 1, 2, 0]));
  });

  it('are always in memory of our own: in range once, in range for ever', () => {
    const labels = new Int32Array(new SharedArrayBuffer(16));
    expect(targets(labels).buffer).not.toBe(labels.buffer);
  });
});

describe('probabilities', () => {
  const oneHot = [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0];

  it.each<[string, unknown]>([
    ['rows', [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]], // biome-ignore format: one line reads better
    ['flat floats', new Float64Array(oneHot)],
    ['flat bytes', new Uint8Array(oneHot)],
    ['a tensor', { data: oneHot, shape: [4, 3] }],
  ])('from %s', (_, y) => {
    expect(targets(y)).toEqual(new Float32Array(oneHot));
  });

  it('of a single sample, flat', () => {
    expect(targets([0, 0.5, 0.5], classes, [1, 2])).toEqual(new Float32Array([0, 0.5, 0.5]));
  });
});

it('n targets of a network with one output are n rows', () => {
  expect(targets([1, 2, 3, 4], { ...classes, outputSize: 1, targetSize: 1, loss: 'mse' })).toEqual(new Float32Array([1, 2, 3, 4]));
});

it('rows that are named are checked, in memory of our own', () => {
  const rows = new Uint8Array(new SharedArrayBuffer(3));
  rows.set([3, 0, 3]);
  const samples = toSamples({ x, y: [0, 1, 2, 0], rows }, 'data', '', classes);
  expect(samples).toEqual({ x, y: new Int32Array([0, 1, 2, 0]), rows: 3, index: new Uint32Array([3, 0, 3]) });
  expect(samples.index?.buffer).not.toBe(rows.buffer);
});
