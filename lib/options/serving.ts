import { wrongType } from '../errors';
import { type Check, integer, number, oneOf, optional, record, withDefault } from './check';
import { checkSignal, type Signal } from './fit';

/**
 * A network that `share()` has made known to the whole process. Plain data: it goes through `postMessage`, `workerData`, a `MessageChannel` or
 * a `BroadcastChannel`, and `NeuralNetwork.fromShared` opens it.
 */
export interface SharedNetwork {
  readonly chainrule: 'network';
  /** The process's number: a handle is invalid in another. */
  readonly process: number;
  readonly id: string;
}

/** How `nn.batcher` gathers rows. */
export interface BatcherOptions {
  /** A product starts at the latest when this number of rows wait for it. Default 64. */
  maxBatch?: number;
  /**
   * The longest that a row waits for others, in milliseconds; it waits only as long as others keep coming, which is most often far less. 0: for
   * those of the same turn of the event loop. Default 1.
   */
  maxDelay?: number;
}

/** The options of a batcher's `predict`. */
export interface RequestOptions {
  /** Gives the answer up: the promise is rejected with an `AbortError`. */
  signal?: AbortSignal;
}

const text: Check<string> = (value, name) => {
  if (typeof value !== 'string') throw wrongType(name, 'a string', value);
  return value;
};

export const checkShared: Check<SharedNetwork> = record<SharedNetwork>(
  { chainrule: oneOf(['network']), process: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), id: text },
  { noun: 'property' },
);

const checkOptions = record<Required<BatcherOptions>>(
  { maxBatch: withDefault(integer({ min: 1 }), 64), maxDelay: withDefault(number({ min: 0, max: 60_000 }), 1) },
  { bare: true, habits: 'batcher' },
);

export const checkRequest: Check<{ signal?: Signal | undefined }> = record({ signal: optional(checkSignal) }, { bare: true });

export function checkBatcher(value: unknown): Required<BatcherOptions> {
  return checkOptions(value, 'options');
}
