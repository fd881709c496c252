import { spawnSync } from 'node:child_process';
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
  const { isa, isas, precisions, ...rest } = info();
  expect(rest).toEqual({ version, threads: before });
  expect(isas).toContain(isa);
  expect(isas).toContain('scalar');
  expect(precisions).toEqual(expect.arrayContaining(['f32', 'f64']));
});

describe('in a process of its own', () => {
  const index = JSON.stringify(path.join(__dirname, '../dist/index.js'));
  /** The output of a script, and its warnings. */
  function run(script: string, wanted?: string): { out: string; warnings: string } {
    const env = { ...process.env, ...(wanted !== undefined && { CHAINRULE_NUM_THREADS: wanted }) };
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', env });
    return { out: stdout.trim(), warnings: stderr };
  }
  const print = `console.log(require(${index}).threads())`;

  it.each(['1', '5'])('CHAINRULE_NUM_THREADS=%s sets the number', (wanted) => {
    expect(run(print, wanted)).toEqual({ out: wanted, warnings: '' });
  });

  it.each(['none', '-1', '0'])('CHAINRULE_NUM_THREADS=%s is forgotten, with a warning', (wanted) => {
    const { out, warnings } = run(print, wanted);
    expect(Number(out)).toBeGreaterThanOrEqual(1);
    expect(warnings).toContain('ChainruleWarning: CHAINRULE_NUM_THREADS must be a whole number from 1 to 256, got ');
  });

  it('a worker does not undo what was set', () => {
    const script = `
      const { setThreads, threads } = require(${index});
      setThreads(7);
      const worker = new (require('node:worker_threads').Worker)(${JSON.stringify(print)}, { eval: true });
      worker.on('exit', () => console.log(threads()));`;
    expect(run(script, '2').out).toBe('7\n7');
  });

  // Node is made to say that there are 8 processors, and what the files of the control group hold.
  it.runIf(process.platform === 'linux').each<[number, string, Record<string, string>]>([
    [2, 'one and a half processors', { 'cpu.max': '150000 100000\n' }],
    [8, 'no limit', { 'cpu.max': 'max 100000\n' }],
    [8, 'more than there are', { 'cpu.max': '1600000 100000\n' }],
    [3, 'three processors, version 1', { 'cpu/cpu.cfs_quota_us': '300000\n', 'cpu/cpu.cfs_period_us': '100000\n' }],
    [8, 'no limit, version 1', { 'cpu/cpu.cfs_quota_us': '-1\n', 'cpu/cpu.cfs_period_us': '100000\n' }],
    [8, 'no control group', {}],
  ])("%i threads where the container's limit is %s", (expected, _, files) => {
    const script = `
      require('node:os').availableParallelism = () => 8;
      const fs = require('node:fs');
      const { readFileSync } = fs;
      fs.readFileSync = (file, ...rest) => {
        const folder = '/sys/fs/cgroup/';
        if (!String(file).startsWith(folder)) return readFileSync(file, ...rest);
        const text = ${JSON.stringify(files)}[file.slice(folder.length)];
        if (text === undefined) throw new Error('no such file');
        return text;
      };
      ${print}`;
    expect(run(script, '')).toEqual({ out: String(expected), warnings: '' });
  });
});
