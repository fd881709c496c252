/**
 * The `code` of a warning of ours, a string that stays the same from version to version. The warning's `name` is `ChainruleWarning`.
 *
 * | code | when |
 * |---|---|
 * | `WARN_CHAINRULE_LAST_LAYER` | the last activation and the loss of a new network learn badly together |
 * | `WARN_CHAINRULE_SAME_UNITS` | the units of a hidden layer start alike, and `fit` cannot make them differ |
 * | `WARN_CHAINRULE_TARGETS` | `fit` got targets that the last activation cannot reach |
 * | `WARN_CHAINRULE_SPLIT` | the labels of the rows that `validationSplit` splits off are not those of the rest |
 * | `WARN_CHAINRULE_METRIC` | a metric is not defined on the data, and is NaN |
 * | `WARN_CHAINRULE_DEAD_OUTPUT` | an output with relu was 0 for all rows when `fit` ended: it can learn no more |
 * | `WARN_CHAINRULE_SCALES` | columns of `x` are on scales more than 1000 apart, and no first layer brings them together |
 * | `WARN_CHAINRULE_CONSTANT_COLUMN` | columns of `x` have the same value in all rows |
 * | `WARN_CHAINRULE_TARGET_SCALE` | targets of a regression have a mean or deviation beyond 100 |
 * | `WARN_CHAINRULE_LABELS` | a class of the network occurs in no target |
 * | `WARN_CHAINRULE_IMBALANCE` | a class is more than 20 times as frequent as another, and nothing weights them |
 * | `WARN_CHAINRULE_DEAD_UNITS` | more than half of a layer's units with relu are 0 for all rows, after the first epoch or the last |
 * | `WARN_CHAINRULE_STUCK` | the loss has not moved, and is that of a constant prediction |
 * | `WARN_CHAINRULE_RISING_LOSS` | the loss has risen to ten times its lowest value, and above its first |
 * | `WARN_CHAINRULE_THREADS` | `CHAINRULE_NUM_THREADS` has an invalid value |
 */
export type WarningCode =
  | 'WARN_CHAINRULE_LAST_LAYER'
  | 'WARN_CHAINRULE_SAME_UNITS'
  | 'WARN_CHAINRULE_TARGETS'
  | 'WARN_CHAINRULE_SPLIT'
  | 'WARN_CHAINRULE_METRIC'
  | 'WARN_CHAINRULE_DEAD_OUTPUT'
  | 'WARN_CHAINRULE_SCALES'
  | 'WARN_CHAINRULE_CONSTANT_COLUMN'
  | 'WARN_CHAINRULE_TARGET_SCALE'
  | 'WARN_CHAINRULE_LABELS'
  | 'WARN_CHAINRULE_IMBALANCE'
  | 'WARN_CHAINRULE_DEAD_UNITS'
  | 'WARN_CHAINRULE_STUCK'
  | 'WARN_CHAINRULE_RISING_LOSS'
  | 'WARN_CHAINRULE_THREADS';

const type = 'ChainruleWarning';

/** Emits a warning: `process.on('warning')` gets it in Node.js, the console in a browser. */
export function warn(code: WarningCode, message: string): void {
  if (typeof process === 'object' && typeof process?.emitWarning === 'function') process.emitWarning(message, { type, code });
  else console.warn(`[${code}] ${type}: ${message}`);
}

/** The warnings about one network: each code at most once. */
export class Warnings {
  readonly #given = new Set<WarningCode>();

  /** Emits the message that `explain` returns, if it returns one and none with this code was emitted before. */
  once(code: WarningCode, explain: () => string | undefined): void {
    if (!this.#given.has(code)) this.#give(code, explain());
  }

  /** The same for an answer that takes a while. */
  async onceAsync(code: WarningCode, explain: () => Promise<string | undefined>): Promise<void> {
    if (!this.#given.has(code)) this.#give(code, await explain());
  }

  #give(code: WarningCode, message: string | undefined): void {
    if (message === undefined) return;
    this.#given.add(code);
    warn(code, message);
  }
}
