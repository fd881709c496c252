// How far does a car go on a gallon? A regression on real data: node examples/regression.mjs [--epochs 400]
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { dense, NeuralNetwork } from 'chainrule';

const { values: flags } = parseArgs({ options: { epochs: { type: 'string', default: '400' } } });
const epochs = Number(flags.epochs);

// A row is: miles per gallon (what we want to know), six numbers, and where the car is from, one column for each of the three.
const origins = ['USA', 'Europe', 'Japan'];
const lines = readFileSync(new URL('data/cars.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const cars = lines
  .filter((line) => /^\d/.test(line))
  .map((line) => {
    const cells = line.split(',');
    const origin = cells.pop();
    return [...cells.map(Number), ...origins.map((name) => Number(name === origin))];
  });

// The file is sorted by year, so every fifth car is a fair sample to hold out.
const heldOut = cars.filter((_, index) => index % 5 === 0);
const training = cars.filter((_, index) => index % 5 !== 0);

// Networks learn best from columns of mean 0 and standard deviation 1. Both come from the training data: the others are not known yet.
const scales = training[0].map((_, column) => {
  const values = training.map((car) => car[column]);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) || 1 };
});
const standardise = (car) => car.map((value, column) => (value - scales[column].mean) / scales[column].deviation);
const toSamples = (rows) => ({ x: rows.map((row) => standardise(row).slice(1)), y: rows.map((row) => standardise(row).slice(0, 1)) });
const toMiles = (output) => output * scales[0].deviation + scales[0].mean;

const inputSize = training[0].length - 1;
const models = {
  'a straight line (no hidden layer)': { layers: [dense(1)], weightDecay: 0 },
  'a network (32, 32, gelu)': { layers: [dense(32, 'gelu'), dense(32, 'gelu'), dense(1)], weightDecay: 0.1 },
};

console.log(`${training.length} cars to learn from, ${heldOut.length} held out; typical error (root mean square) on those:\n`);
const mean = scales[0].mean;
report('always the mean', Math.sqrt(heldOut.reduce((sum, car) => sum + (car[0] - mean) ** 2, 0) / heldOut.length));

let nn;
for (const [name, { layers, weightDecay }] of Object.entries(models)) {
  nn = new NeuralNetwork({ inputSize, layers, loss: 'mse', seed: 3 });
  const learningRate = { type: 'cosine', initial: 0.005 };
  await nn.fit(toSamples(training), { epochs, batchSize: 32, optimizer: { type: 'adamw', learningRate, weightDecay } });
  const { loss } = await nn.evaluate(toSamples(heldOut));
  report(name, Math.sqrt(loss) * scales[0].deviation);
}

console.log('\nfive of the held-out cars\n  year  horsepower  weight  from      mpg  the network says');
for (const car of [3, 19, 36, 55, 70].map((index) => heldOut[index])) {
  const [mpg, , , horsepower, weight, , year, ...isFrom] = car;
  const from = origins[isFrom.indexOf(1)];
  const says = toMiles(nn.predict(toSamples([car]).x).data[0]);
  const cells = [String(year).padStart(6), String(horsepower).padStart(10), String(weight).padStart(6), from.padEnd(6)];
  console.log(`${cells.join('  ')} ${mpg.toFixed(1).padStart(6)} ${says.toFixed(1).padStart(17)}`);
}

function report(name, error) {
  console.log(`  ${name.padEnd(36)} ${error.toFixed(2)} miles per gallon`);
}
