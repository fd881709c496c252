import type { SampleShape } from '../data/samples';
import type { Stream } from '../data/streams';
import { allocate } from '../data/typed-arrays';
import type { NativeNetwork, NativeSamples } from '../native';
import { type Activation, activations, type LossName, lossKinds } from '../options';

/** Which targets the last activation cannot reach, in words; undefined if it reaches all. */
export function unreachable({ y }: NativeSamples, loss: LossName, activation: Activation): string | undefined {
  const { range } = activations[activation];
  if (range === undefined || lossKinds[loss] !== 'numbers') return undefined;
  const [min, max] = range;
  const index = y.findIndex((value) => value < min || value > max);
  if (index < 0) return undefined;
  const reaches = max === Infinity ? `reaches nothing below ${min}` : `reaches values from ${min} to ${max} only`;
  return `y has targets like ${y[index]}, but the last activation "${activation}" ${reaches}: use "linear", or scale y`;
}

/** Rows and values that are looked at: enough to find an output that is 0 for all, few enough to be predicted at once. */
const mostRows = 1024;
const mostValues = 2 ** 18;

/**
 * Whether outputs with relu have died, in words: 0 for each row that is looked at, while the targets are not. The gradient of relu is 0
 * there, so that no further step changes them.
 */
export async function deadOutputs(
  network: NativeNetwork,
  source: NativeSamples | Stream,
  { inputSize, outputSize, loss, precision }: SampleShape,
  activation: Activation,
): Promise<string | undefined> {
  const samples = 'rows' in source ? source : source.latest;
  if (activation !== 'relu' || lossKinds[loss] !== 'numbers' || samples === undefined) return undefined;
  const rows = Math.max(1, Math.min(samples.rows, mostRows, Math.floor(mostValues / inputSize)));
  const x = allocate(precision, rows * inputSize);
  const picked = Array.from({ length: rows }, (_, index) => Math.floor((index * samples.rows) / rows));
  for (const [index, row] of picked.entries()) x.set(samples.x.subarray(row * inputSize, (row + 1) * inputSize), index * inputSize);
  const predicted = await network.predictAsync(x, rows);
  const dead: number[] = [];
  for (let column = 0; column < outputSize; column++) {
    const silent = picked.every((_, index) => predicted[index * outputSize + column] === 0);
    if (silent && picked.some((row) => samples.y[row * outputSize + column] !== 0)) dead.push(column);
  }
  if (dead.length === 0) return undefined;
  const which =
    dead.length === outputSize ? 'all outputs are' : `of ${outputSize} outputs, those of columns ${dead.slice(0, 10).join(', ')} are`;
  return (
    `${which} 0 for every row that was looked at, but their targets are not: the gradient of "relu" is 0 there, so that further training ` +
    'changes nothing. Use a last activation of "linear" (or "softplus" for targets above 0), and a lower learning rate'
  );
}
