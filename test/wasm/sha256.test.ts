import crypto from 'node:crypto';
import { expect, test } from 'vitest';
import { createHash } from '../../lib/wasm/browser/sha256';
import { RandomNumbers } from '../support/random-numbers';

// The digest for browsers against that of Node.js.

const random = new RandomNumbers(1);
const bytes = Uint8Array.from({ length: 5000 }, () => random.below(256));
const digest = (...parts: (string | Uint8Array)[]) => {
  const [own, theirs] = [createHash('sha256'), crypto.createHash('sha256')];
  for (const part of parts) {
    own.update(part);
    theirs.update(part);
  }
  return [own.digest('hex'), theirs.digest('hex')];
};

test('all lengths around those of blocks', () => {
  for (const length of [...Array(200).keys(), 4095, 4096, 5000]) {
    const [own, theirs] = digest(bytes.subarray(0, length));
    expect(own, `${length} bytes`).toBe(theirs);
  }
});

test('several parts, texts among them', () => {
  for (let round = 0; round < 100; round++) {
    const parts = Array.from({ length: 5 }, () => (random.below(4) === 0 ? 'Übung €' : bytes.subarray(0, random.below(150))));
    const [own, theirs] = digest(...parts);
    expect(own).toBe(theirs);
  }
});
