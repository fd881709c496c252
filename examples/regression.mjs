// How far does a car go on a gallon? A regression on real data: node examples/regression.mjs [--epochs 400]
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { dense, NeuralNetwork } from 'chainrule';

const { values: flags } = parseArgs({ options: { epochs: { type: 'string', default: '400' } } });
const epochs = Number(flags.epochs);

// A row is: miles per gallon (what we want to know), six numbers, and where the car is from, one column for each of the three.
const origins = ['USA', 'Europe', 'Japan'];
const cars = readFileSync(new URL('data/cars.csv', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => /^\d/.test(line))
  .map((line) => {
    const cells = line.split(',');
    const origin = cells.pop();
    return [...cells.map(Number), ...origins.map((name) => Number(name === origin))];
  });
const miles = cars.map(([mpg]) => mpg);

const models = {
  'a straight line (no hidden layer)': { layers: [dense(1)], weightDecay: 0 },
  'a network (32, 32, tanh)': { layers: [dense(32, 'tanh'), dense(32, 'tanh'), dense(1)], weightDecay: 0.1 },
};

console.log(`${cars.length} cars, each predicted by a model that has not seen it; typical error (root mean square):\n`);
const mean = average(miles);
report('always the mean', () => mean);
let predictions;
for (const [name, model] of Object.entries(models)) {
  predictions = await crossValidate(model, 5);
  report(name, (index) => predictions[index]);
}

console.log('\nyear  horsepower  weight  from       mpg  the network says');
for (const index of [3, 117, 203, 248, 333]) {
  const [mpg, , , horsepower, weight, , year, ...isFrom] = cars[index];
  const cells = [String(year), String(horsepower).padStart(10), String(weight).padStart(6), origins[isFrom.indexOf(1)].padEnd(6)];
  console.log(`${cells.join('  ')}  ${mpg.toFixed(1).padStart(6)}  ${predictions[index].toFixed(1).padStart(16)}`);
}

/** Miles per gallon of each car, by a network trained without its fold. (The file is sorted by year: fold k is every n-th car.) */
async function crossValidate({ layers, weightDecay }, folds) {
  const result = new Array(cars.length);
  for (let fold = 0; fold < folds; fold++) {
    const indices = [...cars.keys()].filter((index) => index % folds === fold);
    const training = cars.filter((_, index) => index % folds !== fold);

    // Networks learn best from columns of mean 0 and standard deviation 1. Both must come from the training data alone.
    const scales = training[0].map((_, column) => scaleOf(training.map((car) => car[column])));
    const standardised = (rows) => rows.map((row) => row.map((value, column) => (value - scales[column].mean) / scales[column].deviation));
    const inputs = (rows) => standardised(rows).map(([, ...others]) => others);
    const targets = (rows) => standardised(rows).map(([mpg]) => [mpg]);

    const nn = new NeuralNetwork({ inputSize: training[0].length - 1, layers, loss: 'mse', seed: 3 });
    const optimizer = { type: 'adamw', learningRate: { type: 'cosine', initial: 0.005 }, weightDecay };
    await nn.fit({ x: inputs(training), y: targets(training) }, { epochs, batchSize: 32, optimizer });

    const { data } = nn.predict(inputs(indices.map((index) => cars[index])));
    for (const [at, index] of indices.entries()) result[index] = data[at] * scales[0].deviation + scales[0].mean;
  }
  return result;
}

function scaleOf(values) {
  const mean = average(values);
  return { mean, deviation: Math.sqrt(average(values.map((value) => (value - mean) ** 2))) };
}

function average(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function report(name, predict) {
  const error = Math.sqrt(average(miles.map((mpg, index) => (predict(index) - mpg) ** 2)));
  console.log(`  ${name.padEnd(36)} ${error.toFixed(2)} miles per gallon`);
}
