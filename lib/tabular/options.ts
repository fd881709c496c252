import { wrongType } from '../errors';
import type { CheckpointOptions, MatrixLike, NeuralNetwork, TargetsLike } from '../index';
import { boolean, type Check, callback, elements, integer, number, object, oneOf, optional, record, withDefault } from '../options/check';
import { checkCheckpoint } from '../options/checkpoint';
import { checkSignal, type Signal } from '../options/fit';
import { type MetricName, metricRows } from '../options/metrics';
import { Table } from '../table/table';
import type { Task } from './kind';
import type { TrainingPlan } from './plan';
import { type RecipeName, recipeNames } from './recipe/recipes';
import type { RecordLike } from './records';
import type { SplitOptions } from './splits';

/** A prediction for one row: a number, or a class with the probability of each. */
export type TabularPrediction = NumberPrediction | ClassPrediction;

/** A predicted number, which is between the least and the largest one of training. */
export interface NumberPrediction {
  value: number;
  label?: undefined;
  probabilities?: undefined;
}

/** A predicted class. */
export interface ClassPrediction {
  /** The likeliest class, as it stood in the data. */
  label: string;
  /** Of each class by its name. Their sum is 1. */
  probabilities: Record<string, number>;
  value?: undefined;
}

/** The argument of `onEpoch`. */
export interface TabularProgress {
  /** `'train'`: the training that the figures are of. `'refit'`: the one on all rows. */
  phase: 'train' | 'refit';
  /** Epochs completed. */
  epoch: number;
  /** The epochs that there may be; fewer where training stops early. */
  epochs: number;
  /** Rows of an epoch. */
  rows: number;
  loss: number;
  validationLoss?: number;
  /** The metric that tells which epoch is the best. */
  metric?: { name: string; value: number };
  learningRate: number;
  /** Since this phase began. */
  seconds: number;
  /** The network in training, with the weights of this epoch. */
  network: NeuralNetwork;
  /** Some of the rows to train on, as the network gets them: for gradients and pictures. */
  batch: { x: MatrixLike; y: TargetsLike };
  /** Predicts with the weights of this epoch. */
  predict(records: readonly RecordLike[]): TabularPrediction[];
}

/** The options of `TabularModel.train`. */
export interface TrainOptions {
  /** The name of the column to predict. */
  target: string;
  /** Whether to predict a number or a class. Default: what the column looks like; the report says why. */
  task?: Task;
  /** The columns to predict from. Default: all others. */
  features?: readonly string[];
  /** Columns to leave out. */
  drop?: readonly string[];
  /** `'default'`: four networks in one. `'fast'`: a small network, in a fraction of the time. */
  recipe?: RecipeName;
  /** The source of all random numbers. Default 0. */
  seed?: number;
  /** The most epochs. Default: the recipe's. */
  epochs?: number;
  /** Seconds for all of it, about. Results depend on the machine then. Default: no limit. */
  timeLimit?: number;
  /** Whether the model is trained again on all rows when the figures are known. Default true. */
  refit?: boolean;
  /** The share of rows for the figures, or a table for them; 0: none, and there are no figures. Default 0.2. */
  test?: number | Table;
  /** The share of the other rows that tells which epoch is the best, or a table; 0: none. Default 0.2. */
  validation?: number | Table;
  /** How rows are split. `{ group }`: all rows with the same value of a column on one side. `{ time }`: the last ones. Default `'random'`. */
  split?: SplitOptions;
  /** A column with a weight for each row. It is not predicted from. */
  weights?: string;
  /** The metric that tells which epoch is the best. Default `'accuracy'`, or `'rmse'`. */
  metric?: MetricName;
  /** Whether to measure how much each column matters. Default true. */
  importance?: boolean;
  /** Ends training after the epoch under way, and keeps the best model so far. Before the end of the first one, `train` rejects with an `AbortError`. */
  signal?: AbortSignal;
  /** Called after each epoch; may return `false`, or a promise of it, to end training as `signal` does. */
  onEpoch?: (progress: TabularProgress) => unknown;
  /** Called before training, with what was made of the table and the options. */
  onPlan?: (plan: TrainingPlan) => unknown;
  /** Called when something new begins, with what it is. */
  onPhase?: (text: string) => unknown;
  /** Saves the training after epochs, as `fit` does; the training on all rows has a file of its own, with `.refit` behind the name. */
  checkpoint?: CheckpointOptions;
}

export interface CheckedTrain {
  target: string;
  task?: Task | undefined;
  features?: readonly string[] | undefined;
  drop: readonly string[];
  recipe: RecipeName;
  seed: number;
  epochs?: number | undefined;
  timeLimit?: number | undefined;
  refit: boolean;
  test: number | Table;
  validation: number | Table;
  split: SplitOptions;
  weights?: string | undefined;
  metric?: MetricName | undefined;
  importance: boolean;
  signal?: Signal | undefined;
  onEpoch?: ((progress: TabularProgress) => unknown) | undefined;
  onPlan?: ((plan: TrainingPlan) => unknown) | undefined;
  onPhase?: ((text: string) => unknown) | undefined;
  checkpoint?: ReturnType<typeof checkCheckpoint> | undefined;
}

const text: Check<string> = (value, name) => {
  if (typeof value !== 'string') throw wrongType(name, 'the name of a column', value);
  return value;
};

const names: Check<readonly string[]> = (value, name) => elements(value, name, 'an array of names of columns', text);

const share = number({ min: 0, below: 1 });
const shareOrTable: Check<number | Table> = (value, name) => {
  if (isTable(value)) return value;
  if (typeof value !== 'number') throw wrongType(name, 'a share from 0 to below 1, or a Table', value);
  return share(value, name);
};

const checkSplit: Check<SplitOptions> = (value, name) => {
  if (typeof value === 'string') return oneOf(['random'])(value, name);
  const given = record<{ group?: string | undefined; time?: string | undefined }>({ group: optional(text), time: optional(text) })(
    value,
    name,
  );
  if ((given.group === undefined) === (given.time === undefined)) {
    throw wrongType(name, "'random', { group: 'name of a column' } or { time: 'name of a column' }", value);
  }
  return given as SplitOptions;
};

const functionOf = callback as Check<never>;

const check = record<CheckedTrain>(
  {
    target: text,
    task: optional(oneOf<Task>(['regression', 'classes'])),
    features: optional(names),
    drop: withDefault(names, []),
    recipe: withDefault(oneOf(recipeNames), 'default'),
    seed: withDefault(integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), 0),
    epochs: optional(integer({ min: 1 })),
    timeLimit: optional(number({ above: 0 })),
    refit: withDefault(boolean, true),
    test: withDefault(shareOrTable, 0.2),
    validation: withDefault(shareOrTable, 0.2),
    split: withDefault(checkSplit, 'random'),
    weights: optional(text),
    metric: optional(oneOf(Object.keys(metricRows) as MetricName[])),
    importance: withDefault(boolean, true),
    signal: optional(checkSignal),
    onEpoch: optional(functionOf),
    onPlan: optional(functionOf),
    onPhase: optional(functionOf),
    checkpoint: optional(checkCheckpoint),
  },
  { bare: true },
);

/** The options of `train`, checked. */
export const checkTrain = (value: unknown): CheckedTrain => check(object(value, 'options'), 'options');

/** Whether a value is a table; a revoked proxy is none. */
export function isTable(value: unknown): value is Table {
  try {
    return value instanceof Table;
  } catch {
    return false;
  }
}

/** A table that was made here. */
export const checkTable: Check<Table> = (value, name) => {
  if (!isTable(value)) throw wrongType(name, 'a Table: await readTable(path), or Table.from(records)', value);
  return value;
};
