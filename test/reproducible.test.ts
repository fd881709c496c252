import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { info } from '../lib';

/*
 * Same seed, same bits: for every instruction set and any number of threads (DESIGN.md, section 3). Each combination trains in a process of
 * its own, as both are chosen once per process. The bits are those of goldens/bits.json, too: a change to the kernels that changes
 * bits is a decision. `node test/support/train-and-hash.js` prints new ones (after `npm run build`).
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
const { bits } = JSON.parse(readFileSync(path.join(__dirname, 'goldens/bits.json'), 'utf8')) as Outcome;

async function trainAndHash(isa: string, threads: number): Promise<Outcome> {
  const env = { ...process.env, CHAINRULE_ISA: isa, CHAINRULE_NUM_THREADS: String(threads) };
  const { stdout } = await run(process.execPath, [path.join(__dirname, 'support/train-and-hash.js')], { env });
  return JSON.parse(stdout) as Outcome;
}

const available = process.env.CHAINRULE_ISA ? [process.env.CHAINRULE_ISA] : info().isas;

describe.each(available)('%s', { timeout: 120_000 }, (isa) => {
  test.each([1, 2, 3, 7])('%d threads: the bits are the same, and a prediction has the same bits in any batch', async (threads) => {
    const outcome = await trainAndHash(isa, threads);
    expect(outcome).toEqual({ isa, threads, variant: [], bits });
  });
});
