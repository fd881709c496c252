import { boolean, type Check, checkPath, type FilePath, integer, record, withDefault } from './check';

/**
 * The file in which `fit` saves its state. A training that was cut off (a crash, a full disk, a machine taken away) can be resumed from it:
 *
 * ```ts
 * const checkpoint = { path: 'digits.checkpoint', every: 5, resume: true };
 * await nn.fit(data, { epochs: 100, checkpoint }); // start it again, as it stands, as often as it takes
 * ```
 *
 * The result has the same bits, weights and history, as if it had never stopped: with any number of threads, on any machine
 * with fused multiply-add. A checkpoint holds the weights, the optimizer's state, the position in the random numbers, the history, and
 * with `restoreBest` the best weights. It is a model as well: `NeuralNetwork.load` reads the weights of its epoch.
 *
 * The file is written whole or not at all, while the next epochs are trained. A checkpoint that becomes due while an earlier one is still
 * being written is left out; that of the last epoch never is. If one cannot be written, `fit` rejects with the system's error;
 * if the optimizer's state is not finite, with a `DivergenceError`.
 */
export interface CheckpointOptions {
  /** A regular file, or the name of a new one; a relative path is resolved when `fit` is called. */
  path: string | URL;
  /** The number of epochs from one checkpoint to the next; the last epoch has one, too. Default 1. */
  every?: number;
  /**
   * Whether to go on from the file, if there is one: up to `epochs` in all, those in the file included. Data, network and options must be
   * the same as before, but `epochs` may be more, and `signal`, callbacks and `checkpoint` may change. (To train on with other options,
   * `load` the file as a model.) Default false: an existing file is replaced.
   */
  resume?: boolean;
}

export interface CheckedCheckpoint {
  path: FilePath;
  every: number;
  resume: boolean;
}

export const checkCheckpoint: Check<CheckedCheckpoint> = record<CheckedCheckpoint>(
  { path: checkPath, every: withDefault(integer({ min: 1 }), 1), resume: withDefault(boolean, false) },
  { habits: 'checkpoint' },
);
