import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { serialize } from 'node:v8';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { info } from '../../lib';
import { layerKinds } from '../../lib/options';
import { dataOf, exampleInputs, exampleKinds, inputKinds, wideExamples } from './examples';

/*
 * Every kind of layer has the same bits for every instruction set and any number of threads. Each combination trains in a process of its
 * own, as both are chosen once per process.
 */

interface Outcome {
  isa: string;
  threads: number;
  /** SHA-256 of weights, predictions and gradients. */
  bits: Record<string, string>;
}

const run = promisify(execFile);
const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-layers-'));
const file = path.join(folder, 'examples');
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

async function trainAndHash(isa: string, threads: number): Promise<Outcome> {
  const env = { ...process.env, CHAINRULE_ISA: isa, CHAINRULE_NUM_THREADS: String(threads) };
  const { stdout } = await run(process.execPath, [path.join(__dirname, '../support/train-examples.js'), file], { env });
  return JSON.parse(stdout) as Outcome;
}

/** The examples' data: enough rows for each layer's work to be shared out. */
function writeExamples(): void {
  const all = wideExamples.map((example) => {
    const { name, options, optimizer } = example;
    return { name, options, optimizer: optimizer ?? 'adam', ...dataOf(example, 200) };
  });
  writeFileSync(file, serialize(all));
}

/** WebAssembly has one thread, and its vectors have bits of their own: there is nothing to compare but a second training with the first. */
const isModule = info().isas.includes('simd128');
const isas = process.env.CHAINRULE_ISA ? [process.env.CHAINRULE_ISA] : isModule ? ['simd128'] : info().isas;

test('every kind of layer and of input has an example', () => {
  expect([...exampleKinds(wideExamples)].sort()).toEqual([...layerKinds].sort());
  expect([...exampleInputs(wideExamples)].sort()).toEqual([...inputKinds].sort());
});

/** Slow kernels share the work out alike: CHAINRULE_LONG_TESTS asks for all counts there, too. */
function threadCounts(isa: string): number[] {
  if (isModule) return [1];
  return isa === isas[0] || process.env.CHAINRULE_LONG_TESTS !== undefined ? [1, 2, 3, 7] : [1, 7];
}

let expected: Outcome['bits'];
beforeAll(async () => {
  writeExamples();
  const { bits } = await trainAndHash(isas[0] as string, 1);
  expected = bits;
}, 600_000);

describe.each(isas)('%s', { timeout: 600_000 }, (isa) => {
  test.each(threadCounts(isa))('%d threads', async (threads) => {
    const { bits, ...process } = await trainAndHash(isa, threads);
    expect(process).toEqual({ isa, threads });
    expect(bits).toEqual(expected);
  });
});
