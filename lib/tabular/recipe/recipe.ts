import type { FitOptions, NetworkOptions } from '../../index';
import type { EmbeddingTable } from '../features';
import type { Task } from '../kind';

/** The facts that a recipe goes by. */
export interface RecipeInput {
  task: Task;
  /** Columns of the input that are numbers; the first of them, `scales`, are on a scale. */
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
  /** The standard deviation that embeddings start with; undefined: the library's own. */
  embeddingDeviation?: number;
}

export type Recipe = (input: RecipeInput) => Plan;

/** The inputs of a network: numbers, then the indices of embeddings. */
export function inputsOf({ numbers, tables }: RecipeInput): NonNullable<NetworkOptions['inputs']> {
  const numeric = numbers === 0 ? [] : [{ type: 'numeric' as const, columns: numbers }];
  return [...numeric, ...tables.map(({ categories, width }) => ({ type: 'categorical' as const, categories, width }))];
}

/** Columns that the first layer sees. */
export const widthOf = ({ numbers, tables }: RecipeInput): number => tables.reduce((sum, { width }) => sum + width, numbers);
