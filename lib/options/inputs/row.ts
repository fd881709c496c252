import type { NativeSetting } from '../../native';
import type { PortableSource, TensorRow } from '../layers/row';
import type { TrainedSpec } from '../layers/trained';

/*
 * A row declares everything about one kind of input. Other code in lib/ asks an input's row, and never which kind it has.
 */

/** An input of any kind. */
export interface AnyInput extends TrainedSpec {
  type: string;
  /** Its columns in `x`. */
  columns: number;
}

/** An input in PyTorch. */
export interface TorchInput {
  /** A module as Python: PyTorch's own, or one of lib/formats/pytorch/classes.ts. */
  module: string;
  /** Its tensors by the names in a state dict. */
  tensors?: Readonly<Record<string, string>>;
  /** Whether each of its columns is such a module, with its part of the tensors. Default false: all columns together are one. */
  eachColumn?: boolean;
}

export interface InputRow<Spec extends AnyInput> {
  /** Options into a specification with every default filled in. */
  check(value: unknown, name: string): Spec;
  /** The number of columns that all its columns become together. */
  width(spec: Spec): number;
  /** In the order of native/nn/inputs. Default: none. */
  tensors?(spec: Spec): readonly TensorRow[];
  /** For the border, in the order in which native/nn/inputs reads them. */
  settings(spec: Spec): readonly NativeSetting[];
  /** The number of categories in each of its columns; its values are their indices. Default: they are any finite numbers. */
  categories?(spec: Spec): number;
  javascript: PortableSource<Spec>;
  pytorch(spec: Spec): TorchInput;
  /** Whether the first layer takes its columns unchanged. Default false. */
  isPlain?: boolean;
  /** Its words in a table, beside its type and sizes. */
  setting?(spec: Spec): string;
}
