import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type FitOptions, type NetworkOptions, NeuralNetwork, type NpyArray, readNpy, readNpz } from '../../lib';
import { type RecordLike, Table, TabularModel } from '../../lib/tabular';
// @ts-expect-error a module without types
import * as written from '../fixtures/recipes.mjs';

// Files of every version load for ever: each file of test/fixtures is read, and is what it was. CONTRIBUTING.md has the rule.

interface Expected {
  kind: 'network' | 'table' | 'table of classes' | 'state dict' | 'checkpoint' | 'arrays' | 'array';
  recipe?: string;
  outputs?: number[];
  loss?: number[];
}
interface Recipe {
  network: NetworkOptions;
  x: number[][];
}

const folder = path.join(__dirname, '../fixtures');
const expected = JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8')) as Record<string, Expected>;
const recipes = written.recipes as Record<string, Recipe>;
const files = readdirSync(folder).filter((name) => !/^(expected\.json|make\.mjs|recipes\.mjs)$/.test(name));

/** By the ends of the files' names. */
const loaders: Record<string, (file: string) => Promise<NeuralNetwork>> = {
  '.safetensors': (file) => NeuralNetwork.load(file),
  '.json': async (file) => NeuralNetwork.fromJSON(JSON.parse(readFileSync(file, 'utf8'))),
  '.onnx': (file) => NeuralNetwork.fromONNX(file),
};

function expectClose(found: ArrayLike<number>, wanted: readonly number[] = []): void {
  expect(found).toHaveLength(wanted.length);
  for (const [i, value] of wanted.entries()) expect(found[i]).toBeCloseTo(value, 5);
}

const checks: Record<Expected['kind'], (file: string, about: Expected) => Promise<void>> = {
  async network(file, { recipe = '', outputs }) {
    const nn = await (loaders[path.extname(file)] as (file: string) => Promise<NeuralNetwork>)(file);
    const own = recipes[recipe];
    if (own === undefined) return; // Its own test has more to say.
    expectClose(nn.predict(own.x).data, outputs);
    expect(nn.metadata).toEqual({ 'a key': 'Größe 3', recipe });
    const { layers, inputs, loss, classNames } = JSON.parse(JSON.stringify(new NeuralNetwork(own.network).toJSON().spec));
    expect(JSON.parse(JSON.stringify(nn.toJSON().spec))).toMatchObject({
      layers,
      loss,
      ...(inputs && { inputs }),
      ...(classNames && { classNames }),
    });
  },
  async table(file, { outputs = [] }) {
    const found = (await TabularModel.load(file)).predict(written.rooms.asked as RecordLike[]);
    expect(found).toHaveLength(outputs.length);
    // Predictions are in the units of the target: about 1e5.
    for (const [row, value] of outputs.entries()) expect(found[row]).toEqual({ value: expect.closeTo(value, 0) });
  },
  async 'table of classes'(file, { outputs }) {
    const found = (await TabularModel.load(file)).predict(written.towns.asked as RecordLike[]) as {
      probabilities: Record<string, number>;
    }[];
    expectClose(
      found.flatMap(({ probabilities }) => Object.values(probabilities)),
      outputs,
    );
    // Files of version 1 do not have the shares of the classes.
    const { baselines } = await (await TabularModel.load(file)).evaluate(Table.from(written.towns.records as RecordLike[]));
    expect(Object.keys(baselines)).toEqual(path.basename(file) === 'towns-1.tabular' ? [] : ['most frequent']);
  },
  async 'state dict'(file, { recipe = '', outputs }) {
    const { network, x } = recipes[recipe] as Recipe;
    expectClose((await NeuralNetwork.fromSafetensors(file, network)).predict(x).data, outputs);
  },
  async checkpoint(file, { loss = [] }) {
    const copies = mkdtempSync(path.join(os.tmpdir(), 'chainrule-fixtures-'));
    try {
      const copy = path.join(copies, 'training.checkpoint');
      copyFileSync(file, copy);
      expect((await NeuralNetwork.load(copy)).layers).toHaveLength(3);
      const { network, data, options, epochs } = written.training;
      const fitting = { ...options, epochs: epochs + 2, checkpoint: { path: copy, resume: true } } as FitOptions;
      const history = await new NeuralNetwork(network as NetworkOptions).fit(data, fitting);
      expect(history.loss).toHaveLength(epochs + 2);
      expectClose(Array.from(history.loss).slice(0, epochs), loss);
    } finally {
      rmSync(copies, { recursive: true, maxRetries: 10 });
    }
  },
  async arrays(file) {
    expect(await readNpz(file)).toEqual(written.arrays as Record<string, NpyArray>);
  },
  async array(file) {
    expect(await readNpy(file)).toEqual(written.arrays.singles as NpyArray);
  },
};

test('every format that is written has a file, and every file is expected', () => {
  expect(files.sort()).toEqual(Object.keys(expected).sort());
  const formats = ['.safetensors', '-base64.json', '2.json', '.checkpoint', '.onnx', '.pytorch', '.npz', '.npy', '.tabular'];
  expect(formats.filter((end) => !files.some((name) => name.endsWith(end)))).toEqual([]);
});

test.each(Object.entries(expected))('%s', async (name, about) => {
  await checks[about.kind](path.join(folder, name), about);
});
