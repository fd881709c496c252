import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const { render, target } = require('../../scripts/api.js') as { render(): string; target: string };

// Its own conversion of line ends: a checkout on Windows may have others.
const read = (file: string) => readFileSync(file, 'utf8').replaceAll('\r\n', '\n');

test('docs/api.md is what the types say: `npm run api` writes it', () => {
  expect(render()).toBe(read(target));
});

test.each([
  ['lib/index.ts', 80],
  ['lib/tabular/index.ts', 10],
  ['lib/mpi/index.ts', 2],
])('it has every name that %s exports, each with its documentation', (entry, least) => {
  const index = readFileSync(path.join(__dirname, '../..', entry), 'utf8').replace(/ from '.*'/g, '');
  const names = [...index.matchAll(/(\w+)(?=,|\s*\})/g)].map(([name]) => name);
  expect(names.length).toBeGreaterThan(least);
  const withoutCode = read(target).replace(/^```ts\n.*?\n```\n/gms, '');
  const sections = new Map(withoutCode.split(/^### /m).map((text) => [text.split('\n')[0], text]));
  for (const name of names) expect(sections.get(name), name).toMatch(/\n\n[\w`][^\n]{4}/);
});

test('chainrule/wasm exports the same names', () => {
  expect(read(path.join(__dirname, '../../dist/wasm/index.d.ts'))).toContain("export * from '../index';");
});
