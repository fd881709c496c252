import { type DenseSettings, dense, type History, NeuralNetwork } from '../index';
import { readFlags, wholeNumber } from './arguments';
import { columns } from './picture';
import { surface } from './surface';
import { fixed, signed, table } from './table';
import { UsageError } from './usage';
import { fitted, printed, published, samples } from './xor-reference';

/** `chainrule xor`: the published XOR program, honestly. */
export async function run(args: string[]): Promise<void> {
  const flags = readFlags('xor', args, { 'as-printed': { type: 'boolean' }, seed: { type: 'string' } });
  const seed = flags.seed === undefined ? undefined : wholeNumber('--seed', flags.seed as string);
  if (flags['as-printed'] === true) return asPrinted(seed ?? 0);
  if (seed !== undefined) throw new UsageError('--seed goes with --as-printed: without it the initial weights are given');
  return fromFittedWeights();
}

/** The published program's network. */
function network(seed: number, settings: DenseSettings = {}): NeuralNetwork {
  const layers = [dense(4, 'sigmoid', settings), dense(1, 'sigmoid', settings)];
  return new NeuralNetwork({ inputSize: 2, layers, loss: 'binaryCrossEntropy', precision: 'f64', seed });
}

/** Full-batch gradient descent; `isDone` is asked after each epoch. */
function train(nn: NeuralNetwork, learningRate: number, epochs: number, isDone?: () => boolean): Promise<History> {
  return nn.fit(samples, {
    epochs,
    batchSize: 4,
    shuffle: false,
    optimizer: { type: 'sgd', learningRate },
    metrics: ['mse'],
    ...(isDone && { onEpoch: () => !isDone() }),
  });
}

async function fromFittedWeights(): Promise<void> {
  const nn = network(0);
  for (const [index, weights] of fitted.weights.entries()) (nn.layers[index] as (typeof nn.layers)[0]).weights = weights;
  const { learningRate } = fitted;
  console.log(`XOR: 2-4-1, sigmoid, full batch, learning rate ${learningRate}, initial weights fitted to the published table\n`);

  const history = await train(nn, learningRate, printed.epochs);
  printLosses(history);
  printOutputs(nn, `after ${printed.epochs} epochs`);

  const { epoch } = await train(nn, learningRate, 10 * printed.epochs, () => isAsGoodAsPublished(nn));
  const reached = isAsGoodAsPublished(nn) ? 'all four outputs are at least as good as published' : 'the outputs are still not as good';
  printOutputs(nn, `after ${printed.epochs + epoch.length} epochs ${reached}`);

  console.log('\nThe output for all inputs, from 0 (blank) to 1 (█); digits are the targets of the four samples:');
  for (const line of surface(nn, samples, columns())) console.log(line);

  console.log(`
The published table cannot have come from the printed program:
1. As printed it stays on a saddle point: loss 0.2500, all outputs 0.5000, whatever the seed (see: chainrule xor --as-printed).
2. The published outputs imply a loss of ${fixed(lossOf(published.outputs))}; the published loss 100 epochs before is ${fixed(published.losses.at(-1) as number)}, and falls far slower.
3. So "ours" is the same algorithm from initial weights fitted to the ten losses; no start was found that gives exactly these.`);
}

async function asPrinted(seed: number): Promise<void> {
  const { learningRate, weightsStddev, epochs } = printed;
  const nn = network(seed, { weightsInitializer: { type: 'normal', stddev: weightsStddev } });
  console.log(
    `XOR as printed: 2-4-1, sigmoid, full batch, learning rate ${learningRate}, weights ${weightsStddev} * N(0, 1), seed ${seed}\n`,
  );

  const history = await train(nn, learningRate, epochs);
  printLosses(history);
  printOutputs(nn, `after ${epochs} epochs`);

  const many = 200_000;
  const { mse = [] } = await train(nn, learningRate, many - epochs);
  const outputs = Array.from(nn.predict(samples.x).data, fixed);
  console.log(`\nafter ${many} epochs: loss ${fixed(mse.at(-1) as number)}, outputs ${outputs.join(' ')}`);
  console.log(`
With weights this small all four hidden units are nearly the same, the output hardly depends on the input, and 0.5 is the best constant:
a saddle point of the loss, which gradient descent at this learning rate does not leave. The published table shows another run.
See "chainrule xor" for the same algorithm from initial weights that do lead there.`);
}

function printLosses({ mse = [] }: History): void {
  const rows = published.losses.map((loss, index) => {
    const epoch = index * printed.every;
    const ours = mse[epoch] as number;
    return [String(epoch), fixed(loss), fixed(ours), signed(ours - loss)];
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
