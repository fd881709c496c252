import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { info, setThreads, threads } from '../lib';

const before = threads();
const { version } = JSON.parse(readFileSync(path.join(__dirname, '../package.json'), 'utf8')) as { version: string };

afterEach(() => setThreads(before));

it('threads can be set and read', () => {
  setThreads(3);
  expect(threads()).toBe(3);
  expect(info().threads).toBe(3);
});

it('info says what is running', () => {
  const { isa, isas, ...rest } = info();
  expect(rest).toEqual({ version, threads: before });
  expect(isas).toContain(isa);
  expect(isas).toContain('scalar');
});

describe('CHAINRULE_NUM_THREADS', () => {
  const index = path.join(__dirname, '../dist/index.js');
  const run = (value: string) =>
    execFileSync(process.execPath, ['--no-deprecation', '-p', `require(${JSON.stringify(index)}).threads()`], {
      encoding: 'utf8',
      env: { ...process.env, CHAINRULE_NUM_THREADS: value },
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();

  it('sets the number of threads', () => {
    expect(run('1')).toBe('1');
    expect(run('5')).toBe('5');
  });

  it.each(['none', '-1', '0', ''])('%s is forgotten', (value) => {
    expect(Number(run(value))).toBeGreaterThanOrEqual(1);
  });
});
