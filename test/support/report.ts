import type { TabularReport } from '../../lib/tabular';

/** Reports as TabularModel gives them, with numbers made up. */

const wave = (index: number): number => Math.sin(12.9898 * index) * 0.5 + 0.5;
const epochs = 120;
const falling = (from: number, to: number, noise: number): number[] =>
  Array.from({ length: epochs }, (_, epoch) => to + (from - to) * Math.exp(-epoch / 20) + noise * wave(epoch));
const figure = (value: number, spread: number) => ({ value, spread });

const common = {
  taskWhy: 'the target has texts',
  version: '0.1.0',
  split: { train: 214, validation: 54, test: 67, how: 'random, stratified' },
  recipe: 'default',
  seed: 0,
  threads: 2,
  seconds: 3.4,
  epochs,
  bestEpoch: 84,
  stoppedBy: 'epochs',
  refit: { rows: 335, epochs: 84 },
  history: {
    loss: falling(1.1, 0.02, 0.01),
    validationLoss: falling(1.15, 0.09, 0.03),
    metric: falling(0.4, 0.98, 0.01),
    learningRate: Array.from({ length: epochs }, (_, epoch) => 0.02 * (0.5 - 0.5 * Math.cos((8 * Math.PI * epoch) / epochs)) + 1e-4),
  },
  rowsOfMetrics: 67,
  importance: [
    { column: 'bill_length_mm', drop: 0.41, spread: 0.03 },
    { column: 'flipper_length_mm', drop: 0.17, spread: 0.02 },
    { column: 'island', drop: 0.05, spread: 0.01 },
  ],
  dropped: [{ column: 'rowid', why: 'an identifier: another value in each row' }],
  warnings: [{ code: 'WARN_CHAINRULE_DUPLICATES', message: '2 rows to test with are among those to train on.' }],
  hash: '9f2b'.repeat(16),
} satisfies Partial<TabularReport>;

export const classesReport: TabularReport = {
  ...common,
  data: { rows: 335, columns: 8, rowsWithoutTarget: 0, source: { format: 'csv' } },
  task: 'classes',
  target: 'species',
  monitor: 'accuracy',
  metrics: { accuracy: figure(0.985, 0.015), logLoss: figure(0.061, 0.02) },
  baselines: {
    'most frequent': { accuracy: figure(0.437, 0.06), logLoss: figure(1.05, 0.03) },
    linear: { accuracy: figure(0.955, 0.02), logLoss: figure(0.12, 0.03) },
  },
  confusion: {
    labels: ['Adelie', 'Chinstrap', 'Gentoo'],
    counts: [
      [29, 1, 0],
      [0, 13, 0],
      [0, 0, 24],
    ],
  },
  worst: Array.from({ length: 3 }, (_, row) => ({
    row: 17 * row + 3,
    record: { island: 'Dream', bill_length_mm: 45.2 - row, flipper_length_mm: 190, sex: null },
    truth: 'Adelie',
    predicted: row === 0 ? 'Chinstrap' : 'Adelie',
    loss: 2.3 / (row + 1),
  })),
};

const truth = Array.from({ length: 300 }, (_, row) => 50_000 + 400_000 * wave(row));

export const numbersReport: TabularReport = {
  ...common,
  data: { rows: 20_640, columns: 10, rowsWithoutTarget: 0, source: { format: 'csv' } },
  task: 'regression',
  target: 'price',
  monitor: 'loss',
  metrics: { rmse: figure(45_600, 1100), r2: figure(0.843, 0.01) },
  baselines: {
    mean: { rmse: figure(115_300, 1500), r2: figure(0, 0.001) },
    linear: { rmse: figure(68_900, 1300), r2: figure(0.64, 0.01) },
  },
  predictions: { truth, predicted: truth.map((value, row) => value + 90_000 * (wave(row + 0.5) - 0.5)) },
  worst: [
    {
      row: 8,
      record: { rooms: 3, built: 1982, area: 12_345.6, note: '<script>alert(1)</script></script><!--', town: 'Ulm "am" Donau' },
      truth: 500_001,
      predicted: 311_000,
      loss: 3.6e10,
    },
  ],
};
