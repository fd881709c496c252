import { givingBack } from './data/intake';
import { openSamples, type SampleShape, type Samples } from './data/samples';
import { wrongOption, wrongType } from './errors';
import type { Evaluation } from './evaluate';
import { inSlices } from './event-loop';
import { type NativeSamples, native } from './native';
import { NeuralNetwork } from './network';
import { type FitOptions, type Metric, type NetworkOptions, targetColumns } from './options';
import { anything, type Check, elements, integer, isArray, isCallable, isRevoked, optional, record, withDefault } from './options/check';
import { kFold, type Split, stratifiedKFold } from './splits/folds';
import { labelling } from './splits/validation';
import type { History } from './training/history';

/** The options of `crossValidate`. */
export interface CrossValidateOptions {
  /**
   * The number of folds, or splits of rows, such as those of `groupKFold` or `timeSeriesSplit`. Default 5. A number draws the rows by `seed`;
   * where the targets are labels, each fold has its share of them.
   */
  folds?: number | readonly { readonly train: ArrayLike<number>; readonly test: ArrayLike<number> }[];
  /** The source of the random order of rows: a whole number, 0 or more. Default 0. */
  seed?: number;
  /** The options of each `fit`, but for `checkpoint`. */
  fit?: FitOptions<Samples>;
  /** The metrics of each `evaluate`. Default: those of `evaluate`. */
  metrics?: readonly Metric[];
}

/** The result of `crossValidate`. */
export interface CrossValidation {
  /** The evaluation of each fold's test rows, which its network has not seen. */
  folds: Evaluation[];
  /** The training of each fold. */
  histories: History[];
  /** The mean of each number over the folds. */
  mean: Record<string, number>;
  /** The sample standard deviation of each number over the folds, with the divisor `folds - 1`. */
  deviation: Record<string, number>;
}

/** A new network for each fold, which is not trained yet; `fold` counts from 0. */
export type MakeNetwork = (fold: number) => NeuralNetwork | PromiseLike<NeuralNetwork>;

type Folds = number | readonly { train: unknown; test: unknown }[];

const checkSplit = record<{ train: unknown; test: unknown }>({ train: anything, test: anything }, { noun: 'property' });
const count = integer({ min: 2 });

const checkFolds: Check<Folds> = (value, name) => {
  if (!isArray(value)) return count(value, name);
  const splits = elements(value, name, 'an array of splits', checkSplit);
  if (splits.length === 0) throw wrongType(name, 'a number of folds, or an array with at least one split', value);
  return splits;
};

const check = record<{ folds: Folds; seed: number; fit?: unknown; metrics?: unknown }>({
  folds: withDefault(checkFolds, 5),
  seed: withDefault(integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), 0),
  fit: anything,
  metrics: optional(anything),
});

/**
 * Trains a new network for each fold on all other rows, and evaluates it on the fold's. Large data are read into memory once, and the folds
 * name their rows.
 *
 * ```ts
 * const { mean, deviation } = await crossValidate({ inputSize: 4, layers: [dense(16, 'relu'), dense(3, 'softmax')] }, { x, y });
 * ```
 *
 * @param make The options of a network, or a function that makes one for each fold.
 * @throws (rejects with) a TypeError or RangeError if an argument is wrong, and whatever `fit` and `evaluate` reject with.
 */
export async function crossValidate(
  make: NetworkOptions | MakeNetwork,
  data: Samples,
  options: CrossValidateOptions = {},
): Promise<CrossValidation> {
  const { folds, seed, fit, metrics } = check(options, 'options');
  if (typeof fit === 'object' && fit !== null && !isRevoked(fit) && 'checkpoint' in fit) {
    throw wrongOption('options.fit.checkpoint does not go with crossValidate: its trainings are several');
  }
  const isFunction = isCallable(make);
  const networkOf = async (fold: number): Promise<NeuralNetwork> => {
    const nn: unknown = isFunction ? await (make as MakeNetwork)(fold) : new NeuralNetwork(make as NetworkOptions);
    if (isRevoked(nn) || !(nn instanceof NeuralNetwork)) throw wrongType(`the network of fold ${fold}`, 'a NeuralNetwork', nn);
    return nn;
  };
  const first = await networkOf(0);
  const shape: SampleShape = { ...shapeOf(first), intake: native.intake };
  return givingBack(shape, async (room) => {
    const { samples, complete } = openSamples(data, 'data', '', room, 'shared');
    await complete?.();
    const splits = typeof folds === 'number' ? await splitsOf(samples, shape, folds, seed) : folds;
    const { x, y, weights } = samples;
    const part = (rows: Uint32Array): Samples => ({ x, y, rows, ...(weights && { sampleWeight: weights }) });
    const results: Omit<CrossValidation, 'mean' | 'deviation'> = { folds: [], histories: [] };
    for (const [fold, { train, test }] of splits.entries()) {
      const nn = fold === 0 ? first : await networkOf(fold);
      results.histories.push(await nn.fit(part(train as Uint32Array), (fit ?? {}) as FitOptions<Samples>));
      const measured = metrics === undefined ? {} : { metrics: metrics as readonly Metric[] };
      results.folds.push(await nn.evaluate(part(test as Uint32Array), measured));
      if (!isFunction) nn.close();
    }
    return { ...results, ...summaryOf(results.folds) };
  });
}

const shapeOf = ({ inputSize, outputSize, precision, loss, classNames }: NeuralNetwork): SampleShape => ({
  ...{ inputSize, outputSize, targetSize: targetColumns(loss, outputSize), precision, loss: loss.type, classNames },
});

/** Folds at random; of labels stratified ones. */
async function splitsOf(samples: NativeSamples, shape: SampleShape, folds: number, seed: number): Promise<Split[]> {
  const { rows, index } = samples;
  const labels = await inSlices(labelling(samples, shape));
  const options = { folds, seed, shuffle: true };
  const splits = labels === undefined ? kFold(rows, options) : stratifiedKFold(labels, options);
  if (index === undefined) return splits;
  const named = (places: Uint32Array): Uint32Array => places.map((place) => index[place] as number);
  return splits.map(({ train, test }) => ({ train: named(train), test: named(test) }));
}

function summaryOf(evaluations: readonly Evaluation[]): Pick<CrossValidation, 'mean' | 'deviation'> {
  const summary: Pick<CrossValidation, 'mean' | 'deviation'> = { mean: {}, deviation: {} };
  const count = evaluations.length;
  for (const [name, value] of Object.entries(evaluations[0] ?? {})) {
    if (typeof value !== 'number') continue;
    const values = evaluations.map((evaluation) => evaluation[name] as number);
    const average = values.reduce((sum, one) => sum + one, 0) / count;
    const squares = values.reduce((sum, one) => sum + (one - average) * (one - average), 0);
    summary.mean[name] = average;
    summary.deviation[name] = Math.sqrt(squares / (count - 1));
  }
  return summary;
}
