import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const script = path.join(__dirname, 'support/memory-rounds.js');

function expectLittleGrowth(...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', timeout: 90_000 });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const [, grown] = JSON.parse(stdout) as [number, number];
  expect(grown).toBeLessThan(250);
}

/*
 * 3000 objects, each with 66 KB of weights and as much or more in buffers: kept, they would be 400 MB and more. 250 MB are what V8 and the
 * C library may hold back.
 */
test.each(
  ['network', 'predict', 'session', 'batcher', 'update', 'share', 'fit', 'restoreBest', 'load'].flatMap((what) => [
    [what, 'turns'],
    [what, 'none'],
  ]),
)('%s in 3000 rounds, turns of the event loop: %s', { timeout: 100_000 }, (what, turns) => expectLittleGrowth(what, turns));

test.each(['turns', 'none'])('4 MB of data in 300 rounds, turns of the event loop: %s', { timeout: 100_000 }, (turns) =>
  expectLittleGrowth('large', turns, '300'),
);
