'use strict';
// Trains networks of a file, `[{ name, options, x, y, optimizer }]` as v8.serialize writes it, and predicts with them; prints the SHA-256 of
// the bits of each as JSON. With the instruction set that CHAINRULE_ISA names and CHAINRULE_NUM_THREADS threads.
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { deserialize } = require('node:v8');
const { info, NeuralNetwork } = require(process.env.CHAINRULE_TEST_PACKAGE ?? '../../dist');

async function hash({ options, x, y, optimizer }, precision) {
  const nn = new NeuralNetwork({ ...options, precision });
  await nn.fit({ x, y }, { epochs: 2, batchSize: 96, optimizer });
  const { loss, gradients } = nn.backward(x, y);
  const { loss: evaluated } = await nn.evaluate({ x, y });
  const arrays = [nn.predict(x), ...gradients.flatMap(({ parameters }) => Object.values(parameters))].map(({ data }) => data);
  const sha = createHash('sha256').update(nn.toBytes()).update(Float64Array.of(loss, evaluated));
  for (const array of arrays) sha.update(array);
  return sha.digest('hex');
}

async function main() {
  const bits = {};
  for (const example of deserialize(readFileSync(process.argv[2]))) {
    for (const precision of ['f32', 'f64']) bits[`${example.name}, ${precision}`] = await hash(example, precision);
  }
  const { isa, threads } = info();
  console.log(JSON.stringify({ isa, threads, bits }));
}

main();
