import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { groupKFold, kFold, type Split, stratifiedKFold, timeSeriesSplit, trainTestSplit } from '../../lib';
import { atOnce } from '../../lib/event-loop';
import { permuting, streams } from '../../lib/splits/permutation';
import { sharesOf } from '../../lib/splits/strata';

interface Golden {
  splits: { kind: string; of: number[]; options: object; folds: { train: number[]; test: number[] }[] }[];
}

const golden = JSON.parse(readFileSync(path.join(__dirname, '../goldens/metrics.json'), 'utf8')) as Golden;
const functions: Record<string, (of: number[], options: object) => Split[]> = { kFold, stratifiedKFold, groupKFold, timeSeriesSplit };
const plain = (splits: Split[]) => splits.map(({ train, test }) => ({ train: [...train], test: [...test] }));

it.each(golden.splits.map((one, index) => [one.kind, index, one] as const))(
  "%s is scikit-learn's, case %i",
  (kind, _, { of, options, folds }) => {
    expect(plain(functions[kind]?.(of, options) as Split[])).toEqual(folds);
  },
);

it('the random order is that of the native code', () => {
  // permutation(0x123456789abcd, 3, 20) of native/math/random.h, and a hash of permutation(42, 2^33 + 5, 100000).
  expect([...atOnce(permuting(20, 0x123456789abcd, streams.shuffle, 3))]).toEqual([
    1, 11, 8, 13, 16, 3, 19, 14, 17, 7, 5, 0, 6, 9, 18, 10, 12, 4, 2, 15,
  ]);
  let hash = 0;
  for (const row of atOnce(permuting(100_000, 42, streams.shuffle, 2 ** 33 + 5))) hash = (Math.imul(hash, 31) + row) >>> 0;
  expect(hash).toBe(1071205392);
});

describe('random splits', () => {
  const labels = Array.from({ length: 103 }, (_, row) => (row % 10 === 0 ? 'rare' : row % 3 === 0 ? 'some' : 'many'));
  const tests = (splits: Split[]) => splits.flatMap(({ test }) => [...test]);
  const all = [...labels.keys()];
  const shareOf = (rows: Uint32Array, label: string) => [...rows].filter((row) => labels[row] === label).length;

  it.each<[string, (seed: number) => Split[]]>([
    ['kFold', (seed) => kFold(103, { shuffle: true, seed })],
    ['stratifiedKFold', (seed) => stratifiedKFold(labels, { shuffle: true, seed })],
  ])('%s has each row in one test, and ascending rows', (_, split) => {
    const splits = split(1);
    expect(tests(splits).sort((a, b) => a - b)).toEqual(all);
    for (const { train, test } of splits) {
      expect([...train, ...test].sort((a, b) => a - b)).toEqual(all);
      for (const rows of [train, test]) expect([...rows]).toEqual([...rows].sort((a, b) => a - b));
      expect(test.length).toBeGreaterThanOrEqual(20);
      expect(test.length).toBeLessThanOrEqual(21);
    }
    expect(plain(split(1))).toEqual(plain(splits));
    expect(plain(split(2))).not.toEqual(plain(splits));
    expect([...(splits[0] as Split).test]).not.toEqual([...(splits[0] as Split).test.keys()]);
  });

  it('stratified folds have each class by its share', () => {
    for (const { test } of stratifiedKFold(labels, { shuffle: true, seed: 3 })) {
      for (const label of ['rare', 'some', 'many']) {
        expect(Math.abs(shareOf(test, label) - labels.filter((one) => one === label).length / 5)).toBeLessThan(1);
      }
    }
  });

  it('trainTestSplit', () => {
    const { train, test } = trainTestSplit(labels, { testSize: 0.3, seed: 5, stratify: labels });
    expect([...train, ...test].sort((a, b) => a - b)).toEqual(all);
    expect(test).toHaveLength(31);
    expect(['rare', 'some', 'many'].map((label) => shareOf(test, label))).toEqual([3, 9, 19]);
    expect(trainTestSplit(8).test).toHaveLength(2);
    expect([...trainTestSplit(8, { shuffle: false }).test]).toEqual([6, 7]);
  });

  it('shares of classes are the nearest whole numbers that add up, and leave a row of each class', () => {
    expect(sharesOf([50, 30, 20], 10)).toEqual([5, 3, 2]);
    expect(sharesOf([10, 10, 10], 10)).toEqual([4, 3, 3]);
    expect(sharesOf([97, 2, 1], 50)).toEqual([49, 1, 0]);
    expect(sharesOf([1, 1, 1], 2)).toEqual([0, 0, 0]);
  });

  it('a class of each row leaves the random order to decide', () => {
    expect(trainTestSplit(6, { stratify: [0, 1, 2, 3, 4, 5], testSize: 0.5 }).test).toHaveLength(3);
  });
});
