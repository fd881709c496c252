import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Counts } from './cases';
import { formats } from './formats';

// The command `npm run fuzz`, with fewer cases than it is usually given; and that it finds the faults it is for.

const command = path.join(__dirname, '../../scripts/fuzz.js');

interface Outcome {
  code: number;
  counts: Record<string, Counts>;
}

async function fuzz(...args: string[]): Promise<Outcome> {
  const run = promisify(execFile)(process.execPath, [command, '--json', ...args], { maxBuffer: 2 ** 24 });
  const { code, stdout } = await run.then(
    (done) => ({ code: 0, ...done }),
    (error: { code: number; stdout: string }) => error,
  );
  return { code, counts: JSON.parse(stdout) };
}

const cases = 20_000;

test(`${cases} damaged inputs: an error with a code, or a right model`, { timeout: 600_000 }, async () => {
  const { code, counts } = await fuzz('--cases', String(cases));
  expect(Object.values(counts).flatMap(({ faults }) => faults)).toEqual([]);
  expect(code).toBe(0);
  expect(Object.keys(counts).sort()).toEqual(Object.keys(formats).sort());
  for (const [name, { cases: run, loaded, refused }] of Object.entries(counts)) {
    expect(Math.abs(run - cases / Object.keys(formats).length), name).toBeLessThan(1);
    expect(loaded + refused, name).toBe(run);
    // Else the changes would be too small, or so large that nothing but the first bytes was read.
    expect(loaded, name).toBeGreaterThan(run / 20);
    expect(refused, name).toBeGreaterThan(run / 5);
  }
});

test.each([
  ['fault-exit', /^the process ended: SIGABRT/],
  ['fault-slow', /^it took \d{4} ms$/],
  ['fault-memory', /^it took \d+ bytes of memory for 100$/],
  ['fault-code', /^an error without a code: TypeError: no code/],
  ['fault-internal', /^the code ERR_CHAINRULE_INTERNAL/],
  ['fault-model', /^it loads, but then: Error: wrong shape/],
  ['fault-prototype', /^the prototype of all objects has "polluted" now$/],
])('%s is found', { timeout: 120_000 }, async (name, problem) => {
  const { code, counts } = await fuzz('--cases', '8', '--format', name);
  expect(code).toBe(1);
  const { cases: run, faults = [] } = counts[name] ?? {};
  expect(run).toBe(8);
  expect(faults.length).toBeGreaterThan(0);
  for (const { problem: found } of faults) expect(found).toMatch(problem);
  // One case by its number is the same again.
  const again = await fuzz('--cases', '1', '--format', name, '--first', String(faults[0]?.index));
  expect(again.counts[name]?.faults[0]?.problem).toMatch(problem);
});
