import type { NativeIntake } from '../native';
import { type CategoryColumns, categoryColumnsOf, inputSizeOf } from '../options/inputs/walk';
import type { RowsNeeded } from '../options/layers/walk';
import { type LossType, targetColumns } from '../options/losses';
import { lastOf, type NetworkSpec, type Precision } from '../options/network';

/** The network that samples must fit. */
export interface SampleShape {
  inputSize: number;
  /** The columns of `x` that hold categories. */
  categories?: readonly CategoryColumns[];
  outputSize: number;
  /** Columns of `y`, where it has no class indices. */
  targetSize: number;
  precision: Precision;
  loss: LossType;
  /** Default: none. */
  classNames?: readonly string[] | undefined;
  /** For training: layers may be frozen from one to the next. */
  rowsNeeded?: (() => RowsNeeded | undefined) | undefined;
  /** Default: what JavaScript can do by itself. */
  intake?: NativeIntake | undefined;
}

/** The shape of the samples that a network takes. */
export function sampleShape(spec: NetworkSpec, rowsNeeded: SampleShape['rowsNeeded'], intake: NativeIntake | undefined): SampleShape {
  const { precision, loss, classNames } = spec;
  const [categories, outputSize] = [categoryColumnsOf(spec), lastOf(spec).units];
  const targetSize = targetColumns(loss, outputSize);
  return { inputSize: inputSizeOf(spec), categories, outputSize, targetSize, precision, loss: loss.type, classNames, rowsNeeded, intake };
}
