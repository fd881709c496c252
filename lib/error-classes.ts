/**
 * The kind of an error, as a string that stays the same from version to version:
 *
 * | code | class | when |
 * |---|---|---|
 * | `ERR_CHAINRULE_TYPE` | `ChainruleTypeError` | a value of the wrong type |
 * | `ERR_CHAINRULE_VALUE` | `ChainruleRangeError` | the right type, but a value that is out of range, not finite, or not a known name |
 * | `ERR_CHAINRULE_SHAPE` | `ChainruleRangeError` | a matrix or vector of the wrong size, ragged rows, no rows at all |
 * | `ERR_CHAINRULE_OPTION` | `ChainruleTypeError` | an option that does not exist, or options that exclude each other |
 * | `ERR_CHAINRULE_BUSY` | `ChainruleError` | a change to a network while `fit` trains it, or its `close` while work is under way |
 * | `ERR_CHAINRULE_DIVERGED` | `DivergenceError`; of `evaluate` a `ChainruleError` | a loss, metric, weight or optimizer state that is not finite |
 * | `ERR_CHAINRULE_UNSUPPORTED` | `ChainruleError` | something that this CPU, a browser, or a network of layers cannot do |
 * | `ERR_CHAINRULE_FORMAT` | `ChainruleError` | a file or JSON document that is damaged or not a model |
 * | `ERR_CHAINRULE_SHARED` | `ChainruleError` | a handle whose network is gone, or of another process |
 * | `ERR_CHAINRULE_CLOSED` | `ChainruleError` | the use of a network, session or batcher that has been closed |
 * | `ERR_CHAINRULE_THREAD` | `ChainruleError` | a thread that the system does not start |
 * | `ERR_CHAINRULE_MEMORY` | `ChainruleRangeError` | a failed memory allocation; the message says how many bytes it was for |
 * | `ERR_CHAINRULE_CHECKPOINT` | `ChainruleError` | a checkpoint that is of another network or training, or contradicts itself |
 * | `ERR_CHAINRULE_LOAD` | `ChainruleError` | no binary of the addon, or no WebAssembly, that loads; the message says where it looked and what helps |
 * | `ERR_CHAINRULE_MPI` | `ChainruleError` | an addon for MPI that is not built or does not load, MPI that does not start, a rank that is late or gone |
 * | `ERR_CHAINRULE_INTERNAL` | `ChainruleError` | a bug in this package: please report it |
 */
export type ErrorCode =
  | 'ERR_CHAINRULE_TYPE'
  | 'ERR_CHAINRULE_VALUE'
  | 'ERR_CHAINRULE_SHAPE'
  | 'ERR_CHAINRULE_OPTION'
  | 'ERR_CHAINRULE_BUSY'
  | 'ERR_CHAINRULE_DIVERGED'
  | 'ERR_CHAINRULE_UNSUPPORTED'
  | 'ERR_CHAINRULE_FORMAT'
  | 'ERR_CHAINRULE_SHARED'
  | 'ERR_CHAINRULE_CLOSED'
  | 'ERR_CHAINRULE_CHECKPOINT'
  | 'ERR_CHAINRULE_THREAD'
  | 'ERR_CHAINRULE_MEMORY'
  | 'ERR_CHAINRULE_LOAD'
  | 'ERR_CHAINRULE_MPI'
  | 'ERR_CHAINRULE_INTERNAL';

/** A `TypeError` with a stable `code`. */
export class ChainruleTypeError extends TypeError {
  override readonly name: string = 'ChainruleTypeError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A `RangeError` with a stable `code`. */
export class ChainruleRangeError extends RangeError {
  override readonly name: string = 'ChainruleRangeError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An error that is not the fault of one argument, with a stable `code`. */
export class ChainruleError extends Error {
  override readonly name: string = 'ChainruleError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A measured quantity that is not finite. */
export interface Measured {
  /** Its name in the history: `loss`, `val_loss`, `val_mse` and so on. */
  quantity: string;
  value: number;
}

/** The circumstances of a step that diverged. */
interface DivergedStep {
  /** Rows of its batch. */
  rows: number[] | undefined;
  /** The tensor with the largest weight at that time. */
  largest: { tensor: string; weight: number } | undefined;
  /** The training's first learning rate, where it has risen since. */
  risenFrom: number | undefined;
}

/**
 * The loss of a training step, a weight after it, or what was measured after an epoch, was not a finite number. The network keeps the
 * weights of the last completed epoch.
 */
export class DivergenceError extends ChainruleError {
  override readonly name: string = 'DivergenceError';
  /** The step (batch) at which it happened, counted over the whole training from 1; undefined for what was measured after an epoch. */
  readonly step: number | undefined;
  /** The epoch in which it happened, counted from 1. */
  readonly epoch: number;
  /** The quantity that was not finite, by its name in the history: `loss`, `val_loss`, `val_mse` and so on; or `optimizer`, its state. */
  readonly quantity: string;
  /**
   * The rows of `x` in that step's batch, at most 4096; undefined where they are not known: for a stream, and where the weights are not finite
   * at an epoch's end.
   */
  readonly rows: readonly number[] | undefined;
  /** The tensor that had the largest weight at that time: `layers[2].weights`. */
  readonly tensor: string | undefined;

  /** `measured` is what was measured after `epoch`, or `'optimizer'`, whose state is not finite then; absent for a step. */
  constructor(step: number | undefined, epoch: number, learningRate: number, measured?: Measured | 'optimizer', found?: DivergedStep) {
    super(
      'ERR_CHAINRULE_DIVERGED',
      typeof measured === 'object' ? divergedAfter(epoch, measured) : divergedInStep(step, epoch, learningRate, measured, found),
    );
    this.step = step;
    this.epoch = epoch;
    this.rows = found?.rows;
    this.tensor = found?.largest?.tensor;
    this.quantity = typeof measured === 'object' ? measured.quantity : (measured ?? 'loss');
  }
}

/** The epoch's own weights are kept where it is the optimizer's state that is not finite. */
function divergedInStep(step: number | undefined, epoch: number, learningRate: number, what?: 'optimizer', found?: DivergedStep): string {
  const left = what === undefined ? epoch - 1 : epoch;
  const kept = left === 0 ? 'the weights are those before training' : `the weights of epoch ${left} are kept`;
  return (
    `training diverged: ${what === undefined ? 'the loss or a weight' : "the optimizer's state"} was not finite at step ${step} ` +
    `(epoch ${epoch}, learning rate ${learningRate}${risen(found)})${circumstances(found)}; ${kept}. ` +
    'Try a lower learning rate, clipNorm: 1, or inputs and targets scaled to about -1 to 1'
  );
}

const risen = (found?: DivergedStep): string => (found?.risenFrom === undefined ? '' : `, risen from ${found.risenFrom}`);

function circumstances({ rows, largest }: Partial<DivergedStep> = {}): string {
  const shown = rows?.slice(0, 10).join(', ');
  const more = rows !== undefined && rows.length > 10 ? ` and ${rows.length - 10} more` : '';
  const batch = shown === undefined ? '' : `, in the batch of rows ${shown}${more}`;
  if (largest === undefined) return batch;
  const weight = Number.isFinite(largest.weight) ? largest.weight.toPrecision(3) : 'not finite';
  return `${batch}; the largest weight was in ${largest.tensor}: ${weight}`;
}

function divergedAfter(epoch: number, { quantity, value }: Measured): string {
  const ofValidation = quantity.startsWith('val_');
  const what = ofValidation ? `validation ${quantity.slice(4)}` : quantity;
  const cure = ofValidation ? 'validation data that are scaled like the training data' : 'inputs and targets scaled to about -1 to 1';
  return (
    `training diverged: the ${what} (${quantity}) was ${value} in epoch ${epoch}, not a finite number; ` +
    `the weights of the last completed epoch are kept. Try a lower learning rate, or ${cure}`
  );
}

/** Training was aborted by its `AbortSignal`; `cause` is the signal's reason. Name and code are those of Node's own aborted operations. */
export class AbortError extends Error {
  override readonly name: string = 'AbortError';
  readonly code: 'ABORT_ERR' = 'ABORT_ERR';

  constructor(reason: unknown) {
    super('The operation was aborted', { cause: reason });
  }
}
