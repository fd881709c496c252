import { expect, test } from 'vitest';
import { penguins, UserFolder } from '../support/command-line';

/*
 * Errors as users see them: one line, which says what to do.
 */

const user = new UserFolder();
const rows = (count: number, row: (index: number) => string) => `${Array.from({ length: count }, (_, index) => row(index)).join('\n')}\n`;
user.write('penguins.csv', penguins());
expect(user.run('train penguins.csv --target species --recipe fast --epochs 1 --quiet')).toEqual({ status: 0, stdout: '', stderr: '' });

test.each([
  ['predict penguins.chainrule .', '. is a folder, where a file is expected'],
  [
    'predict penguins.csv penguins.csv',
    'penguins.csv is no safetensors file, or is cut short; MODEL is a folder that train wrote, or its model',
  ],
  ['predict penguins.chainrule penguins.csv --out nowhere/p.csv', 'there is no nowhere'],
  ['predict penguins.chainrule penguins.csv --out p.parquet', '--out must end in .csv, .ndjson or .jsonl, got "p.parquet"'],
  ['check .', '. is no regular file; the standard input, and so any pipe, is read as -'],
  ['inspect penguins.chainrule/metrics.json', 'is JSON, but no model of Chainrule, brain.js or TensorFlow.js'],
  ['inspect broken.json', 'broken.json is not JSON'],
  ['train --config broken.json', 'broken.json is not JSON'],
  ['train penguins.csv --target', 'chainrule train: --target must have a value'],
  ['train penguins.csv --target species --drop species', '--drop must not have the target "species"'],
  ['train penguins.csv --target species --features species', '--features must not have the target "species"'],
  ['train penguins.csv --target bill_length_mm --weights bill_length_mm', '--weights must not be the target "bill_length_mm"'],
])('%s: %s', (line, message) => {
  user.write('broken.json', '{');
  const { status, stdout, stderr } = user.run(line);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain('chainrule: chainrule');
});

test.each([
  ['an empty file', 'empty.csv', '', 'empty.csv is empty'],
  ['a ragged row', 'ragged.csv', 'a,b\n1,2\n3\n', 'ragged.csv: line 3 has 1 cell, but the header has 2'],
  [
    'a bad cell',
    'cell.csv',
    `a,b\n${rows(60, (i) => `${i === 40 ? 'oops' : i + 0.5},${i % 2}`)}`,
    'cell.csv: line 42, column "a": "oops" is not a number',
  ],
])('%s is named with its place', (_, name, text, message) => {
  user.write(name, text);
  const { status, stdout, stderr } = user.run(`train ${name} --target b`);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr, 'options of the library are flags here').not.toMatch(/\{|missing: \[/);
});
