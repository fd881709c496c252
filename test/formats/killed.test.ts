import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FitOptions, type NetworkOptions, NeuralNetwork, type Samples } from '../../lib';
import { RandomNumbers } from '../support/random-numbers';

/*
 * Processes that are killed at random moments of writing a file again and again. The file must be the old one or the new one, byte by byte.
 * With CHAINRULE_LONG_TESTS=1 that is so for 500 saves and 100 checkpoints. (`npm run compile` first: the processes use the built package.)
 */

const { killedModel, killedTraining } = require('../support/killed-models.js') as {
  killedModel(Class: typeof NeuralNetwork, inputs: number, version: number): NeuralNetwork;
  killedTraining: { options: NetworkOptions; data: Samples; fit: FitOptions<Samples> };
};

const isLong = process.env.CHAINRULE_LONG_TESTS !== undefined;
const random = new RandomNumbers(Date.now());

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-killed-'));
  file = path.join(folder, 'model');
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));

const script = path.join(__dirname, '../support/save-until-killed.js');
const leftovers = async () => (await readdir(folder)).filter((name) => name !== 'model');

/**
 * Starts a process, and kills it at a random moment of the time after its first save. Every second one is killed after it has begun to write another
 * file. Returns the lines that it wrote.
 */
async function killed(milliseconds: number, round: number, ...args: string[]): Promise<string[]> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  let text = '';
  const saved = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.includes('end')) resolve();
    });
  });
  await Promise.race([saved, closed]);
  while (!existsSync(file) || (round % 2 === 1 && (await leftovers()).length === 0)) await wait(0);
  await wait(random.between(0, milliseconds));
  child.kill('SIGKILL');
  const [, signal] = await closed;
  expect(signal).toBe('SIGKILL');
  return text.trim().split('\n');
}

const versionIn = (lines: string[], word: string): number =>
  Number(
    lines
      .filter((line) => line.startsWith(word))
      .at(-1)
      ?.split(' ')[1],
  );

/** Rows of weights, how long after the first save, and how many processes. Saves take some 10 and 30 ms on a disk. */
const sizes: [name: string, inputs: number, milliseconds: number, rounds: number][] = [
  ['26 KB', 100, 10, isLong ? 300 : 6],
  ['4 MB', 16_000, 30, isLong ? 200 : 6],
];
/** There are more rounds until a process was killed in the middle of a save, which shows in the file that it leaves. */
const mostRounds = 10;

test.each(sizes)('saves of %s: the old file or the new one', { timeout: 3_600_000 }, async (_, inputs, milliseconds, rounds) => {
  const found = { old: 0, new: 0, inTheMiddle: 0 };
  let version = 1;
  for (let round = 0; round < rounds || (found.inTheMiddle === 0 && round < mostRounds * rounds); round++) {
    const lines = await killed(milliseconds, round, 'save', file, String(inputs), String(version));
    const [begun, done] = [versionIn(lines, 'begin'), versionIn(lines, 'end')];
    const bytes = await readFile(file);
    const isNew = bytes.equals(killedModel(NeuralNetwork, inputs, begun).toBytes());
    if (!isNew) expect(bytes.equals(killedModel(NeuralNetwork, inputs, done).toBytes()), `version ${done} or ${begun}`).toBe(true);
    found[isNew ? 'new' : 'old']++;
    // The first save of each process removed what the process before had left.
    const left = (await leftovers()).length;
    expect(left).toBeLessThanOrEqual(1);
    found.inTheMiddle += left;
    version = begun + 1;
  }
  if (isLong) console.log(found);
  expect(found.inTheMiddle).toBeGreaterThan(0);
  await killedModel(NeuralNetwork, inputs, 0).save(file);
  expect(await leftovers()).toEqual([]);
});

describe('checkpoints', () => {
  const { options, data, fit } = killedTraining;
  const bits = (nn: NeuralNetwork): string => {
    const hash = createHash('sha256');
    for (const { parameters } of nn.layers) for (const { data } of Object.values(parameters)) hash.update(data);
    return hash.digest('hex');
  };
  /** More epochs than there is time for. */
  const epochs = 100_000;
  const rounds = isLong ? 100 : 6;

  test('the old one or the new one, with the weights of its epoch', { timeout: 3_600_000 }, async () => {
    const found: { epoch: number; bits: string }[] = [];
    let inTheMiddle = 0;
    for (let round = 0; round < rounds || (inTheMiddle === 0 && round < mostRounds * rounds); round++) {
      const lines = await killed(20, round, 'checkpoint', file, String(epochs));
      const model = await NeuralNetwork.load(file);
      const epoch = completedIn(await readFile(file));
      expect(epoch).toBeLessThanOrEqual(versionIn(lines, 'end') + 1);
      expect(epoch).toBeGreaterThanOrEqual(found.at(-1)?.epoch ?? 1);
      found.push({ epoch, bits: bits(model) });
      const left = (await leftovers()).length;
      expect(left).toBeLessThanOrEqual(1);
      inTheMiddle += left;
    }
    if (isLong) console.log({ epochs: found.at(-1)?.epoch, inTheMiddle });
    expect(inTheMiddle).toBeGreaterThan(0);
    const expected = await uninterrupted(found.at(-1)?.epoch as number);
    for (const { epoch, bits } of found) expect(bits, `epoch ${epoch}`).toBe(expected[epoch - 1]);
    // The next one resumes, and leaves nothing but the file.
    const nn = new NeuralNetwork(options);
    const more = (found.at(-1)?.epoch as number) + 1;
    await nn.fit(data, { ...fit, epochs: more, checkpoint: { path: file, resume: true } });
    expect(await leftovers()).toEqual([]);
  });

  /** The weights after each epoch of the same training. */
  async function uninterrupted(count: number): Promise<string[]> {
    const nn = new NeuralNetwork(options);
    const all: string[] = [];
    await nn.fit(data, { ...fit, epochs: count, onEpoch: () => void all.push(bits(nn)) });
    return all;
  }

  const completedIn = (bytes: Buffer): number => {
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE())));
    return JSON.parse(header.__metadata__.training).completed;
  };
});
