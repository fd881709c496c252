// Trains a model on train.csv and measures it on test.csv: node ours.mjs RECIPE FOLDER TARGET TASK SEED. Prints one line of JSON.

import path from 'node:path';
import tabular from '../../dist/tabular/index.js';

const [recipe, folder, target, task, seed] = process.argv.slice(2);
const [train, test] = await Promise.all(['train', 'test'].map((name) => tabular.readTable(path.join(folder, `${name}.csv`))));
const started = performance.now();
const before = process.cpuUsage();
// The peers keep a part of the rows for early stopping, too, and none of them is trained again.
const model = await tabular.TabularModel.train(train, {
  target,
  task,
  recipe,
  seed: Number(seed),
  test: 0,
  refit: false,
  importance: false,
});
const { user, system } = process.cpuUsage(before);
const seconds = (performance.now() - started) / 1000;
const { metrics } = await model.evaluate(test);
const score = metrics[task === 'regression' ? 'rmse' : 'accuracy'].value;
console.log(JSON.stringify({ score, seconds, cpu: (user + system) / 1e6 }));
