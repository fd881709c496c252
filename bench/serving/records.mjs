// `chainrule serve` beside a bare server: records of eight columns as JSON, one a request, for a model of the default recipe.
import { fileURLToPath } from 'node:url';
import { Table, TabularModel } from '../../dist/tabular/index.js';

const columns = Array.from({ length: 7 }, (_, column) => `number${column}`);
const recordOf = (row) => ({
  ...Object.fromEntries(columns.map((name, column) => [name, Math.sin(row * (column + 1))])),
  town: ['Ulm', 'Bonn', 'Trier'][row % 3],
});
const file = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Trains the model for one epoch: what it predicts does not matter here. */
export async function saveRecordModel(path) {
  const rows = Array.from({ length: 1000 }, (_, row) => ({ ...recordOf(row), price: Math.cos(row) }));
  const model = await TabularModel.train(Table.from(rows), { target: 'price', epochs: 1, importance: false });
  await model.save(path);
  return { model, record: recordOf(5) };
}

/** The programs to compare, with their arguments. */
export const recordServers = (model) => [
  { name: 'bare, no prediction', program: [file('bare.mjs'), model, 'nothing'], path: '/' },
  { name: 'bare, predict', program: [file('bare.mjs'), model, 'predict'], path: '/' },
  { name: 'chainrule serve', program: [file('../../dist/cli/main.js'), 'serve', model, '--port', '0'], path: '/predict' },
];
