import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Running, serve } from './serve-model';

// The requests in docs/serve.md get the answers that follow them: the same keys and texts, and numbers that are close.

const root = path.join(__dirname, '../..');
const document = readFileSync(path.join(root, 'docs/serve.md'), 'utf8');
const { readTable, TabularModel } = require(path.join(root, 'dist/tabular')) as typeof import('../../lib/tabular');

let running: Running;
beforeAll(async () => {
  const cars = await readTable(path.join(root, 'examples/data/cars.csv'));
  running = await serve(await TabularModel.train(cars, { target: 'mpg', recipe: 'fast' }));
});
afterAll(() => running.close());

const exchanges = [
  ...document.matchAll(/```sh\ncurl localhost:3000(\S+) -H '([^:]+): ([^']+)'[^`]*?-d '([^']*)'\n```\n\n```json\n(.*)\n```/g),
];

test('there are some', () => expect(exchanges.length).toBe(2));

test.each(exchanges.map((groups) => groups.slice(1)))('%s with %s: %s, %s', async (place, name, value, body, answer) => {
  const response = await fetch(running.url + place, {
    method: 'POST',
    headers: { [name as string]: value as string },
    body: body as string,
  });
  const close = (_: string, number: unknown) => (typeof number === 'number' ? expect.closeTo(number, -1) : number);
  expect(await response.json()).toEqual(JSON.parse(answer as string, close));
});

test('its flags are those of the command', () => {
  const flags = [...document.matchAll(/^\| `(--[\w-]+)/gm)].map(([, flag]) => flag as string);
  expect(flags).toHaveLength(5);
  const { stdout } = spawnSync(process.execPath, [path.join(root, 'dist/cli/main.js'), 'serve', '--help'], { encoding: 'utf8' });
  for (const flag of flags) expect(stdout).toContain(flag);
});
