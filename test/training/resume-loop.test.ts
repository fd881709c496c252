import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dense, type NetworkOptions, NeuralNetwork } from '../../lib';

/*
 * Checkpoints and resuming leave the event loop free, whatever the size of the network. The test measures the processor time that the loop's own
 * thread takes between two turns: on a busy machine the clock says nothing.
 */

const schedstat = `/proc/${process.pid}/task/${process.pid}/schedstat`;
const canMeasure = isMainThread && existsSync(schedstat);

let folder: string;
let stat: number;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-test-'));
  if (canMeasure) stat = openSync(schedstat, 'r');
});
afterAll(async () => {
  if (canMeasure) closeSync(stat);
  await rm(folder, { recursive: true });
});

/** Milliseconds of this thread so far. */
function processorTime(): number {
  const bytes = Buffer.alloc(64);
  const length = readSync(stat, bytes, 0, 64, 0);
  return Number(bytes.toString('latin1', 0, length).split(' ')[0]) / 1e6;
}

/** The most that the loop's thread does between two turns. */
async function longestPiece(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = processorTime();
  let running = true;
  const turn = () => {
    if (!running) return;
    const now = processorTime();
    longest = Math.max(longest, now - last);
    last = processorTime();
    setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  await new Promise((resolve) => setTimeout(resolve, 1)); // the last piece, too
  running = false;
  return longest;
}

const networks: [string, NetworkOptions][] = [
  ['12 million parameters', { inputSize: 3000, layers: [dense(4000), dense(1)], seed: 1 }],
  ['2,500 layers', { inputSize: 1, layers: Array(2499).fill(dense(2, 'tanh')).concat(dense(1)), seed: 1 }],
];

describe.runIf(canMeasure)('the event loop', () => {
  test.each(networks)('%s', { timeout: 120_000 }, async (_, options) => {
    const file = path.join(folder, 'training');
    const data = { x: new Float32Array(options.inputSize ?? 0), y: new Float32Array(1) };
    const resume = async (epochs: number) => {
      const nn = new NeuralNetwork(options);
      return longestPiece(() => nn.fit(data, { epochs, checkpoint: { path: file, resume: true } }));
    };
    const pieces: number[] = [];
    // Garbage of the tests before may be collected at any time: it is the best of three that counts. One piece of all would take 50 ms or more.
    for (let round = 0; round < 3; round++) {
      await rm(file, { force: true });
      pieces.push(Math.max(await resume(1), await resume(2)));
    }
    expect(Math.min(...pieces), `${pieces.map(Math.round)} ms`).toBeLessThan(20);
  });
});
