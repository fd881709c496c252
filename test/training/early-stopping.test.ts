import { expect, it } from 'vitest';
import type { CheckedEarlyStopping } from '../../lib/options';
import { EarlyStopping } from '../../lib/training/early-stopping';

/** The epoch at which training stops, and the best one, when a quantity takes these values. */
function watch(values: number[], options: Partial<CheckedEarlyStopping>): { stop: number | undefined; best: number } {
  const stopping = new EarlyStopping({
    monitor: 'val_loss',
    patience: 0,
    minDelta: 0,
    mode: 'min',
    restoreBest: false,
    ties: 'first',
    ...options,
  });
  for (const [index, value] of values.entries()) {
    stopping.isBest(value, index + 1);
    if (stopping.verdict !== 'epochs') return { stop: index + 1, best: stopping.bestEpoch };
  }
  return { stop: undefined, best: stopping.bestEpoch };
}

it.each<[string, number[], Partial<CheckedEarlyStopping>, { stop: number | undefined; best: number }]>([
  ['stops at the first epoch that is no better', [3, 2, 2, 1], {}, { stop: 3, best: 2 }],
  ['is as impatient with patience 1', [3, 2, 2, 1], { patience: 1 }, { stop: 3, best: 2 }],
  ['waits `patience` epochs in a row', [3, 2, 4, 1, 4, 4, 0], { patience: 2 }, { stop: 6, best: 4 }],
  ['does not count crumbs', [3, 2.97, 2.94, 2.91], { minDelta: 0.1, patience: 3 }, { stop: 4, best: 1 }],
  ['adds crumbs up', [3, 2.95, 2.85], { minDelta: 0.1, patience: 2 }, { stop: undefined, best: 3 }],
  ['can look for more', [0.1, 0.5, 0.4], { mode: 'max' }, { stop: 3, best: 2 }],
  ['takes NaN for the worst', [Number.NaN, 2, Number.NaN, 1], { patience: 2 }, { stop: undefined, best: 4 }],
  ['takes infinities for the worst', [Infinity, 2, -Infinity, 1], { patience: 2 }, { stop: undefined, best: 4 }],
  ['stops at the target', [3, 2, 4, 1, 0], { patience: undefined, target: 1 }, { stop: 4, best: 4 }],
  ['stops at the target from below', [0.1, 0.5, 0.4, 0.9], { patience: undefined, target: 0.9, mode: 'max' }, { stop: 4, best: 4 }],
  [
    'takes what reaches the target for the best, however little better it is',
    [3, 2.95],
    { minDelta: 1, target: 2.95 },
    { stop: 2, best: 2 },
  ],
  ['takes the first of equals', [3, 2, 2, 4, 2], { patience: undefined }, { stop: undefined, best: 2 }],
  ['or the last, if asked', [3, 2, 2, 4, 2, 3], { patience: undefined, ties: 'last' }, { stop: undefined, best: 5 }],
  ['and is no more patient for them', [3, 2, 2, 2, 1], { patience: 2, ties: 'last' }, { stop: 4, best: 4 }],
  ['goes on while it gets better', [5, 4, 3, 2], {}, { stop: undefined, best: 4 }],
])('%s', (_, values, options, expected) => {
  expect(watch(values, options)).toEqual(expected);
});
