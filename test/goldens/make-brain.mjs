// Writes brain.json: networks of brain.js 1 and 2 as their toJSON() gives them, with inputs and outputs of run().
//
// Usage: in a folder with brain.js 1.6.1 as the package `brain1`, and 2.0.0-beta.24 as `brain2`:
//   npm install --ignore-scripts brain1@npm:brain.js@1.6.1 brain2@npm:brain.js@2.0.0-beta.24 && node make-brain.mjs > brain.json
// The tests read the result only.
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.join(process.cwd(), 'brain.js'));

const xor = [[0, 0], [0, 1], [1, 0], [1, 1]].map(([a, b]) => ({ input: [a, b], output: [a ^ b, 1 - (a ^ b)] }));
const colours = [
  { input: { r: 0.03, g: 0.7, b: 0.5 }, output: { black: 1 } },
  { input: { r: 0.16, g: 0.09, b: 0.2 }, output: { white: 1 } },
  { input: { b: 1, r: 0.5, '10': 0.3 }, output: { white: 0.5, grey: 0.5 } },
];
const data = {
  arrays: [xor, [[0.2, 0.9], [1, -1], [0.5, 0.5]]],
  hashes: [colours, [{ r: 1, g: 0.4, b: 0 }, { g: 0.7, '10': 1 }]],
  'hashes to arrays': [colours.map(({ input }, i) => ({ input, output: [i / 2] })), [{ r: 1, g: 0.4, b: 0.3 }]],
};

const cases = [];
for (const version of ['brain1', 'brain2']) {
  const { NeuralNetwork } = require(version);
  for (const activation of ['sigmoid', 'relu', 'leaky-relu', 'tanh']) {
    for (const [kind, [samples, inputs]] of Object.entries(data)) {
      const nn = new NeuralNetwork({ hiddenLayers: kind === 'arrays' ? [4, 3] : [3], activation });
      nn.train(samples, { iterations: 30 });
      const outputs = inputs.map((input) => {
        const output = nn.run(input);
        return ArrayBuffer.isView(output) ? Array.from(output) : output;
      });
      cases.push({ name: `${version}, ${activation}, ${kind}`, model: nn.toJSON(), inputs, outputs });
    }
  }
}
process.stdout.write(`${JSON.stringify({ cases })}\n`);
