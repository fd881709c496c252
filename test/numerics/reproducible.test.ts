import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { dense, dropout, info, NeuralNetwork } from '../../lib';

/*
 * Same seed, same bits: for every instruction set and any number of threads. Each combination trains in a process of
 * its own, as both are chosen once per process. The bits are those of goldens/bits.json, too: a change to the kernels that changes
 * bits is a decision. `node test/support/train-and-hash.js` prints new ones (after `npm run compile`).
 */

interface Outcome {
  isa: string;
  threads: number;
  /** The networks whose predictions depend on the batch. */
  variant: string[];
  /** SHA-256 of what came out of each training. */
  bits: Record<string, string>;
}

const run = promisify(execFile);
const { bits } = JSON.parse(readFileSync(path.join(__dirname, '../goldens/bits.json'), 'utf8')) as Outcome;

async function trainAndHash(isa: string, threads: number): Promise<Outcome> {
  const env = { ...process.env, CHAINRULE_ISA: isa, CHAINRULE_NUM_THREADS: String(threads) };
  const { stdout } = await run(process.execPath, [path.join(__dirname, '../support/train-and-hash.js')], { env });
  return JSON.parse(stdout) as Outcome;
}

const available = process.env.CHAINRULE_ISA ? [process.env.CHAINRULE_ISA] : info().isas;

describe.each(available)('%s', { timeout: 120_000 }, (isa) => {
  test.each([1, 2, 3, 7])('%d threads: the bits are the same, and a prediction has the same bits in any batch', async (threads) => {
    const outcome = await trainAndHash(isa, threads);
    expect(outcome).toEqual({ isa, threads, variant: [], bits });
  });
});

test('a second fit goes on with new shuffles and masks: one epoch twice is two epochs', async () => {
  const x = Array.from({ length: 37 }, (_, row) => [Math.sin(row), Math.cos(3 * row), row / 37]);
  const y = x.map(([a = 0, b = 0]) => a * b);
  const options = { batchSize: 8, optimizer: { type: 'sgd', learningRate: 0.05 } } as const;
  const weightsAfter = async (...epochs: number[]): Promise<string> => {
    const nn = new NeuralNetwork({ inputSize: 3, layers: [dropout(0.1), dense(9, 'tanh'), dropout(0.3), dense(1)], seed: 5 });
    for (const count of epochs) await nn.fit({ x, y }, { ...options, epochs: count });
    return JSON.stringify(nn.toJSON());
  };
  const twoEpochs = await weightsAfter(2);
  expect(await weightsAfter(1, 1)).toBe(twoEpochs);
  expect(await weightsAfter(1)).not.toBe(twoEpochs);
});
