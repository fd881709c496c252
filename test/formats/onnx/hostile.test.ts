import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { NeuralNetwork } from '../../../lib';
import { RandomNumbers } from '../../support/random-numbers';

// Files with random damage: an error with a code, or a network; never anything else, and soon.

const goldens = JSON.parse(readFileSync(path.join(__dirname, '../../goldens/onnx.json'), 'utf8')) as { name: string; model: string }[];
const own = readFileSync(path.join(__dirname, '../../fixtures/network-1.onnx'));
const files = [own, ...goldens.map(({ model }) => Buffer.from(model, 'base64'))];

const cases = 4000;
/** Milliseconds. */
const longest = 1000;

type Change = (bytes: Buffer, random: RandomNumbers, place: number) => Buffer;

const changes: readonly Change[] = [
  (bytes, random, place) => {
    bytes[place] = random.below(256);
    return bytes;
  },
  (bytes, random, place) => {
    bytes[place] = (bytes[place] as number) ^ (1 << random.below(8));
    return bytes;
  },
  (bytes, _, place) => {
    bytes[place] = 0xff;
    return bytes;
  },
  (bytes, _, place) => bytes.subarray(0, place),
  (bytes, random, place) => Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + random.below(9))]),
  (bytes, random, place) => Buffer.concat([bytes.subarray(0, place), bytes.subarray(random.below(bytes.length))]),
];

test(`${cases} damaged files`, { timeout: 120_000 }, async () => {
  const random = new RandomNumbers(7);
  let read = 0;
  for (let i = 0; i < cases; i++) {
    let bytes: Buffer = Buffer.from(files[random.below(files.length)] as Buffer);
    for (let times = random.below(3); times >= 0 && bytes.length > 0; times--) {
      bytes = (changes[random.below(changes.length)] as Change)(bytes, random, random.below(bytes.length));
    }
    const begin = performance.now();
    try {
      const nn = await NeuralNetwork.fromONNX(bytes);
      read++;
      nn.close();
    } catch (error) {
      expect((error as { code?: unknown }).code, `${(error as Error).stack}`).toMatch(/^ERR_CHAINRULE_(?!INTERNAL)/);
    }
    expect(performance.now() - begin).toBeLessThan(longest);
  }
  expect(read).toBeGreaterThan(cases / 20);
  expect(read).toBeLessThan(cases / 2);
});
