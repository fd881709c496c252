import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { NeuralNetwork } from '../../lib';
import { activationNames, initializerNames, layerKinds, lossNames, optimizerNames } from '../../lib/options';

// docs/migrating.md. Its programs in Chainrule are run by docs.test.ts, on files that the programs in other libraries wrote.

const { blocksOf, runProgram, sections } = require('../support/foreign-programs.js') as {
  blocksOf(section: string): { language: string; code: string }[];
  runProgram(section: string, folder: string): string[] | undefined;
  sections: string[];
};
const root = path.join(__dirname, '../..');

test.for(sections)('%s: its program runs, and our import of its model predicts the same', { timeout: 120_000 }, (section, context) => {
  const folder = mkdtempSync(path.join(root, 'build', 'migrating-'));
  try {
    const printed = runProgram(section, folder);
    if (printed === undefined) return context.skip();
    const blocks = blocksOf(section).map(({ code }) => code);
    const promised = [...(blocks[0] as string).matchAll(/(?:\/\/|#) -> (.*)$/gm)].map(([, text]) => text as string);
    expect(printed.slice(0, -1).join(' ')).toBe(promised.join(' '));
    const file = path.join(folder, 'ours.mjs');
    writeFileSync(file, blocks.at(-1) as string);
    const ours = execFileSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' });
    expect(ours.trim()).toBe(printed.at(-1));
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
});

interface Brain {
  sizes: number[];
  initialize(): void;
  train(data: object[], options: object): void;
  run(input: number[]): Float32Array;
  toJSON(): object;
}

test('a training of brain.js, step by step', async (context) => {
  const folder = path.join(root, 'bench/peers/node_modules/brain.js');
  if (!existsSync(folder)) return context.skip();
  const brain = require(folder) as { NeuralNetwork: new (options: object) => Brain };
  const data = [[0, 0], [0, 1], [1, 0], [1, 1]].map(([a = 0, b = 0]) => ({ input: [a, b], output: [a ^ b, 1 - (a ^ b)] })); // biome-ignore format: a table
  const net = new brain.NeuralNetwork({ activation: 'sigmoid' });
  net.sizes = [2, 4, 2];
  net.initialize();
  const nn = await NeuralNetwork.fromBrainJS(net.toJSON());
  net.train(data, { iterations: 200, errorThresh: 1e-9, learningRate: 0.3, momentum: 1e-12 });
  const samples = { x: data.map(({ input }) => input), y: data.map(({ output }) => output) };
  const optimizer = { type: 'sgd', learningRate: (0.3 * 2) / 2 } as const;
  await nn.fit(samples, { epochs: 200, batchSize: 1, shuffle: false, optimizer, warnings: false });
  for (const { input } of data) {
    const found = nn.predict(input).data;
    for (const [i, output] of net.run(input).entries()) expect(found[i]).toBeCloseTo(output, 5);
  }
});

test.each<[string, readonly string[]]>([
  ['loss', lossNames],
  ['optimizer', [...optimizerNames, 'lbfgs']],
  ['initializer', initializerNames],
  ['activation', activationNames],
  ['layer', layerKinds],
])('the table of names has every %s', (_, names) => {
  const tables = readFileSync(path.join(root, 'docs/migrating.md'), 'utf8').split('\n## Names\n')[1] as string;
  expect(names.filter((name) => !tables.includes(`\`${name}\``))).toEqual([]);
});
