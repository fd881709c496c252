import type { Pieces } from '../../../event-loop';
import type { Node } from './node';
import type { Resolved } from './resolve';
import type { ExternalData } from './tensors';
import type { Value } from './values';

/** The parts of a reading that all nodes of a graph share. */
export interface Context {
  /** The name of the file in errors. */
  file: string;
  external: ExternalData;
  resolved: Resolved;
  /** Whether the model is for one row at a time. */
  isOfOneRow: boolean;
}

/** Takes a node and returns its outputs; one that is not a list is the first and only one that is known. Large constants are computed in pieces. */
export type Operator = (node: Node, context: Context) => Value | readonly Value[] | Pieces<Value>;
