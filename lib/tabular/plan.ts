import type { DroppedColumn } from './encoder';
import type { Finding } from './findings';
import type { Task } from './kind';
import type { RecipeName } from './recipe/recipes';
import type { TabularReport } from './report';
import type { Schema, SchemaColumn } from './schema';

/** A training before it begins: everything that follows from a table and the options. */
export interface TrainingPlan {
  rows: number;
  /** Rows that are left out, as they have no target. */
  rowsWithoutTarget: number;
  task: Task;
  /** The reason for the task. */
  taskWhy: string;
  target: Schema['target'];
  /** The columns to predict from. */
  columns: SchemaColumn[];
  dropped: DroppedColumn[];
  split: TabularReport['split'];
  recipe: RecipeName;
  /** The most epochs. */
  epochs: number;
  /** Columns of the network's input. */
  inputs: number;
  /** Units of the hidden layers. */
  hidden: number[];
  parameters: number;
  warnings: Finding[];
}
