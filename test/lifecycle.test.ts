import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

/*
 * Work that is under way when a worker, or the process, ends. Each scenario runs in a process of its own, as most of them end it, at moments
 * drawn by chance; here for a few rounds. CHAINRULE_LIFECYCLE_ROUNDS asks for another number of them. scripts/test-sanitize.js runs this
 * with a sanitizer in the addon, whose settings come in CHAINRULE_LIFECYCLE_ENV.
 */
const wanted = process.env.CHAINRULE_LIFECYCLE_ROUNDS;
const rounds = (usually: number): number => Number(wanted ?? usually);
const sanitized = process.env.CHAINRULE_LIFECYCLE_ENV;
const env = { ...process.env, ...JSON.parse(sanitized ?? '{}') } as NodeJS.ProcessEnv;
const perRound = sanitized === undefined ? 5_000 : 30_000;
const timeout = 50_000 + rounds(4) * perRound;

function run(scenario: string, ...args: number[]) {
  const script = path.join(__dirname, 'support/lifecycle.js');
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [script, scenario, ...args.map(String)], {
    encoding: 'utf8',
    timeout,
    env,
  });
  return { status, signal, stdout: stdout.trim(), stderr };
}

const ended = { signal: null, stdout: '', stderr: '' };

test('workers are terminated while they train, predict and evaluate', { timeout }, () => {
  expect(run('terminate', rounds(4))).toEqual({ ...ended, status: 0 });
});

test('a worker ends itself while it is at work', { timeout }, () => {
  expect(run('workerExit', rounds(3))).toEqual({ ...ended, status: 0 });
});

test('a worker throws while it is at work', { timeout }, () => {
  expect(run('workerUncaught', rounds(3))).toEqual({ ...ended, status: 0 });
});

test('a worker is terminated in predictions and evaluations that would take minutes', { timeout }, () => {
  expect(run('longWork')).toEqual({ ...ended, status: 0, stdout: 'all ended' });
});

test('process.exit() while workers and the main thread are at work', { timeout }, () => {
  for (let round = 0; round < rounds(3); round++) expect(run('exit')).toEqual({ ...ended, status: 7 });
});

test('an uncaught exception', { timeout }, () => {
  for (let round = 0; round < rounds(1); round++) {
    expect(run('uncaught')).toMatchObject({ status: 1, signal: null, stderr: expect.stringContaining('nobody catches this') });
  }
});

describe.skipIf(process.platform === 'win32')('SIGTERM', { timeout }, () => {
  test('that nobody handles', () => {
    for (let round = 0; round < rounds(1); round++) expect(run('signal')).toEqual({ ...ended, status: null, signal: 'SIGTERM' });
  });

  test('that stops the training', () => {
    for (let round = 0; round < rounds(1); round++) expect(run('handledSignal')).toEqual({ ...ended, status: 0, stdout: 'ABORT_ERR' });
  });
});

test('child processes train while their parent does', { timeout }, () => {
  expect(run('fork')).toEqual({ ...ended, status: 0, stdout: 'the same bits' });
});

test('two workers of a cluster train', { timeout }, () => {
  expect(run('cluster')).toEqual({ ...ended, status: 0, stdout: 'the same bits' });
});

test('work that is under way keeps the process running', () => {
  expect(run('pending')).toEqual({ ...ended, status: 0, stdout: 'settled' });
});

test('idle trainers do not', () => {
  expect(run('idle')).toEqual({ ...ended, status: 0, stdout: 'idle' });
});

test('a trainer is not collected while it works', () => {
  expect(run('unreachable')).toEqual({ ...ended, status: 0, stdout: 'complete' });
});

// A sanitizer keeps freed memory for a while.
test.skipIf(sanitized !== undefined)('10,000 predictions and 100 fits of one network take constant memory', () => {
  const { stdout, ...rest } = run('steady');
  expect(rest).toEqual({ status: 0, signal: null, stderr: '' });
  const megabytes = JSON.parse(stdout) as number[];
  // As below. A copy of the parameters lost in each fit would be 40 MiB in the end.
  expect(megabytes).toHaveLength(5);
  expect((megabytes[4] as number) - (megabytes[1] as number), stdout).toBeLessThan(20);
});

test.skipIf(sanitized !== undefined)('6,000 networks, trainers and snapshots are made and dropped at constant memory', () => {
  const { stdout, ...rest } = run('collect');
  expect(rest).toEqual({ status: 0, signal: null, stderr: '' });
  const megabytes = JSON.parse(stdout) as number[];
  // The first figure is of an empty process. Until the third one the allocator fills: trainers have threads, and memory of its own for each.
  // The 3,000 after that would be more than 300 MiB together.
  expect(megabytes).toHaveLength(5);
  expect((megabytes[4] as number) - (megabytes[2] as number), stdout).toBeLessThan(40);
});
