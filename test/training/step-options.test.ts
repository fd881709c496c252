import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { batchNorm, dense, dropout, type FitOptions, info, NeuralNetwork, type Optimizer, type Samples, type StepOptions } from '../../lib';

// Accumulated and clipped gradients, and weights averaged over steps: against PyTorch (goldens/make-steps.py), and over threads,
// instruction sets and interruptions.

interface Case {
  optimizer: Exclude<Optimizer, string>;
  steps: StepOptions;
  batchSize?: number;
  /** Weights and bias of each layer in turn, after each of `epochs`. */
  weights: number[][][];
}

interface Goldens {
  epochs: number[];
  x: number[][];
  y: number[][];
  initial: number[][];
  cases: Case[];
}

const goldens = JSON.parse(readFileSync(path.join(__dirname, '../goldens/steps.json'), 'utf8')) as Goldens;
const parameters = (nn: NeuralNetwork) =>
  nn.layers.flatMap((layer) => (layer.type === 'dense' ? [[...layer.weights.data], [...layer.bias.data]] : []));
const distance = (a: number[][], b: number[][]) =>
  Math.max(...a.flatMap((array, i) => array.map((value, j) => Math.abs(value - (b[i]?.[j] as number)))));

function golden(precision: 'f64' | 'f32'): NeuralNetwork {
  const nn = new NeuralNetwork({ inputSize: 3, layers: [dense(5, 'tanh'), dense(2)], precision });
  for (const [index, layer] of nn.layers.entries()) {
    layer.weights = Float64Array.from(goldens.initial[2 * index] ?? []);
    layer.bias = Float64Array.from(goldens.initial[2 * index + 1] ?? []);
  }
  return nn;
}

const tolerance = { f64: 1e-10, f32: 1e-4 };
const withBatches = goldens.cases.filter(({ batchSize }) => batchSize !== undefined); // L-BFGS has none
const named = withBatches.map((golden) => ({ ...golden, name: JSON.stringify({ ...golden.optimizer, ...golden.steps }) }));

describe.each(['f64', 'f32'] as const)('%s: the same weights as by PyTorch', (precision) => {
  test.each(named)('$name', async ({ optimizer, steps, batchSize = goldens.x.length, weights }) => {
    for (const [index, epochs] of goldens.epochs.entries()) {
      const nn = golden(precision);
      await nn.fit({ x: goldens.x, y: goldens.y }, { optimizer, ...steps, batchSize, epochs, shuffle: false });
      expect(distance(parameters(nn), weights[index] ?? [])).toBeLessThanOrEqual(tolerance[precision]);
    }
  });
});

const x = Array.from({ length: 38 }, (_, row) => [Math.sin(row), Math.cos(3 * row), row / 38]);
const y = x.map(([a = 0, b = 0]) => a * b);
const data: Samples = { x, y };
const every: FitOptions<Samples> = { batchSize: 4, accumulate: 3, clipNorm: 0.25, ema: { decay: 0.9 } };
const network = () => new NeuralNetwork({ inputSize: 3, layers: [dropout(0.1), dense(17, 'tanh'), batchNorm(), dense(1)], seed: 5 });
const text = (nn: NeuralNetwork): string => JSON.stringify(nn.toJSON());

async function fitted(options: FitOptions<Samples>, nn = network()): Promise<string> {
  await nn.fit(data, options);
  return text(nn);
}

describe('accumulate', () => {
  test('one batch for each step is the default', async () => {
    expect(await fitted({ epochs: 2, batchSize: 8, accumulate: 1 })).toBe(await fitted({ epochs: 2, batchSize: 8 }));
    expect(await fitted({ epochs: 2, batchSize: 8, accumulate: 2 })).not.toBe(await fitted({ epochs: 2, batchSize: 8 }));
  });

  test('a stream has the same steps as its batches in memory', async () => {
    const options = { epochs: 2, accumulate: 3 };
    const whole = await fitted({ ...options, batchSize: 4, shuffle: false });
    const streamed = network();
    function* batches() {
      for (let row = 0; row < x.length; row += 4) yield { x: x.slice(row, row + 4), y: y.slice(row, row + 4) };
    }
    await streamed.fit(batches, options);
    expect(parameters(streamed)).toEqual(parameters(NeuralNetwork.fromJSON(JSON.parse(whole))));
  });
});

describe('ema', () => {
  test('what the network has after an epoch is the average, and training goes by the latest weights', async () => {
    // With a rate of 0 after the first epoch only the average moves: towards the weights of its end.
    const rate = (epochs: number): FitOptions<Samples> => ({
      epochs,
      batchSize: 38,
      optimizer: { type: 'sgd', learningRate: { type: 'step', initial: 0.1, every: 3, factor: 1e-300 } },
    });
    const plain = network();
    await plain.fit(data, rate(3));
    const averaged = network();
    await averaged.fit(data, { ...rate(3), ema: { decay: 0.5 } });
    const before = distance(parameters(plain), parameters(averaged));
    expect(before).toBeGreaterThan(1e-3);
    const later = network();
    await later.fit(data, { ...rate(13), ema: { decay: 0.5 } });
    expect(distance(parameters(plain), parameters(later))).toBeLessThan(before / 500);
  });

  test('validation, and the best weights that are restored, are of the average', async () => {
    const nn = network();
    const seen: number[] = [];
    const options: FitOptions<Samples> = { ...every, epochs: 4, validation: data, earlyStopping: { patience: 10, restoreBest: true } };
    const history = await nn.fit(data, {
      ...options,
      onEpoch: async () => {
        seen.push((await nn.evaluate(data)).loss);
      },
    });
    expect(seen).toEqual(history.val_loss);
    expect((await nn.evaluate(data)).loss).toBe(Math.min(...seen));
  });

  test('a second fit begins a new average from the weights of the network', async () => {
    const options: FitOptions<Samples> = { epochs: 1, batchSize: 38, optimizer: { type: 'sgd', learningRate: 0.1 } };
    const [once, plain] = [network(), network()];
    await once.fit(data, { ...options, ema: { decay: 0.5 } });
    await plain.fit(data, options);
    expect(parameters(once)).toEqual(parameters(plain)); // the first step is copied
    await once.fit(data, { ...options, ema: { decay: 0.5 } });
    await plain.fit(data, options);
    expect(parameters(once)).toEqual(parameters(plain));
  });
});

describe('a resumed training ends with the same bits', () => {
  const options: [string, FitOptions<Samples>][] = [
    ['all options', every],
    ['ema, sgd', { optimizer: 'sgd', ema: { decay: 0.75 } }],
    ['accumulate, adam', { batchSize: 5, accumulate: 2 }],
    ['ema, the best weights', { ...every, validation: data, earlyStopping: { patience: 10, restoreBest: true } }],
  ];
  test.each(options)('%s', async (_, given) => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-test-'));
    try {
      const file = path.join(folder, 'training');
      const checkpoint = { path: file, resume: true };
      const wanted = await fitted({ ...given, epochs: 5 });
      await network().fit(data, { ...given, epochs: 5, checkpoint, onEpoch: ({ epoch }) => epoch < 2 });
      const averaged = await NeuralNetwork.load(file);
      const first = await fitted({ ...given, epochs: 2 });
      if (given.earlyStopping === undefined) expect(text(averaged)).toBe(first); // the model in a checkpoint is the average
      expect(await fitted({ ...given, epochs: 5, checkpoint })).toBe(wanted);
      await expect(network().fit(data, { ...given, accumulate: 7, epochs: 9, checkpoint })).rejects.toThrow('accumulate is');
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    }
  });

  test('a stream', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-test-'));
    try {
      const checkpoint = { path: path.join(folder, 'training'), resume: true };
      const { batchSize, ...options } = every;
      const batches = () => [0, 5, 12, 20, 21, 30].map((row, i, all) => ({ x: x.slice(row, all[i + 1]), y: y.slice(row, all[i + 1]) }));
      const layers = [dropout(0.1), dense(17, 'tanh'), dense(1)];
      const trained = async (more: FitOptions<Samples>) => {
        const nn = new NeuralNetwork({ inputSize: 3, layers, seed: 5 });
        await nn.fit(batches, { ...options, epochs: 4, ...more });
        return text(nn);
      };
      const wanted = await trained({});
      await trained({ checkpoint, onEpoch: ({ epoch }) => epoch < 2 });
      expect(await trained({ checkpoint })).toBe(wanted);
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    }
  });
});

const isas = process.env.CHAINRULE_ISA ? [process.env.CHAINRULE_ISA] : info().isas;
const script = path.join(__dirname, '../support/train-by-steps.js');

// WebAssembly has one thread, and its vectors have bits of their own.
test.skipIf(info().isas.includes('simd128'))('the bits are the same on every instruction set, and for any number of threads', () => {
  const found = new Set<string>();
  for (const isa of isas) {
    for (const threads of isa === isas[0] ? [1, 2, 5] : [1]) {
      const env = { ...process.env, CHAINRULE_ISA: isa, CHAINRULE_NUM_THREADS: String(threads) };
      found.add(execFileSync(process.execPath, [script], { env, encoding: 'utf8' }));
    }
  }
  expect(found.size).toBe(1);
});
