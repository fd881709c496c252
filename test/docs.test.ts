import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.join(__dirname, '..');
const read = (name: string) => readFileSync(path.join(root, name), 'utf8');

/** Code between fences of a language. */
const code = (document: string, language: string) =>
  [...read(document).matchAll(/^```(\w*)\n(.*?)^```/gms)].filter(([, tag]) => tag === language).map(([, , text]) => text as string);

test('links point at files that exist, and at lines that have the text that their labels quote', () => {
  const { documents, findProblems } = require('../scripts/doc-links.js') as { documents: string[]; findProblems(): string[] };
  expect(documents).toEqual(expect.arrayContaining(['README.md', 'native/README.md', 'docs/backprop.md', 'docs/formats.md']));
  expect(findProblems(), 'node scripts/doc-links.js --write corrects the numbers').toEqual([]);
});

// Every formula has a line: what is in the lists is in the document.
test.each([
  ['activations.inc', /^(?:ROW_)?ACTIVATION\((\w+)/gm],
  ['losses.inc', /^(?:ROW_)?LOSS\((\w+)/gm],
  ['optimizers.inc', /^OPTIMIZER\((\w+)/gm],
  ['initializers.inc', /^INITIALIZER\((\w+)/gm],
])('docs/backprop.md has every row of %s', (list, row) => {
  const names = [...read(`native/kernels/${list}`).matchAll(row)].map((match) => match[1] as string);
  expect(names.length).toBeGreaterThan(3);
  const text = read('docs/backprop.md');
  for (const name of names) expect(text).toContain(`\`${name}\``);
});

test('the example of the README runs, and its outputs are what it says', () => {
  const [example] = code('README.md', 'js') as [string];
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', example], { cwd: root, encoding: 'utf8' });
  const promised = [...example.matchAll(/\/\/ -> (.*)$/gm)].map((match) => match[1]);
  expect(output.trim().split('\n')).toEqual(promised);
});
