import { type DenseSettings, dense, type EpochInfo, type History, NeuralNetwork } from '../index';
import type { Arguments } from './flags/flag';
import type { xorFlags } from './flags/lists';
import { columns } from './picture';
import { surface } from './surface';
import { fixed, signed, table } from './table';
import { UsageError } from './usage';
import type { Watch } from './watch/watch';
import { fitted, printed, published, samples } from './xor-reference';
import { finishXor, followXor, watchXor } from './xor-watch';

/** `chainrule xor`: the published XOR program, honestly. */
export async function run({ flags }: Arguments<typeof xorFlags>): Promise<void> {
  const { seed, port = 0, open = false, 'as-printed': isAsPrinted = false } = flags;
  if (seed !== undefined && !isAsPrinted) {
    throw new UsageError('--seed goes with --as-printed: without it the initial weights are given');
  }
  if (flags.watch !== true && (open || flags.port !== undefined)) throw new UsageError('--open and --port go with --watch');
  const subtitle = isAsPrinted
    ? `as printed: initial weights ${printed.weightsStddev} · N(0, 1)`
    : 'initial weights fitted to the published table';
  const { learningRate } = isAsPrinted ? printed : fitted;
  const watch = flags.watch === true ? await watchXor(subtitle, learningRate, { port, open }) : undefined;
  try {
    const { nn, summary } = await (isAsPrinted ? asPrinted(seed ?? 0, watch) : fromFittedWeights(watch));
    if (watch !== undefined) await finishXor(watch, nn, summary);
  } catch (error) {
    if (watch?.signal.aborted !== true) throw error;
    watch.finish('aborted', { message: 'Aborted from the page.' });
    await watch.close();
    throw new Error('aborted from the page');
  }
}

/** A trained network, and the outcome in a sentence. */
interface Outcome {
  nn: NeuralNetwork;
  summary: string;
}

/** The published program's network. */
function network(seed: number, settings: DenseSettings = {}): NeuralNetwork {
  const layers = [dense(4, 'sigmoid', settings), dense(1, 'sigmoid', settings)];
  return new NeuralNetwork({ inputSize: 2, layers, loss: 'binaryCrossEntropy', precision: 'f64', seed });
}

interface Training {
  learningRate: number;
  epochs: number;
  /** Asked after each epoch. */
  isDone?: () => boolean;
  watch: Watch | undefined;
}

/** Full-batch gradient descent. */
function train(nn: NeuralNetwork, { learningRate, epochs, isDone, watch }: Training): Promise<History> {
  if (watch !== undefined) followXor(watch, nn);
  const isCalled = isDone !== undefined || watch !== undefined;
  return nn.fit(samples, {
    epochs,
    batchSize: 4,
    shuffle: false,
    optimizer: { type: 'sgd', learningRate },
    metrics: ['mse'],
    ...(watch && { signal: watch.signal }),
    ...(isCalled && { onEpoch: (info: EpochInfo) => goesOn(info, isDone, watch) }),
  });
}

/** The page learns of each epoch, the last one too. */
function goesOn(info: EpochInfo, isDone: (() => boolean) | undefined, watch: Watch | undefined): boolean | Promise<boolean> {
  const next = watch?.onEpoch(info) ?? true;
  return isDone?.() === true ? false : next;
}

async function fromFittedWeights(watch: Watch | undefined): Promise<Outcome> {
  const nn = network(0);
  for (const [index, weights] of fitted.weights.entries()) (nn.layers[index] as (typeof nn.layers)[0]).weights = weights;
  const { learningRate } = fitted;
  console.log(`XOR: 2-4-1, sigmoid, full batch, learning rate ${learningRate}, initial weights fitted to the published table\n`);

  const history = await train(nn, { learningRate, epochs: printed.epochs, watch });
  printLosses(history);
  printOutputs(nn, `after ${history.epoch.length} epochs`);
  if (watch?.stopped === true) return { nn, summary: `Stopped after ${history.epoch.length} epochs.` };

  const { epoch } = await train(nn, { learningRate, epochs: 10 * printed.epochs, isDone: () => isAsGoodAsPublished(nn), watch });
  const reached = isAsGoodAsPublished(nn) ? 'all four outputs are at least as good as published' : 'the outputs are still not as good';
  const summary = `after ${history.epoch.length + epoch.length} epochs ${reached}`;
  printOutputs(nn, summary);

  console.log('\nThe output for all inputs, from 0 (blank) to 1 (█); digits are the targets of the four samples:');
  for (const line of surface(nn, samples, columns())) console.log(line);

  console.log(`
The published table cannot have come from the printed program:
1. As printed it stays on a saddle point: loss 0.2500, all outputs 0.5000, whatever the seed (see: chainrule xor --as-printed).
2. The published outputs imply a loss of ${fixed(lossOf(published.outputs))}; the published loss 100 epochs before is ${fixed(published.losses.at(-1) as number)}, and falls far slower.
3. So "ours" is the same algorithm from initial weights fitted to the ten losses; no start was found that gives exactly these.`);
  return { nn, summary: `A${summary.slice(1)}.` };
}

async function asPrinted(seed: number, watch: Watch | undefined): Promise<Outcome> {
  const { learningRate, weightsStddev, epochs } = printed;
  const nn = network(seed, { weightsInitializer: { type: 'normal', stddev: weightsStddev } });
  console.log(
    `XOR as printed: 2-4-1, sigmoid, full batch, learning rate ${learningRate}, weights ${weightsStddev} * N(0, 1), seed ${seed}\n`,
  );

  const history = await train(nn, { learningRate, epochs, watch });
  printLosses(history);
  printOutputs(nn, `after ${history.epoch.length} epochs`);
  if (watch?.stopped === true) return { nn, summary: `Stopped after ${history.epoch.length} epochs.` };

  const many = 200_000;
  if (watch !== undefined) watch.speed = undefined; // nothing happens any more, and that for long
  const { mse = [], epoch } = await train(nn, { learningRate, epochs: many - epochs, watch });
  const outputs = Array.from(nn.predict(samples.x).data, fixed);
  const after = `after ${epochs + epoch.length} epochs: loss ${fixed(mse.at(-1) as number)}, outputs ${outputs.join(' ')}`;
  console.log(`\n${after}`);
  console.log(`
With weights this small all four hidden units are nearly the same, the output hardly depends on the input, and 0.5 is the best constant:
a saddle point of the loss, which gradient descent at this learning rate does not leave. The published table shows another run.
See "chainrule xor" for the same algorithm from initial weights that do lead there.`);
  return { nn, summary: `A${after.slice(1)}. This is a saddle point of the loss, which gradient descent does not leave.` };
}

function printLosses({ mse = [] }: History): void {
  const rows = published.losses.flatMap((loss, index) => {
    const epoch = index * printed.every;
    const ours = mse[epoch];
    return ours === undefined ? [] : [[String(epoch), fixed(loss), fixed(ours), signed(ours - loss)]];
  });
  console.log(table([['epoch', 'published loss', 'ours', 'difference'], ...rows]));
}

function printOutputs(nn: NeuralNetwork, title: string): void {
  const rows = Array.from(nn.predict(samples.x).data, (ours, index) => {
    const { [index]: input } = samples.x;
    const theirs = published.outputs[index] as number;
    return [`[${input}]`, String(target(index)), fixed(theirs), fixed(ours), signed(ours - theirs)];
  });
  console.log(`\n${title}:`);
  console.log(table([['input', 'target', 'published', 'ours', 'difference'], ...rows]));
}

function isAsGoodAsPublished(nn: NeuralNetwork): boolean {
  const error = (output: number, index: number): number => Math.abs(output - target(index));
  return nn.predict(samples.x).data.every((output, index) => error(output, index) <= error(published.outputs[index] as number, index));
}

function lossOf(outputs: readonly number[]): number {
  return outputs.reduce((sum, output, index) => sum + (output - target(index)) ** 2, 0) / outputs.length;
}

function target(index: number): number {
  return samples.y[index]?.[0] as number;
}
