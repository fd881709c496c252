import type { TensorRow } from '../layers/row';
import type { AnyInput, InputRow } from './row';
import { inputRowOf } from './rows';

/** The part of a network's specification that describes `x`: one of the two. */
export interface Inputs {
  inputSize?: number;
  inputs?: readonly AnyInput[];
}

/** An input in its place, with its row. */
export interface InputPlace {
  index: number;
  /** How messages call it: `inputs[2]`. */
  name: string;
  spec: AnyInput;
  row: InputRow<AnyInput>;
  /** The first of its columns in `x`. */
  first: number;
  /** The number of columns that they become. */
  width: number;
  tensors: readonly TensorRow[];
}

/** All inputs; none where only `inputSize` says what `x` is. */
export function inputsOf({ inputs = [] }: Inputs): InputPlace[] {
  let first = 0;
  return inputs.map((spec, index) => {
    const row = inputRowOf(spec);
    const place = { index, name: `inputs[${index}]`, spec, row, first, width: row.width(spec), tensors: row.tensors?.(spec) ?? [] };
    first += spec.columns;
    return place;
  });
}

/** The columns of `x`. */
export function inputSizeOf({ inputSize, inputs = [] }: Inputs): number {
  return inputSize ?? inputs.reduce((sum, { columns }) => sum + columns, 0);
}

/** The columns that the first layer takes. */
export function encodedSizeOf(network: Inputs): number {
  return network.inputSize ?? inputsOf(network).reduce((sum, { width }) => sum + width, 0);
}

/** Whether the first layer takes something else than `x` itself. */
export function isEncoded(network: Inputs): boolean {
  return inputsOf(network).some(({ row }) => row.isPlain !== true);
}

/** Columns of `x` that hold categories: `count` of them from `first` on. */
export interface CategoryColumns {
  first: number;
  count: number;
  categories: number;
}

/** All columns of `x` that hold categories. */
export function categoryColumnsOf(network: Inputs): CategoryColumns[] {
  return inputsOf(network).flatMap(({ spec, row, first }) => {
    const categories = row.categories?.(spec);
    return categories === undefined ? [] : [{ first, count: spec.columns, categories }];
  });
}
