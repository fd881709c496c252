import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dense, type LayerOptions, members, type NetworkOptions, NeuralNetwork } from '../../lib';
import { activationNames, inputKinds, layerKinds } from '../../lib/options';
import { examples as ensembles } from '../layers/members.examples';
import { namedTensors } from '../support/named-tensors';
import { randomize } from '../support/trained';

// State dicts of PyTorch (goldens/make-pytorch.py), in and out.

interface Case {
  name: string;
  options: NetworkOptions;
  file: string;
  x: number[][];
  outputs: number[][];
}
const { cases } = JSON.parse(readFileSync(path.join(__dirname, '../goldens/pytorch.json'), 'utf8')) as { cases: Case[] };
const bytesOf = ({ file }: Case) => new Uint8Array(Buffer.from(file, 'base64'));
const named = cases.find(({ name }) => name === 'named modules, F32') as Case;
const embedded = cases.find(({ name }) => name === 'embeddings, F32') as Case;
const read = (file: Uint8Array, options: NetworkOptions, names = {}) => NeuralNetwork.fromSafetensors(file, options, { names });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-pytorch-'));
});
afterAll(() => rm(folder, { recursive: true }));

function expectClose(found: ArrayLike<number>, wanted: readonly number[], tolerance: number): void {
  expect(found).toHaveLength(wanted.length);
  for (const [i, value] of wanted.entries()) {
    expect(Math.abs((found[i] as number) - value)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(value)));
  }
}

/** A safetensors file of tensors. */
function safetensors(tensors: Record<string, { dtype?: string; shape: number[]; data: ArrayBufferView }>): Uint8Array {
  let end = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype = 'F32', shape, data }]) => {
      const begin = end;
      end += data.byteLength;
      return [name, { dtype, shape, data_offsets: [begin, end] }];
    }),
  );
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const data = Object.values(tensors).map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  return new Uint8Array(Buffer.concat([length, text, ...data]));
}

const ones = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1) });

describe('in', () => {
  test.each(cases)('$name', async (golden) => {
    const { options, x, outputs } = golden;
    const doubles = await NeuralNetwork.fromSafetensors(bytesOf(golden), { ...options, precision: 'f64' });
    expectClose(doubles.predict(x).data, outputs.flat(), 1e-12);
    const singles = await NeuralNetwork.fromSafetensors(bytesOf(golden), options);
    expect(singles.precision).toBe('f32');
    expectClose(singles.predict(x).data, outputs.flat(), 1e-5);
  });

  test('from a path, and trained further', async () => {
    const file = path.join(folder, 'model.safetensors');
    await writeFile(file, bytesOf(named));
    const nn = await NeuralNetwork.fromSafetensors(file, named.options);
    const { loss } = await nn.fit({ x: named.x, y: named.outputs.map(([a, b]) => [(a as number) + 1, b as number]) }, { epochs: 20 });
    expect(loss.at(-1) as number).toBeLessThan(loss[0] as number);
    await expect(NeuralNetwork.load(file)).rejects.toThrow(/NeuralNetwork\.fromSafetensors reads state dicts of PyTorch$/);
  });

  test('names decide between modules of the same shape', async () => {
    const file = bytesOf(named);
    const swapped = await read(file, named.options, { 'layers.1': 'fc3', 'layers.4': 'fc2' });
    const nn = await read(file, named.options);
    expect(swapped.layers[1]?.weights).toEqual(nn.layers[4]?.weights);
    expect(swapped.layers[4]?.weights).toEqual(nn.layers[1]?.weights);
  });

  test('a part of a state dict, by the names of all modules', async () => {
    const options = { inputSize: 4, layers: [dense(6, 'relu')] };
    await expect(read(bytesOf(named), options)).rejects.toThrow(/has modules that the network does not: .*give the names of all modules/);
    const nn = await read(bytesOf(named), options, { 'layers.0': 'fc1' });
    expect(nn.layers[0]?.weights).toEqual((await read(bytesOf(named), named.options)).layers[0]?.weights);
  });

  test('a residual block, and tensors without a module', async () => {
    const options: NetworkOptions = { inputSize: 2, layers: [{ type: 'residual', layers: [dense(3), dense(2)] }, dense(1)] };
    const file = safetensors({
      ...{ 'block.a.weight': ones(3, 2), 'block.a.bias': ones(3), 'block.b.weight': ones(2, 3), weight: ones(1, 2), bias: ones(1) },
    });
    expect([...(await read(file, options)).predict([1, 2]).data]).toEqual([1 + (1 + 12) + (2 + 12)]);
  });
});

describe('what does not fit', () => {
  const one: NetworkOptions = { inputSize: 2, layers: [dense(3)] };
  const format = (message: RegExp) => expect.objectContaining({ code: 'ERR_CHAINRULE_FORMAT', message: expect.stringMatching(message) });
  const right = { 'fc.weight': ones(3, 2), 'fc.bias': ones(3) };

  test('what is made here is otherwise right', async () => {
    expect((await read(safetensors(right), one)).parameterCount).toBe(9);
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['no file', new Uint8Array(4), /has only 4 bytes/],
    ['a file that is cut short', safetensors(right).subarray(0, -1), /is cut short/],
    [
      'another width',
      safetensors({ 'fc.weight': ones(3, 4) }),
      /has 0 of the 1 modules like this: layers\.0 needs weight \[3, 2\], bias \[3\]; there are fc \(weight \[3, 4\]\)$/,
    ],
    ['a matrix that is not transposed', safetensors({ 'fc.weight': ones(2, 3), 'fc.bias': ones(3) }), /layers\.0 needs weight \[3, 2\]/],
    ['no tensors', safetensors({}), /no others are there$/],
    ['a tensor more', safetensors({ ...right, 'fc.gain': ones(1) }), /has 0 of the 1 modules like this/],
    ['a module more', safetensors({ ...right, 'head.weight': ones(9, 9) }), /has modules that the network does not: there are head/],
    [
      'two that fit',
      safetensors({ ...right, 'gc.weight': ones(3, 2) }),
      /has 2 modules that fit layers\.0, fc, gc: say which with the option names$/,
    ],
    [
      'integers',
      safetensors({ ...right, 'fc.bias': { dtype: 'I32', ...ones(3) } }),
      /has a tensor of "I32": F64, F32, F16 and BF16 are read/,
    ],
    [
      'a name in the prototype',
      safetensors({ ...right, 'fc.bias': { dtype: 'constructor', ...ones(3) } }),
      /has a tensor of "constructor"/,
    ],
    [
      'too few bytes',
      safetensors({ ...right, 'fc.bias': { shape: [3], data: new Uint8Array(8) } }),
      /a tensor of 3 elements of F32 has 8 bytes/,
    ],
    [
      'a shape that is none',
      safetensors({ ...right, 'fc.bias': { shape: [-3], data: new Uint8Array(12) } }),
      /"fc\.bias" has no valid shape/,
    ],
    [
      'NaN',
      safetensors({ ...right, 'fc.bias': { shape: [3], data: Float32Array.of(1, Number.NaN, 1) } }),
      /has NaN in layers\.0\.bias at \[1\]/,
    ],
    [
      'a number too large for f32',
      safetensors({ ...right, 'fc.bias': { dtype: 'F64', shape: [3], data: Float64Array.of(1, 1e300, 1) } }),
      /has Infinity in layers\.0\.bias/,
    ],
  ])('%s', async (_, file, message) => {
    await expect(read(file, one)).rejects.toEqual(format(message));
  });

  test('names that are wrong', async () => {
    const file = safetensors(right);
    await expect(read(file, one, { 'layers.0': 'gc' })).rejects.toEqual(format(/has no module "gc": layers\.0 needs/));
    await expect(read(file, one, { 'layers.1': 'fc' })).rejects.toThrow(
      'names has "layers.1", which has no tensors in the network; it has layers.0',
    );
    await expect(read(file, one, { 'layers.0': 7 })).rejects.toMatchObject({ code: 'ERR_CHAINRULE_TYPE' });
    await expect(NeuralNetwork.fromSafetensors(file, one, { name: {} } as never)).rejects.toThrow(/did you mean "names"/);
  });
});

describe('out', () => {
  const block: LayerOptions[] = [{ type: 'layerNorm', epsilon: 0.01 }, dense(9, 'gelu'), { type: 'dropout', rate: 0.1 }, dense(5)];
  const numeric = { type: 'numeric', columns: 2 } as const;
  const all: NetworkOptions[] = [
    ...activationNames.map((activation) => ({
      ...{ inputSize: 3, layers: [dense(5), { type: 'activation', activation } as const, dense(2, activation)], loss: 'mse' as const },
    })),
    { inputSize: 3, layers: [dense(5), { type: 'batchNorm', epsilon: 0.1 }, { type: 'residual', layers: block }, dense(2, 'softmax')] },
    {
      inputSize: 5,
      layers: [{ type: 'residual', layers: [{ type: 'residual', layers: block }] }, { type: 'gaussianNoise', stddev: 1 }, dense(1)],
    },
    { inputSize: 5, layers: [{ type: 'normalize' }, { type: 'scale' }, { type: 'layerNorm' }, { type: 'scale' }, dense(1)] },
    { inputs: [numeric, { type: 'categorical', categories: 5, columns: 2 }, { ...numeric, columns: 1 }], layers: [dense(2)] },
    {
      inputs: [
        { type: 'periodic', columns: 2, frequencies: 3, width: 4, sigma: 1 },
        { type: 'categorical', categories: 5, width: 2 },
      ],
      layers: [dense(2)],
    },
    ...ensembles.map(({ options }) => options),
    {
      inputSize: 4,
      layers: [dense(5, 'tanh'), members(3), { type: 'batchNorm' }, { type: 'residual', layers: block }, dense(4, 'softmax')],
    },
    embedded.options,
    named.options,
  ];
  const kinds = new Set([...JSON.stringify(all).matchAll(/"type":"(\w+)"/g)].map(([, kind]) => kind));
  const x = Array.from({ length: 6 }, (_, row) => Array.from({ length: 18 }, (_, i) => (i < 2 ? Math.sin(row + i) : (row + i) % 5)));
  const inputsOf = (nn: NeuralNetwork) => x.map((row) => row.slice(0, nn.inputSize));
  /** One column was constant in training. */
  const madeUp = (options: NetworkOptions, precision: 'f32' | 'f64') => {
    const nn = randomize(new NeuralNetwork({ ...options, precision }));
    const deviation = namedTensors(nn).find(({ name }) => name.endsWith('deviation'));
    if (deviation !== undefined) deviation.values = deviation.values.fill(0, 1, 2);
    return nn;
  };

  test('every kind of layer, input and activation', () => {
    expect([...layerKinds, ...inputKinds].filter((kind) => !kinds.has(kind))).toEqual([]);
  });

  test('and in again: the same bits', async () => {
    for (const options of all) {
      for (const precision of ['f32', 'f64'] as const) {
        const nn = madeUp(options, precision);
        const again = await read(nn.toPyTorch().stateDict, { ...options, precision });
        expect(again.toJSON()).toEqual(nn.toJSON());
      }
    }
  });

  test('a sequence reads well', () => {
    const { module } = new NeuralNetwork({ inputSize: 2, layers: [dense(8, 'relu'), dense(1, 'sigmoid')] }).toPyTorch();
    expect(module).toBe(`# A network of Chainrule for PyTorch: load('model.safetensors') returns it.
from safetensors.torch import load_file
from torch import nn


def load(file):
    model = nn.Sequential(
        nn.Linear(2, 8),
        nn.ReLU(),
        nn.Linear(8, 1),
        nn.Sigmoid(),
    )
    model.load_state_dict(load_file(file))
    return model.eval()
`);
  });

  test('PyTorch predicts the same', async (context) => {
    const python = ['/usr/bin/python3', 'python3'].find((name) => spawnSync(name, ['-c', 'import torch']).status === 0);
    if (python === undefined) return context.skip();
    const networks = all.flatMap((options) => (['f32', 'f64'] as const).map((precision) => madeUp(options, precision)));
    for (const [index, nn] of networks.entries()) {
      const { stateDict, module } = nn.toPyTorch();
      await writeFile(path.join(folder, `model${index}.safetensors`), stateDict);
      await writeFile(path.join(folder, `model${index}.py`), module);
    }
    await writeFile(path.join(folder, 'inputs.json'), JSON.stringify(networks.map(inputsOf)));
    await writeFile(path.join(folder, 'run.py'), runModels);
    const env = { ...process.env, PYTHONPATH: path.join(__dirname, '../support/python') };
    const { stdout, stderr } = spawnSync(python, ['run.py'], { cwd: folder, env, encoding: 'utf8', maxBuffer: 2 ** 26 });
    expect(stderr).toBe('');
    const outputs = JSON.parse(stdout) as number[][][];
    for (const [index, nn] of networks.entries()) {
      const found = nn.predict(inputsOf(nn)).data;
      expectClose(found, (outputs[index] as number[][]).flat(), nn.precision === 'f64' ? 1e-8 : 1e-5);
    }
  });
});

const runModels = `
import importlib, json, sys
import torch

sys.path.insert(0, '.')
outputs = []
for index, rows in enumerate(json.load(open('inputs.json'))):
    model = importlib.import_module(f'model{index}').load(f'model{index}.safetensors')
    with torch.no_grad():
        outputs.append(model(torch.tensor(rows, dtype=next(model.parameters()).dtype)).tolist())
print(json.dumps(outputs))
`;
