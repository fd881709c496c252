import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';

// That the benchmark runs and says what it promises; never how fast anything is.

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chainrule-bench-'));
const json = path.join(folder, 'bench.json');
const script = path.join(__dirname, '../..', 'bench', 'index.mjs');

afterAll(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

function bench(options: string[], env: NodeJS.ProcessEnv = {}) {
  const quick = ['--rounds', '1', '--seconds', '0.02', '--json', json];
  const printed = execFileSync(process.execPath, [script, ...quick, ...options], { encoding: 'utf8', env: { ...process.env, ...env } });
  return { printed, report: JSON.parse(fs.readFileSync(json, 'utf8')) };
}

test('measures a case and writes what it prints', () => {
  const { printed, report } = bench(['--only', '^xor', '--drivers', 'ours']);
  expect(report).toMatchObject({
    version: expect.any(String),
    date: expect.any(String),
    machine: { cores: expect.any(Number), node: process.version },
    options: { rounds: 1 },
    results: [{ unit: 's', threads: 1, goals: [{ seconds: 0.2e-6, reached: expect.any(Boolean) }], peers: {} }],
  });
  const [{ name, ours }] = report.results;
  expect(ours.best).toBeGreaterThan(0);
  expect(ours.rounds).toEqual([ours.best]);
  expect(printed).toContain(`| ${name} `);
});

test('measures what loading the package takes, against a process that does nothing', () => {
  const { report } = bench(['--only', '^start']);
  const [{ ours, peers, goals }] = report.results;
  expect(goals).toMatchObject([{ seconds: 15e-3 }]);
  expect(ours.error).toBeUndefined();
  expect(peers['node -e 0'].best).toBeGreaterThan(0);
});

test('names what is missing, and how to install it', () => {
  const { printed, report } = bench(['--only', '^xor', '--drivers', 'fann'], { CC: 'there-is-no-such-compiler' });
  expect(report.results[0].peers).toEqual({ fann: { missing: 'apt-get install libfann-dev' } });
  expect(report.missing).toContainEqual({ name: 'fann', install: 'apt-get install libfann-dev' });
  expect(printed).toContain('missing (apt-get install libfann-dev)');
});

test('draws and prints the results of an earlier run again', () => {
  const { report } = bench(['--only', '^xor', '--drivers', 'ours']);
  const point = { ...report.results[0], share: 0.5, curve: { group: 'a group', axis: 'width', at: 8, series: 'a series' } };
  const earlier = path.join(folder, 'earlier.json');
  fs.writeFileSync(earlier, JSON.stringify({ ...report, results: [{ ...point, name: 'curve' }] }));
  const svg = path.join(folder, 'curves.svg');
  const { printed, report: merged } = bench(['--from', earlier, '--from', json, '--svg', svg]);
  expect(merged.results.map(({ name }: { name: string }) => name)).toEqual(['curve', report.results[0].name]);
  expect(printed).toContain('a group');
  expect(fs.readFileSync(svg, 'utf8')).toContain('a series');
});

test('does not put a part of the cases into the documents', () => {
  bench(['--only', '^xor', '--drivers', 'ours']);
  expect(() => execFileSync(process.execPath, [script, '--from', json, '--readme'], { stdio: 'pipe' })).toThrow(/needs all cases/);
});

test.each([['--drivers', 'nobody'], ['--only', 'no such case'], ['--threads', '0'], ['--what']])('refuses %s %s', (...options) => {
  expect(() => execFileSync(process.execPath, [script, ...options], { stdio: 'pipe' })).toThrow(/Usage: npm run bench/);
});
