import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

test('methods and accessors of native classes refuse whatever is not an object of theirs', () => {
  const script = path.join(__dirname, 'support/wrong-receivers.js');
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8', timeout: 60_000 });
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
  const { calls, wrong } = JSON.parse(stdout) as { calls: number; wrong: string[] };
  expect(wrong).toEqual([]);
  expect(calls).toBeGreaterThan(300);
});
