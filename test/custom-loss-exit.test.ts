import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const script = path.join(__dirname, 'support/custom-loss-exit.js');

test.each(['terminate', 'exit', 'spin', 'process'])('a thread may end in the middle of a loss of its own: %s', (way) => {
  expect(execFileSync(process.execPath, [script, way], { encoding: 'utf8' })).toBe('ended\n');
});
