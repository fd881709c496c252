import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

/*
 * Work that is under way when a worker, or the process, ends. Each scenario runs in a process of its own, as most of them end it. Here they
 * run a few rounds. For many, and with sanitizers (after scripts/test-sanitize.js; leaks are V8's):
 *   node test/support/lifecycle.js terminate 200
 *   npx node-gyp build chainrule -C build-address-undefined
 *   ASAN_OPTIONS=detect_leaks=0 LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)" \
 *     CHAINRULE_PREBUILD=build-address-undefined node test/support/lifecycle.js terminate 20
 * and likewise `thread`: TSAN_OPTIONS=ignore_noninstrumented_modules=1, libtsan.so, build-thread.
 */
function run(scenario: string, ...args: string[]) {
  const script = path.join(__dirname, 'support/lifecycle.js');
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [script, scenario, ...args], {
    encoding: 'utf8',
    timeout: 50_000,
  });
  return { status, signal, stdout: stdout.trim(), stderr };
}

const ended = { signal: null, stdout: '', stderr: '' };

test('workers are terminated while they train, predict and evaluate', () => {
  expect(run('terminate', '4')).toEqual({ ...ended, status: 0 });
});

test('a worker ends itself while it is at work', () => {
  expect(run('workerExit', '3')).toEqual({ ...ended, status: 0 });
});

test('process.exit() while workers and the main thread are at work', () => {
  for (let round = 0; round < 3; round++) expect(run('exit')).toEqual({ ...ended, status: 7 });
});

test('an uncaught exception', () => {
  expect(run('uncaught')).toMatchObject({ status: 1, signal: null, stderr: expect.stringContaining('nobody catches this') });
});

test.skipIf(process.platform === 'win32')('SIGTERM', () => {
  expect(run('signal')).toEqual({ ...ended, status: null, signal: 'SIGTERM' });
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

test('2,000 networks, trainers and snapshots are made and dropped at constant memory', () => {
  const { stdout, ...rest } = run('collect');
  expect(rest).toEqual({ status: 0, signal: null, stderr: '' });
  const megabytes = JSON.parse(stdout) as number[];
  // The first figure is before, and the second one after, everything is warm; all 2,000 together would be more than 200 MiB.
  expect(megabytes).toHaveLength(5);
  expect((megabytes[4] as number) - (megabytes[1] as number), stdout).toBeLessThan(40);
});
