import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

// native/README.md says how many files know one row of each kind. The numbers are those of the tree: the files that have the row's name
// as a whole word, or in that of its plan, comments excluded. A number that grows is a step back, and one to be decided, not to be made by
// accident.

/** The row that is traced for each kind. */
const traced = {
  activation: 'mish',
  loss: 'huber',
  optimizer: 'adagrad',
  setting: 'centered',
  metric: 'mcc',
  initializer: 'lecunNormal',
  layer: 'layerNorm',
};

const root = path.join(__dirname, '../..');
const read = (name: string) => fs.readFileSync(path.join(root, name), 'utf8');
const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*/g, '');

const sources = ['lib', 'native'].flatMap((folder) =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.split(path.sep).join('/')}`)
    .filter((name) => /\.(m?ts|h|cpp|inl|inc)$/.test(name) && !name.startsWith('native/build/'))
    // Recipes use rows as users do: a new row is not added there.
    .filter((name) => !name.startsWith('lib/tabular/recipe/'))
    .map((name) => ({ name, code: withoutComments(read(name)) })),
);

const filesThatName = (row: string) => sources.filter(({ code }) => new RegExp(`\\b${row}(_plan)?\\b`).test(code)).map(({ name }) => name);

/** Kind, traced row and number of files of each line of the table in native/README.md. */
const table = [...read('native/README.md').matchAll(/^\| ([a-z ]+?) *\| `(\w+)` *\| (\d+) *\|/gm)].map(([, kind, row, files]) => ({
  kind: kind as string,
  row: row as string,
  files: Number(files),
}));

test('the table traces these rows', () => {
  expect(Object.fromEntries(table.map(({ kind, row }) => [kind, row]))).toEqual(traced);
});

test.each(table)('a $kind is in $files files', ({ row, files }) => {
  const found = filesThatName(row);
  expect(found, `${row} is in ${found.join(', ')}`).toHaveLength(files);
});
