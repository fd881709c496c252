import type { FitOptions, NetworkOptions } from '../../index';
import type { EmbeddingTable } from '../features';
import type { Task } from '../kind';

/** The facts that a recipe goes by. */
export interface RecipeInput {
  task: Task;
  /** Columns of the input that are numbers; the first of them, `scales`, are for periodic embeddings. */
  numbers: number;
  scales: number;
  tables: readonly EmbeddingTable[];
  outputs: number;
  /** Rows to train on. */
  rows: number;
  seed: number;
  /** The epochs asked for. */
  epochs: number | undefined;
  /** The metric that tells which epoch is the best. */
  monitor: Monitor;
}

/** A column of a training's history, and which of its values are the best. */
export interface Monitor {
  name: string;
  mode: 'min' | 'max';
  /** Metrics that `fit` measures for it. */
  metrics: NonNullable<FitOptions['metrics']>;
}

/** A network and its training, in the options of the library. */
export interface Plan {
  network: NetworkOptions;
  fit: FitOptions & { epochs: number };
}

export type Recipe = (input: RecipeInput) => Plan;
