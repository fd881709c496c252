import { dense, dropout, info, NeuralNetwork, progressBar, toClasses } from '../index';
import { type Digit, loadDigits } from './digit-data';
import { confusionTable, digitPictures } from './digit-report';
import { pixels, side } from './drawn-digits';
import type { Arguments } from './flags/flag';
import type { digitsFlags } from './flags/lists';
import { columns } from './picture';
import { type Random, randomNumbers, shuffled } from './random';

const batchSize = 128;

/** `chainrule digits`: a network learns to read digits. */
export async function run({ flags }: Arguments<typeof digitsFlags>): Promise<void> {
  const { epochs = 20, data: source } = flags;
  const started = performance.now();
  const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const random = randomNumbers(42);
  const { training, heldOut, origin } = loadDigits(source, random);
  const samples = toSamples(heldOut);
  const nn = new NeuralNetwork({
    inputSize: pixels,
    layers: [dense(512, 'relu'), dropout(0.2), dense(512, 'relu'), dropout(0.2), dense(10, 'softmax')],
    loss: 'crossEntropy',
    seed: 42,
  });
  const { isa, threads } = info();
  console.log(nn.summary());
  console.log(
    `${training.length} digits to learn from, ${heldOut.length} held out; ${isa}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
  );
  console.log(`The digits are ${origin}.\n`);

  await nn.fit(() => batches(training, random), {
    epochs,
    optimizer: { type: 'adam', learningRate: { type: 'cosine', initial: 1e-3, warmup: 1 } },
    metrics: ['accuracy'],
    validation: samples,
    onEpoch: progressBar({ text: ({ loss, val_accuracy = Number.NaN }) => `loss ${loss.toFixed(4)}  held out ${percent(val_accuracy)}` }),
  });

  const { accuracy = Number.NaN, confusionMatrix = [] } = await nn.evaluate(samples, { metrics: ['accuracy'], confusionMatrix: true });
  console.log(`\n${confusionTable(confusionMatrix)}\n`);
  console.log(`${digitPictures(heldOut, toClasses(await nn.predictAsync(samples.x)), columns())}\n`);
  console.log(`accuracy on held-out digits: ${percent(accuracy)} after ${seconds()}`);
}

/** The batches of one epoch, in a new order, each digit moved by up to a pixel: more to learn from, at no cost but this. */
function* batches(training: readonly Digit[], random: Random): Generator<{ x: Float32Array; y: Uint8Array }> {
  const upToOne = (): number => Math.floor(random() * 3) - 1;
  const order = shuffled(training, random);
  for (let from = 0; from < order.length; from += batchSize) {
    yield toSamples(order.slice(from, from + batchSize).map(({ image, label }) => ({ image: moved(image, upToOne(), upToOne()), label })));
  }
}

function toSamples(digits: readonly Digit[]): { x: Float32Array; y: Uint8Array } {
  const x = new Float32Array(digits.length * pixels);
  for (const [index, { image }] of digits.entries()) x.set(image, index * pixels);
  return { x, y: Uint8Array.from(digits, ({ label }) => label) };
}

function moved(image: Float32Array, dx: number, dy: number): Float32Array {
  const result = new Float32Array(pixels);
  for (let row = Math.max(0, dy); row < Math.min(side, side + dy); row++) {
    const from = (row - dy) * side;
    result.set(image.subarray(from + Math.max(0, -dx), from + side - Math.max(0, dx)), row * side + Math.max(0, dx));
  }
  return result;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
