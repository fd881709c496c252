import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NeuralNetwork } from '../../lib';

// Layers models of TensorFlow.js (goldens/make-tfjs.mjs).

// biome-ignore lint/suspicious/noExplicitAny: documents that tests change anywhere
type Document = any;
interface Case {
  name: string;
  modelTopology: Document;
  weightSpecs: Document[];
  weightData: string;
  x: number[][];
  outputs: number[][];
}
const text = readFileSync(path.join(__dirname, '../goldens/tfjs.json'), 'utf8');
const { cases } = JSON.parse(text) as { cases: Case[] };
const named = (name: string): Case => JSON.parse(JSON.stringify(cases.find((golden) => golden.name === name)));
const dataOf = ({ weightData }: Case): ArrayBuffer => new Uint8Array(Buffer.from(weightData, 'base64')).buffer;
const artifacts = (golden: Case) => ({ ...golden, weightData: dataOf(golden) });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-tfjs-'));
});
afterAll(() => rm(folder, { recursive: true }));

function expectSame(nn: NeuralNetwork, { x, outputs }: Case, tolerance = 1e-6): void {
  const { data } = nn.predict(x);
  const wanted = outputs.flat();
  const scale = Math.max(1, ...wanted.map(Math.abs));
  expect(data).toHaveLength(wanted.length);
  for (const [i, value] of wanted.entries()) expect(Math.abs((data[i] as number) - value) / scale).toBeLessThanOrEqual(tolerance);
}

/** The bits of the number of half precision at or below the magnitude; small ones become 0. */
function toHalf(value: number): number {
  const exponent = Math.max(-15, Math.floor(Math.log2(Math.abs(value))));
  if (exponent === -15) return 0;
  return (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | Math.floor((Math.abs(value) / 2 ** exponent - 1) * 1024);
}

const format = (message: RegExp) => expect.objectContaining({ code: 'ERR_CHAINRULE_FORMAT', message: expect.stringMatching(message) });

test.each(cases)('$name', async (golden) => {
  expectSame(await NeuralNetwork.fromTfjs(artifacts(golden)), golden);
});

describe('files', () => {
  /** A `model.json` and its weights in several files. */
  async function write(golden: Case, change: (document: Document) => void = () => {}): Promise<string> {
    const own = await mkdtemp(path.join(folder, 'model-'));
    await mkdir(path.join(own, 'weights'));
    const bytes = Buffer.from(dataOf(golden));
    await writeFile(path.join(own, 'group1-shard1of2.bin'), bytes.subarray(0, 33));
    await writeFile(path.join(own, 'weights', 'shard2'), bytes.subarray(33));
    const weightsManifest = [{ paths: ['group1-shard1of2.bin', 'weights/shard2'], weights: golden.weightSpecs }];
    const document = { modelTopology: golden.modelTopology, format: 'layers-model', weightsManifest };
    change(document);
    await writeFile(path.join(own, 'model.json'), JSON.stringify(document));
    return path.join(own, 'model.json');
  }

  test('a path, and a topology as Python converts it', async () => {
    const golden = named('everything');
    expectSame(await NeuralNetwork.fromTfjs(await write(golden)), golden);
    const converted = (document: Document) => {
      document.modelTopology = { keras_version: '2.15.0', backend: 'tensorflow', model_config: document.modelTopology };
      for (const spec of document.weightsManifest[0].weights) spec.name = `sequential/${spec.name}`;
    };
    expectSame(await NeuralNetwork.fromTfjs(await write(golden, converted)), golden);
  });

  test('groups of weights, each in files of its own, the second one quantised to float16', async () => {
    const golden = named('everything');
    const [first, ...others] = golden.weightSpecs as [Document, ...Document[]];
    const bytes = Buffer.from(dataOf(golden));
    const end = 4 * first.shape.reduce((product: number, size: number) => product * size, 1);
    const values = Float32Array.from({ length: (bytes.length - end) / 4 }, (_, i) => bytes.readFloatLE(end + 4 * i));
    const halves = Buffer.alloc(2 * values.length);
    for (const [i, value] of values.entries()) halves.writeUInt16LE(toHalf(value), 2 * i);
    const file = await write(golden, (document) => {
      document.weightsManifest = [
        { paths: ['group1-shard1of2.bin', 'a2'], weights: [first] },
        {
          paths: ['b1', 'b2'],
          weights: others.map((spec) => ({ ...spec, quantization: { dtype: 'float16', original_dtype: 'float32' } })),
        },
      ];
    });
    const beside = (name: string) => path.join(path.dirname(file), name);
    await writeFile(beside('a2'), bytes.subarray(33, end));
    await writeFile(beside('b1'), halves.subarray(0, 5));
    await writeFile(beside('b2'), halves.subarray(5));
    expectSame(await NeuralNetwork.fromTfjs(file), golden, 0.02);
  });

  test.each(['../other.bin', '/etc/passwd', 'weights/../../x', 'C:\\x', 'a//b', '', 'x\0y'])(
    'a file outside its folder: %j',
    async (name) => {
      const file = await write(named('everything'), ({ weightsManifest }) => weightsManifest[0].paths.splice(1, 1, name));
      await expect(NeuralNetwork.fromTfjs(file)).rejects.toEqual(format(/names the file .*: weights lie in the folder of the model/));
    },
  );

  test('a file twice, one that is not there, and no JSON', async () => {
    const twice = await write(named('everything'), ({ weightsManifest }) => weightsManifest[0].paths.push('./weights/shard2'));
    await expect(NeuralNetwork.fromTfjs(twice)).rejects.toEqual(format(/names the file "\.\/weights\/shard2" twice/));
    const missing = await write(named('everything'), ({ weightsManifest }) => weightsManifest[0].paths.push('nothing.bin'));
    await expect(NeuralNetwork.fromTfjs(missing)).rejects.toMatchObject({ code: 'ENOENT', path: expect.stringContaining('nothing.bin') });
    await writeFile(path.join(folder, 'x.json'), '{');
    await expect(NeuralNetwork.fromTfjs(path.join(folder, 'x.json'))).rejects.toEqual(format(/it is not JSON$/));
    await expect(NeuralNetwork.fromTfjs(7 as never)).rejects.toMatchObject({ code: 'ERR_CHAINRULE_TYPE' });
    await expect(NeuralNetwork.fromTfjs({ ...named('everything'), weightData: 'x' } as never)).rejects.toMatchObject({
      code: 'ERR_CHAINRULE_TYPE',
    });
  });
});

test('weights in parts, and quantised ones', async () => {
  const golden = named('a functional model');
  const bytes = dataOf(golden);
  const parts = [bytes.slice(0, 7), bytes.slice(7)];
  expectSame(await NeuralNetwork.fromTfjs({ ...golden, weightData: parts }), golden);

  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const [index, spec] of golden.weightSpecs.entries()) {
    const length = (spec.shape as number[]).reduce((a, b) => a * b, 1);
    const values = new Float32Array(bytes, 4 * at, length);
    at += length;
    const [min, max] = [Math.min(...values), Math.max(...values)];
    const [dtype, most, Data] = index % 2 === 0 ? (['uint8', 255, Uint8Array] as const) : (['uint16', 65535, Uint16Array] as const);
    const scale = (max - min) / most || 1;
    spec.quantization = { dtype, scale, min };
    pieces.push(new Uint8Array(new Data(values.map((value) => Math.round((value - min) / scale))).buffer));
  }
  const weightData = new Uint8Array(Buffer.concat(pieces)).buffer;
  expectSame(await NeuralNetwork.fromTfjs({ ...golden, weightData }), golden, 0.05);
});

describe('what is not read', () => {
  type Change = (model: ReturnType<typeof artifacts>, layers: Document[]) => void;
  const layer = (className: string, config: Document = {}) => ({ class_name: className, config: { name: 'added', ...config } });

  test.each<[string, string, Change, RegExp]>([
    [
      'a graph model',
      'everything',
      (model) => Object.assign(model, { modelTopology: { node: [] } }),
      /must have a text in modelTopology\.class_name/,
    ],
    ['another class', 'everything', (model) => Object.assign(model.modelTopology, { class_name: 'RNN' }), /is of the class "RNN"/],
    [
      'an unknown layer',
      'everything',
      (_, layers) => layers.push(layer('Conv2D')),
      /a layer "added" of the class "Conv2D": Dense, Dropout, /,
    ],
    ['a name in the prototype', 'everything', (_, layers) => layers.push(layer('constructor')), /of the class "constructor"/],
    [
      'a slope',
      'everything',
      (_, layers) => layers.splice(1, 0, layer('LeakyReLU', { alpha: 0.3 })),
      /of the class LeakyReLU that has another slope than 0\.01$/,
    ],
    ['a limit', 'everything', (_, layers) => layers.splice(1, 0, layer('ReLU', { max_value: 6 })), /that has a limit/],
    [
      'an axis',
      'everything',
      (_, layers) => Object.assign(layers[1].config, { axis: 2 }),
      /BatchNormalization that is not over the columns/,
    ],
    [
      'an activation',
      'everything',
      (_, layers) => Object.assign(layers[0].config, { activation: 'relu6' }),
      /that has the activation "relu6", which/,
    ],
    [
      'an activation in the prototype',
      'everything',
      (_, layers) => Object.assign(layers[0].config, { activation: 'valueOf' }),
      /the activation "valueOf"/,
    ],
    [
      'units of text',
      'everything',
      (_, layers) => Object.assign(layers[0].config, { units: '5' }),
      /describes no valid network: spec\.layers\[0\]\.units/,
    ],
    [
      'enormous units',
      'everything',
      (_, layers) => Object.assign(layers[0].config, { units: 2e9 }),
      /describes no valid network|in the shape/,
    ],
    [
      'images',
      'everything',
      (_, layers) => Object.assign(layers[0].config, { batch_input_shape: [null, 28, 28] }),
      /has inputs of 2 dimensions/,
    ],
    ['no width', 'everything', (_, layers) => delete layers[0].config.batch_input_shape, /does not say how wide its inputs are/],
    ['no layers', 'everything', (_, layers) => layers.splice(1), /has a weight "[^"]+" that no layer has/],
    ['no last dense layer', 'everything', (_, layers) => layers.splice(8), /describes no valid network: the last layer must be dense/],
    [
      'a branch',
      'a functional model',
      (_, layers) => layers[3].inbound_nodes[0].push(['input1', 0, 0, {}]),
      /does not follow the one before alone/,
    ],
    [
      'a jump',
      'a functional model',
      (_, layers) => layers[3].inbound_nodes[0].splice(0, 1, [layers[0].name, 0, 0, {}]),
      /does not follow the one before/,
    ],
    ['a weight too few', 'everything', (model) => model.weightSpecs.pop(), /has weights of \d+ bytes, but \d+ are there/],
    [
      'another name',
      'everything',
      (model) => Object.assign(model.weightSpecs[0], { name: 'x/kernel' }),
      /has no weight "dense_Dense\d+\/kernel"/,
    ],
    ['a name twice', 'everything', (model) => Object.assign(model.weightSpecs[1], { name: model.weightSpecs[0].name }), /has two weights/],
    [
      'another shape',
      'everything',
      (model) => Object.assign(model.weightSpecs[0], { shape: [5, 4] }),
      /in the shape \[5, 4\], where \[4, 5\] is expected/,
    ],
    [
      'an enormous shape',
      'everything',
      (model) => Object.assign(model.weightSpecs[0], { shape: [2 ** 31, 2 ** 31] }),
      /has no valid shape/,
    ],
    [
      'a shape that is nested deeply',
      'everything',
      (model) => Object.assign(model.weightSpecs[0], { shape: [JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`), 5] }),
      /is nested deeper than 32 levels/,
    ],
    ['a shape of text', 'everything', (model) => Object.assign(model.weightSpecs[0], { shape: ['4', 5] }), /has no valid shape/],
    ['integers', 'everything', (model) => Object.assign(model.weightSpecs[0], { dtype: 'int32' }), /as "int32": float32 is read/],
    [
      'another quantisation',
      'everything',
      (model) => Object.assign(model.weightSpecs[0], { quantization: { dtype: 'int4' } }),
      /as "int4"/,
    ],
    [
      'a scale that is none',
      'everything',
      (model) => Object.assign(model.weightSpecs[0], { quantization: { dtype: 'uint8', scale: '1' } }),
      /no valid quantization/,
    ],
    ['NaN', 'everything', (model) => new DataView(model.weightData).setUint32(0, 0xffffffff), /has NaN in layers\.0\.weights at \[0, 0\]/],
    [
      'a variance below 0',
      'everything',
      (model) => new DataView(model.weightData).setFloat32(model.weightData.byteLength - 4, -1, true),
      /where at least 0 is needed/,
    ],
  ])('%s', async (_, name, change, message) => {
    const model = artifacts(named(name));
    change(model, model.modelTopology.config.layers);
    await expect(NeuralNetwork.fromTfjs(model)).rejects.toEqual(format(message));
  });
});
