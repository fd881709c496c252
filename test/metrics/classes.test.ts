import { expect, it } from 'vitest';
import { confusionMatrix, toClasses } from '../../lib';

it('the class is the largest output, the first of equals', () => {
  expect(toClasses({ data: [0, 1, 0, 5, 5, 1], shape: [2, 3] })).toEqual(new Int32Array([1, 0]));
});

it('a single output is compared with a threshold', () => {
  const output = { data: new Float32Array([0.5, 0.6, -1]), shape: [3, 1] };
  expect(toClasses(output)).toEqual(new Int32Array([0, 1, 0]));
  expect(toClasses(output, 0)).toEqual(new Int32Array([1, 1, 0]));
});

it('a confusion matrix counts [actual][predicted]', () => {
  expect(confusionMatrix([0, 0, 1, 2, 2], new Int32Array([0, 1, 1, 2, 0]))).toEqual([
    [1, 1, 0],
    [0, 1, 0],
    [1, 0, 1],
  ]);
  expect(confusionMatrix([], [], 2)).toEqual([
    [0, 0],
    [0, 0],
  ]);
});
