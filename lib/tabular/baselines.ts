import { type NetworkOptions, NeuralNetwork } from '../index';
import type { Encoder } from './encoder';
import { outputsOf, type Target } from './target';

/*
 * The simplest models, which a better one has to beat: a constant, and a linear one.
 */

/** The name of the constant among baselines. */
export const constantName = ({ kind }: Target): string => (kind === 'regression' ? 'mean' : 'most frequent');

/** The outputs of a network that always predicts the mean of the rows to train on, or the shares of their classes. Undefined: they are not known. */
export function constantOutputs(target: Target, rows: number): Float32Array | undefined {
  const outputs = outputsOf(target);
  const all = new Float32Array(rows * outputs);
  if (target.kind === 'regression') return all;
  if (target.counts === undefined) return undefined;
  const trained = target.counts.reduce((sum, count) => sum + count, 0);
  const shares = target.counts.map((count) => count / trained);
  for (let row = 0; row < rows; row++) all.set(shares, row * outputs);
  return all;
}

/** Rows that a linear model is fitted to at the most. */
const mostRows = 50_000;
/** Categories beyond these are a table in the linear model too: one-hot columns would take the memory of all rows times all categories. */
const mostOneHot = 64;
const iterations = 100;
const iterationsAtOnce = 20;

interface LinearData {
  encoder: Encoder;
  target: Target;
  x: Float32Array;
  y: Float32Array | Int32Array;
  rows: Uint32Array;
  seed: number;
  isAborted: () => boolean;
}

/** Least squares or logistic regression on the same input, by up to 100 iterations of L-BFGS. */
export async function fitLinear({ encoder, target, x, y, rows, seed, isAborted }: LinearData): Promise<NeuralNetwork> {
  const outputs = outputsOf(target);
  const isRegression = target.kind === 'regression';
  const numeric = encoder.numbers === 0 ? [] : [{ type: 'numeric' as const, columns: encoder.numbers }];
  const tables = encoder.tables.map(({ categories, width }) => ({
    type: 'categorical' as const,
    categories,
    ...(categories > mostOneHot && { width: Math.min(width, outputs) }),
  }));
  const options: NetworkOptions = {
    inputs: [...numeric, ...tables],
    // From zeros: the column of a category that does not occur has no say.
    layers: [{ type: 'dense', units: outputs, activation: isRegression ? 'linear' : 'softmax', weightsInitializer: 'zeros' }],
    loss: isRegression ? 'mse' : 'crossEntropy',
    seed,
  };
  const network = new NeuralNetwork(options);
  const step = Math.ceil(rows.length / mostRows);
  const some = step > 1 ? rows.filter((_, index) => index % step === 0) : rows;
  await network.fit(
    { x: { data: x, shape: [x.length / encoder.width, encoder.width] }, y, rows: some },
    {
      epochs: iterations / iterationsAtOnce,
      optimizer: { type: 'lbfgs', maxIterations: iterationsAtOnce, historySize: 10 },
      onEpoch: () => !isAborted(),
      warnings: false,
    },
  );
  return network;
}
