import type { Samples } from './data/samples';
import { isStream, type SampleStream } from './data/streams';
import { DivergenceError, wrongType } from './errors';
import { NeuralNetwork } from './network';
import type { BatchInfo, CustomLoss, FitOptions, OptimizerOptions } from './options';
import { isRevoked } from './options/check';
import { power } from './options/elementary';
import { checkFindLearningRate, type FindLearningRateOptions } from './options/find-learning-rate';

/** The result of `findLearningRate`. */
export interface LearningRateCurve {
  /** The rate of each step that was taken. */
  learningRates: number[];
  /** The loss of each step's batch, before its update. */
  losses: number[];
  /** The losses, smoothed: an exponential mean with weight 0.98, corrected for its start. */
  smoothed: number[];
  /**
   * The rate where the smoothed loss falls fastest from step to step, without the first ten steps and the last one, as in Lightning.
   * `undefined` where there are too few steps.
   */
  suggestion: number | undefined;
}

/** The weight of the mean so far. */
const smoothing = 0.98;

/** The losses explode where the smoothed loss is this many times its lowest value. */
const explosion = 4;

const [skippedFirst, skippedLast] = [10, 1];

/**
 * Finds learning rates that a network can be trained with, by a range test (Smith 2017): a copy of the network takes steps with rates that
 * rise from `from` to `to` by the same factor each, until the loss explodes. The network itself does not change.
 *
 * ```ts
 * const { suggestion } = await findLearningRate(nn, data, { optimizer: 'adam' });
 * await nn.fit(data, { optimizer: { type: 'adam', learningRate: suggestion ?? 1e-3 } });
 * ```
 *
 * @throws (rejects with) a TypeError or RangeError if an argument is wrong; an `AbortError` if `signal` is aborted.
 */
export async function findLearningRate(
  nn: NeuralNetwork,
  data: Samples | SampleStream,
  options: FindLearningRateOptions = {},
): Promise<LearningRateCurve> {
  if (isRevoked(nn) || !(nn instanceof NeuralNetwork)) throw wrongType('nn', 'a NeuralNetwork', nn);
  const { from, to, steps, optimizer, signal, ...batches } = checkFindLearningRate(options, 'options');
  const learningRate = (step: number): number => (step >= steps ? to : from * power(to / from, step / (steps - 1)));
  const curve = new Curve();
  const fit: FitOptions<Samples> = {
    ...(batches as Pick<FindLearningRateOptions, 'batchSize' | 'shuffle'>),
    ...(isStream(data) ? { epochs: 1, stepsPerEpoch: steps } : { epochs: steps }),
    ...(signal !== undefined && { signal: signal as AbortSignal }),
    optimizer: { ...optimizer, learningRate } as OptimizerOptions,
    onBatch: (info) => curve.add(info) && info.step < steps,
    warnings: false,
  };
  const { loss } = nn;
  const copy = NeuralNetwork.fromBytes(nn.toBytes(), loss.type === 'custom' ? { loss: loss as CustomLoss } : {});
  try {
    await copy.fit(data, fit);
  } catch (error) {
    if (!(error instanceof DivergenceError)) throw error;
  } finally {
    copy.close();
  }
  return curve.finish();
}

class Curve {
  readonly #learningRates: number[] = [];
  readonly #losses: number[] = [];
  readonly #smoothed: number[] = [];
  #mean = 0;
  #weight = 1;
  #lowest = Infinity;

  /** Takes a step; false if the losses explode. */
  add({ learningRate, loss }: BatchInfo): boolean {
    this.#mean = smoothing * this.#mean + (1 - smoothing) * loss;
    this.#weight *= smoothing;
    const smoothed = this.#mean / (1 - this.#weight);
    this.#learningRates.push(learningRate);
    this.#losses.push(loss);
    this.#smoothed.push(smoothed);
    const limit = this.#lowest + (explosion - 1) * Math.abs(this.#lowest);
    this.#lowest = Math.min(this.#lowest, smoothed);
    return !(smoothed > limit);
  }

  finish(): LearningRateCurve {
    const [learningRates, losses, smoothed] = [this.#learningRates, this.#losses, this.#smoothed];
    const steepest = steepestDescent(smoothed.slice(skippedFirst, -skippedLast));
    const suggestion = steepest === undefined ? undefined : learningRates[skippedFirst + steepest];
    return { learningRates, losses, smoothed, suggestion };
  }
}

/** Where values fall fastest, by central differences (NumPy's `gradient`). */
function steepestDescent(values: readonly number[]): number | undefined {
  if (values.length < 2) return undefined;
  let [steepest, least] = [0, Infinity];
  for (let i = 0; i < values.length; i++) {
    const [before, after] = [Math.max(0, i - 1), Math.min(values.length - 1, i + 1)];
    const change = ((values[after] as number) - (values[before] as number)) / (after - before);
    if (change < least) [steepest, least] = [i, change];
  }
  return steepest;
}
