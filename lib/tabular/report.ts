import type { DroppedColumn } from './encoder';
import type { Figures } from './figures';
import type { Finding } from './findings';
import type { Importance } from './importance';
import type { Task } from './kind';
import type { RecipeName } from './recipe/recipes';

/** A row that a model is the most wrong about. */
export interface WorstRow {
  /** Its index in the table. */
  row: number;
  record: Record<string, number | string | boolean | null>;
  truth: number | string;
  predicted: number | string;
  /** The squared error; of classes -log of the probability of the true one. */
  loss: number;
}

/** Counts of true and predicted classes: `counts[truth][predicted]`. */
export interface Confusion {
  labels: readonly string[];
  counts: readonly (readonly number[])[];
}

/** The evaluation of a model's predictions for some rows. */
export interface TabularEvaluation {
  /** The number of rows. */
  rows: number;
  /** By their names, the most important first. */
  metrics: Figures;
  /** The same of the mean or the most frequent class of the rows that the model was trained on. */
  baselines: Record<string, Figures>;
  /** Of at most 100 classes. */
  confusion?: Confusion;
  /** Of numbers: the true ones and the predicted ones, of at most 1000 rows. */
  predictions?: { truth: number[]; predicted: number[] };
  worst: WorstRow[];
}

/** The course of a training: a number for each epoch. */
export interface TabularHistory {
  loss: number[];
  validationLoss: number[];
  /** The metric that tells which epoch is the best, on the rows for validation. */
  metric: number[];
  learningRate: number[];
}

/** All that is known of a model, as plain JSON. Figures are of rows that the model they are of has not been trained on. */
export interface TabularReport {
  /** The version of Chainrule. */
  version: string;
  data: { rows: number; columns: number; rowsWithoutTarget: number; source: { format: string; path?: string } };
  task: Task;
  /** The reason for the task. */
  taskWhy: string;
  target: string;
  split: { train: number; validation: number; test: number; how: string };
  recipe: RecipeName;
  seed: number;
  threads: number;
  seconds: number;
  /** The epochs of the whole schedule, and the one whose weights were the best. */
  epochs: number;
  bestEpoch: number;
  /** Why training ended. */
  stoppedBy: 'epochs' | 'earlyStopping' | 'callback' | 'signal' | 'time';
  /** The rows that the saved model was trained on in the end; null: it is the model that the figures are of. */
  refit: { rows: number; epochs: number } | null;
  /** The metric that told which epoch was the best. */
  monitor: string;
  history: TabularHistory;
  metrics: Figures;
  /** The same of models that a better one has to beat. */
  baselines: Record<string, Figures>;
  /** The number of rows that all of these figures are of. */
  rowsOfMetrics: number;
  confusion?: Confusion;
  predictions?: { truth: number[]; predicted: number[] };
  worst: WorstRow[];
  importance: Importance[];
  dropped: DroppedColumn[];
  warnings: Finding[];
  /** The SHA-256 digest of all weights, in hex. */
  hash: string;
}
