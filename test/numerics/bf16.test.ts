import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Activation, dense, dropout, info, NeuralNetwork, type Optimizer, type Precision, setThreads, threads } from '../../lib';

const before = threads();
afterEach(() => setThreads(before));

const inputs = 33;
const rows = 70;
const x = { data: Float32Array.from({ length: rows * inputs }, (_, i) => Math.sin(i * i)), shape: [rows, inputs] };
const y = Int32Array.from({ length: rows }, (_, row) => row % 5);

const make = (precision: Precision, activation: Activation = 'tanh') =>
  new NeuralNetwork({
    inputSize: inputs,
    layers: [dense(50, activation), dropout(0.1), dense(17, 'gelu'), dense(5, 'softmax')],
    precision,
    seed: 3,
  });

const parameters = (nn: NeuralNetwork) =>
  nn.layers.filter(({ type }) => type === 'dense').flatMap(({ weights, bias }) => [...weights.data, ...bias.data]);

/** The length of the difference of two vectors, relative to the second. */
function distance(got: number[], wanted: number[]): number {
  expect(got).toHaveLength(wanted.length);
  return Math.hypot(...got.map((value, i) => value - (wanted[i] as number))) / Math.hypot(...wanted);
}

describe.runIf(info().precisions.includes('bf16'))('where the CPU can', () => {
  test('arrays and the initial weights are those of f32', () => {
    const nn = make('bf16');
    expect(nn.precision).toBe('bf16');
    expect(nn.layers[0]?.weights.data).toBeInstanceOf(Float32Array);
    expect(nn.predict(x).data).toBeInstanceOf(Float32Array);
    expect(parameters(nn)).toEqual(parameters(make('f32')));
    expect(nn.summary()).toBe(make('f32').summary().replace(/f32$/, 'bf16'));
  });

  test('predictions and evaluations are those of f32, bit for bit', async () => {
    const [nn, single] = [make('bf16'), make('f32')];
    expect(nn.predict(x)).toEqual(single.predict(x));
    expect(await nn.evaluate({ x, y }, { metrics: ['accuracy', 'mse'] })).toEqual(
      await single.evaluate({ x, y }, { metrics: ['accuracy', 'mse'] }),
    );
  });

  // Rounding to 8 bits moves each factor of a product by up to 2^-9 of itself; about that should be left in the sum of many.
  test.each<Activation>(['linear', 'tanh', 'relu', 'gelu', 'softmax'])(
    'gradients are close to those of f32, but not the same (%s)',
    (activation) => {
      const [got, wanted] = [make('bf16', activation).backward(x, y), make('f32', activation).backward(x, y)];
      expect(Math.abs(got.loss / wanted.loss - 1)).toBeLessThan(0.01);
      for (const [index, layer] of wanted.gradients.entries()) {
        const of = got.gradients[index];
        const apart = distance([...(of?.weights.data ?? [])], [...layer.weights.data]);
        expect(apart).toBeLessThan(0.02);
        expect(apart).toBeGreaterThan(1e-5);
        expect(distance([...(of?.bias.data ?? [])], [...layer.bias.data])).toBeLessThan(0.02);
      }
    },
  );

  const optimizers: Optimizer[] = [
    { type: 'sgd', learningRate: 0.1 },
    { type: 'sgd', learningRate: 0.05, momentum: 0.9 },
    { type: 'adamw', learningRate: 1e-3 },
  ];

  test.each(optimizers)('training stays close to f32 (%o)', async (optimizer) => {
    const [nn, single] = [make('bf16'), make('f32')];
    const start = parameters(nn);
    const options = { epochs: 5, batchSize: 16, optimizer };
    const [{ loss }, { loss: wanted }] = [await nn.fit({ x, y }, options), await single.fit({ x, y }, options)];
    for (const [epoch, value] of wanted.entries()) expect(Math.abs((loss[epoch] as number) / value - 1)).toBeLessThan(0.01);
    const moved = distance(parameters(single), start);
    const apart = distance(parameters(nn), parameters(single));
    expect(apart).toBeGreaterThan(0);
    expect(apart).toBeLessThan(moved / 10);
  });

  test('any number of threads gives the same bits', async () => {
    const train = async (count: number) => {
      setThreads(count);
      const layers = [dense(1000, 'relu'), dense(300, 'relu'), dense(5, 'softmax')];
      const nn = new NeuralNetwork({ inputSize: inputs, layers, precision: 'bf16' });
      await nn.fit({ x, y }, { epochs: 2, batchSize: rows, optimizer: 'adam' });
      return nn.layers.map(({ weights }) => createHash('sha256').update(weights.data).digest('hex'));
    };
    const wanted = await train(1);
    for (const count of [2, 3, 7]) expect(await train(count)).toEqual(wanted);
  });

  test('it learns', async () => {
    const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(16, 'tanh'), dense(1, 'sigmoid')], precision: 'bf16', seed: 1 });
    const corners = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ];
    await nn.fit({ x: corners, y: [0, 1, 1, 0] }, { epochs: 500, batchSize: 4, optimizer: { type: 'adam', learningRate: 0.05 } });
    expect([...nn.predict(corners).data].map(Math.round)).toEqual([0, 1, 1, 0]);
  });

  test('a diverging loss is noticed', async () => {
    const nn = make('bf16', 'relu');
    const fit = nn.fit({ x, y }, { epochs: 50, optimizer: { type: 'sgd', learningRate: 1e30 } });
    await expect(fit).rejects.toMatchObject({ code: 'ERR_CHAINRULE_DIVERGED' });
  });

  describe('saved', () => {
    let folder: string;
    let file: string;
    let trained: ReturnType<typeof make>;
    beforeAll(async () => {
      trained = make('bf16');
      await trained.fit({ x, y }, { epochs: 2 });
      folder = mkdtempSync(path.join(tmpdir(), 'chainrule-bf16-'));
      file = path.join(folder, 'model.safetensors');
      await trained.save(file);
      return () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    });

    test('everything comes back', async () => {
      for (const same of [await NeuralNetwork.load(file), NeuralNetwork.fromJSON(JSON.parse(JSON.stringify(trained)))]) {
        expect(same.precision).toBe('bf16');
        expect(parameters(same)).toEqual(parameters(trained));
      }
    });

    test('where the CPU cannot train it, it loads as f32', () => {
      const script = `
        const { NeuralNetwork } = require(${JSON.stringify(path.join(__dirname, '../../dist'))});
        NeuralNetwork.load(${JSON.stringify(file)}).then((nn) => {
          const again = NeuralNetwork.fromJSON(JSON.parse(${JSON.stringify(JSON.stringify(trained))}));
          console.log(JSON.stringify([nn.precision, again.precision, nn.toJSON().parameters, again.toJSON().parameters]));
        });`;
      const { parameters: wanted } = trained.toJSON();
      expect(JSON.parse(elsewhere(script))).toEqual(['f32', 'f32', wanted, wanted]);
    });
  });
});

/** The output of a script that runs as on a CPU without instructions for bf16. */
function elsewhere(script: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
    encoding: 'utf8',
    env: { ...process.env, CHAINRULE_ISA: 'scalar' },
  });
  expect(stderr).toBe('');
  return stdout;
}

test('where the CPU cannot, the constructor says what is missing', () => {
  const script = `
    const { info, NeuralNetwork, dense } = require(${JSON.stringify(path.join(__dirname, '../../dist'))});
    console.log(info().precisions.join());
    try {
      new NeuralNetwork({ inputSize: 2, layers: [dense(1)], precision: 'bf16' });
    } catch ({ name, code, message }) {
      console.log(name, code, message);
    }`;
  const [precisions, error] = elsewhere(script).split('\n');
  expect(precisions).toBe('f32,f64');
  expect(error).toContain('ChainruleError ERR_CHAINRULE_UNSUPPORTED precision "bf16" needs');
  expect(error).toContain('AVX512_BF16');
  expect(error).toContain('those in use here are scalar');
});

test('the addon itself refuses what it cannot compute', () => {
  const script = `
    const native = require('node-gyp-build')(${JSON.stringify(path.join(__dirname, '../..'))});
    const wire = require(${JSON.stringify(path.join(__dirname, '../support/raw-wire'))});
    try {
      new native.Network(wire.oneLayer(native, 2, 1), 'bf16');
    } catch ({ message }) {
      console.log(message);
    }`;
  expect(elsewhere(script)).toContain('bf16');
});
