import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toJSON } from '../../lib/formats/json';
import { encode, save as saveFile } from '../../lib/formats/safetensors';
import type { ModelState } from '../../lib/formats/state';
import { checkPath } from '../../lib/options/check';
import { exampleModel } from '../support/models';

const save = (file: string, state: ModelState): Promise<void> => saveFile(checkPath(file, 'path'), state);

// No writer writes a value that no reader takes: the good file that is there stays.

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

// 3 inputs, 5 units, dropout, 2 units.
const places: [index: number, place: string][] = [
  [0, 'layers[0].weights at row 0, column 0'],
  [8, 'layers[0].weights at row 1, column 3'],
  [14, 'layers[0].weights at row 2, column 4'],
  [15, 'layers[0].bias at index 0'],
  [19, 'layers[0].bias at index 4'],
  [20, 'layers[2].weights at row 0, column 0'],
  [29, 'layers[2].weights at row 4, column 1'],
  [31, 'layers[2].bias at index 1'],
];
const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

describe.each(['f32', 'f64'] as const)('%s', (precision) => {
  test.each(places)('at %i: %s', async (index, place) => {
    const file = path.join(folder, 'model.safetensors');
    const good = exampleModel({ precision });
    await save(file, good);
    for (const value of values) {
      const state = exampleModel({ precision });
      state.parameters[index] = value;
      const expected = { code: 'ERR_CHAINRULE_VALUE', message: `${place} must be a finite number to be saved, got ${value}` };
      await expect(save(file, state)).rejects.toMatchObject(expected);
      expect(() => encode(state)).toThrow(expect.objectContaining(expected));
      expect(() => toJSON(state)).toThrow(expect.objectContaining(expected));
    }
    expect(Buffer.compare(await readFile(file), encode(good))).toBe(0);
    expect(await readdir(folder)).toEqual(['model.safetensors']);
  });
});

test('the first of several is named, in however many parameters', () => {
  const state = exampleModel({ inputSize: 1000, layers: [{ type: 'dense', units: 300 }] });
  for (const index of [299_999, 262_144, 131_071]) {
    state.parameters[index] = Number.NaN;
    const place = `row ${Math.floor(index / 300)}, column ${index % 300}`;
    expect(() => encode(state)).toThrow(`layers[0].weights at ${place} must be a finite number to be saved, got NaN`);
  }
});

test('numbers that are large, or nearly zero, are finite', () => {
  const state = exampleModel({ precision: 'f64' });
  state.parameters.set([Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, -0]);
  expect(() => encode(state)).not.toThrow();
  expect((toJSON(state).parameters['layers.0.weights'] as number[][])[0]?.slice(0, 3)).toEqual([
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
    Number.MIN_VALUE,
  ]);
});
