'use strict';
// Runs out of memory. `node out-of-memory.js measure` prints how many KiB of address space the process has when everything
// is warm; without an argument, and with some hundred MiB more than that as its limit (ulimit -v), it prints what each call throws, as JSON.
const { readFileSync } = require('node:fs');
const v8 = require('node:v8');
const vm = require('node:vm');
const { dense, NeuralNetwork } = require('../../dist');

const zeros = (rows, cols) => ({ data: new Float32Array(rows * cols), shape: [rows, cols] });
// Of zeros, so that they cost no time; `wide` needs little for itself and much for 256 rows, `large` much for itself.
const initial = { weightsInitializer: 'zeros' };
const net = (inputSize, ...units) => new NeuralNetwork({ inputSize, layers: units.map((count) => dense(count, 'linear', initial)) });
const wide = net(1, 400_000, 1);
const manyOutputs = net(1, 2000);
const large = net(5000, 5000, 1);
const rows = zeros(100_000, 1);
const narrow = { x: rows, y: rows };

const calls = {
  'a network': () => net(20_000, 20_000),
  'a network that nobody could have': () => net(40_000, 50_000),
  'a trainer': () => large.fit({ x: zeros(1, 5000), y: [0] }, { epochs: 1, optimizer: 'adam', warnings: false }),
  'a large batch': () => wide.fit(narrow, { epochs: 1, batchSize: 1000, warnings: false }),
  'a large batch of a stream': () => wide.fit([narrow], { epochs: 1, warnings: false }),
  predict: () => wide.predict(rows),
  'predict, the result': () => manyOutputs.predict(rows),
  predictAsync: () => wide.predictAsync(rows),
  'predictAsync, the result': () => manyOutputs.predictAsync(rows),
  evaluate: () => wide.evaluate(narrow),
  backward: () => wide.backward(zeros(1000, 1), zeros(1000, 1)),
  'gradients of a large network': () => [1, 2, 3, 4, 5].map(() => large.backward(zeros(1, 5000), [0])),
  'a copy of the weights': () => [1, 2, 3, 4, 5].map(() => large.layers[0].weights),
};

/** Everything that starts threads or keeps memory, once, small. */
async function warmUp() {
  const nn = net(8, 300, 1);
  nn.layers[0].bias = Float32Array.from({ length: 300 }, (_, unit) => unit); // units that are all the same cause a warning
  const data = { x: zeros(600, 8), y: zeros(600, 1) };
  await nn.fit(data, { epochs: 2, validation: data, warnings: false });
  await nn.predictAsync(data.x);
  for (const used of [wide, manyOutputs]) used.predict([0]);
}

const addressSpace = () => Number(/VmPeak:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);

async function main() {
  await warmUp();
  if (process.argv[2] === 'measure') return console.log(addressSpace());
  const outcomes = {};
  for (const [name, call] of Object.entries(calls)) {
    outcomes[name] = [];
    // Twice: what was left half done by the first must not be taken for done by the second.
    for (let turn = 0; turn < 2; turn++) {
      const outcome = await new Promise((resolve) => resolve(call())).then(
        () => 'nothing',
        ({ name, code, message }) => ({ name, code, message }),
      );
      outcomes[name].push(outcome);
    }
    for (const used of [wide, manyOutputs]) if (used.predict([0]).data[0] !== 0) throw new Error(`${name} did damage`);
  }
  // The memory of the last calls is still in use, and a thread to train on needs memory, too.
  v8.setFlagsFromString('--expose-gc');
  vm.runInNewContext('gc')();
  await warmUp();
  console.log(JSON.stringify(outcomes));
}

main();
