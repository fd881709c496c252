import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  dense,
  dropout,
  type FitOptions,
  type History,
  info,
  type LbfgsOptions,
  type NetworkOptions,
  NeuralNetwork,
  type SampleStream,
  type Samples,
} from '../../lib';
import { temporaryPrefix } from '../../lib/formats/leftovers';
import { RandomNumbers } from '../support/random-numbers';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-test-'));
  file = path.join(folder, 'training');
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));

const random = new RandomNumbers(1);
const rows = (count: number) => Array.from({ length: count }, () => [...random.array(3)]);
const x = rows(37);
const y = x.map(([a = 0, b = 0]) => a * b);
const data = { x, y };
const held = rows(9);
const validation = { x: held, y: held.map(([a = 0, b = 0]) => a * b) };

// Two layers with tails behind the last full panel, and both kinds of random numbers.
const spec: NetworkOptions = { inputSize: 3, layers: [dropout(0.1), dense(17, 'tanh'), dropout(0.2), dense(1)], seed: 5 };
const network = (options: Partial<NetworkOptions> = {}) => new NeuralNetwork({ ...spec, ...options });

const bits = (nn: NeuralNetwork): string => {
  const hash = createHash('sha256');
  for (const layer of nn.layers) if (layer.type === 'dense') hash.update(layer.weights.data).update(layer.bias.data);
  return hash.digest('hex');
};

interface Outcome {
  bits: string;
  history: Omit<History, 'seconds'>;
}
const outcome = (nn: NeuralNetwork, { seconds, ...history }: History): Outcome => ({ bits: bits(nn), history });

/** The names of a file's tensors. */
function tensorNames(bytes: Buffer): string[] {
  return Object.keys(JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString()));
}

type Data = Samples | SampleStream;
const base: FitOptions<Samples> = { epochs: 6, batchSize: 8 };

/** One training without a pause, and one that is cut off in each of these epochs and resumed in a new network. */
async function compare(options: FitOptions<Samples>, made: Partial<NetworkOptions> = {}, source: Data = data, cuts = [2, 5]) {
  const whole = network(made);
  const expected = outcome(whole, await whole.fit(source, options));
  const checkpoint = { path: file, resume: true };
  for (const cut of cuts) {
    const stopped = network(made);
    const onEpoch = ({ epoch }: { epoch: number }) => epoch < cut;
    const part = await stopped.fit(source, { ...options, onEpoch, checkpoint });
    expect(part.epoch).toHaveLength(cut);
  }
  const resumed = network({ ...made });
  expect(outcome(resumed, await resumed.fit(source, { ...options, checkpoint }))).toEqual(expected);
  return { expected, resumed };
}

describe('a training that is resumed ends with the same bits', () => {
  const optimizers: FitOptions['optimizer'][] = [
    'sgd',
    { type: 'sgd', learningRate: 0.05, momentum: 0.9, nesterov: true },
    'adam',
    { type: 'adamw', learningRate: 0.01 },
    'rmsprop',
    { type: 'rmsprop', momentum: 0.5, centered: true },
    { type: 'adagrad', learningRateDecay: 0.1, initialAccumulator: 0.5 },
    { type: 'adamw', amsgrad: true, decays: 'weights' },
    'nadam',
    'radam',
    'adamax',
    'adadelta',
    'rprop',
    'lion',
  ];
  const cases = (['f32', 'f64'] as const).flatMap((precision) => optimizers.map((optimizer) => ({ precision, optimizer })));
  test.each(cases)('%j', async ({ precision, optimizer }) => {
    await compare({ ...base, optimizer: optimizer as 'sgd' }, { precision });
  });

  // A history that is full, one that is not, and none; an iteration that is the last of its epoch by its number or by a tolerance.
  const ofLbfgs: Partial<LbfgsOptions>[] = [
    {},
    { maxIterations: 3, historySize: 4 },
    { maxIterations: 1, historySize: 1 },
    { lineSearch: 'none', learningRate: 0.1, maxIterations: 5 },
    { toleranceGradient: 0.02 },
  ];
  const lbfgsCases = (['f32', 'f64'] as const).flatMap((precision) => ofLbfgs.map((options) => ({ precision, options })));
  test.each(lbfgsCases)('lbfgs %j', async ({ precision, options }) => {
    const layers = [dense(17, 'tanh'), dense(5, 'tanh', { trainable: false }), dense(1)];
    const fit = { epochs: 6, optimizer: { type: 'lbfgs', ...options }, validation } as const;
    await compare(fit, { layers, precision });
    const past = tensorNames(await readFile(file)).filter((name) => name.startsWith('optimizer.')).length;
    expect(past).toBeGreaterThan(0);
    expect(past).toBeLessThanOrEqual(2 + 2 * (options.historySize ?? 100));
  });

  test.each([
    { type: 'step', initial: 0.01, every: 2 },
    { type: 'exponential', initial: 0.01, factor: 0.5, warmup: 3 },
    { type: 'cosine', initial: 0.01 },
  ] as const)('schedule %j', async (learningRate) => {
    await compare({ ...base, optimizer: { type: 'adam', learningRate } });
  });

  test('validation, metrics, batches in the order of the data', async () => {
    await compare({ ...base, validation, metrics: ['mse', 'mae'], shuffle: false });
    await rm(file);
    await compare({ ...base, validationSplit: 0.25, batchSize: 1000 });
  });

  test('early stopping: what it has waited, and the best weights', async () => {
    // No epoch is so much better than the first.
    const earlyStopping = { patience: 6, minDelta: 100, restoreBest: true };
    const { expected } = await compare({ ...base, epochs: 30, earlyStopping, validation }, {}, data, [4, 5]);
    expect(expected.history).toMatchObject({ stoppedBy: 'earlyStopping', bestEpoch: 1 });
    // The file is that of a training which is over: there is nothing left to train.
    const again = network();
    const onEpoch = () => expect.fail('an epoch was trained');
    const options = { ...base, epochs: 30, earlyStopping, validation, onEpoch, checkpoint: { path: file, resume: true } };
    expect(outcome(again, await again.fit(data, options))).toEqual(expected);
  });

  test('streams, whose functions are told the epoch', async () => {
    const epochs: number[] = [];
    const stream = async function* (epoch: number) {
      epochs.push(epoch);
      for (let first = 0; first < 30; first += 10) yield { x: x.slice(first, first + epoch), y: y.slice(first, first + epoch) };
    };
    await compare({ epochs: 6 }, {}, stream);
    expect(epochs).toEqual([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
  });

  test('a network that had been trained before', async () => {
    const whole = network();
    await whole.fit(data, { ...base, epochs: 3 });
    const halfway = await NeuralNetwork.fromJSON(whole.toJSON());
    expect(bits(halfway)).toBe(bits(whole));
    await whole.fit(data, { ...base, checkpoint: { path: file }, onEpoch: ({ epoch }) => epoch < 2 });
    const resumed = network();
    const history = await resumed.fit(data, { ...base, checkpoint: { path: file, resume: true } });
    const straight = network();
    await straight.fit(data, { ...base, epochs: 3 });
    expect(outcome(resumed, history)).toEqual(outcome(straight, await straight.fit(data, base)));
  });

  test('more epochs than before', async () => {
    const whole = network();
    const expected = outcome(whole, await whole.fit(data, base));
    const resumed = network();
    const checkpoint = { path: pathToFileURL(file), resume: true };
    await resumed.fit(data, { ...base, epochs: 4, checkpoint });
    expect(outcome(resumed, await resumed.fit(data, { ...base, checkpoint }))).toEqual(expected);
  });
});

describe('the file', () => {
  test('is a model with the weights of its epoch', async () => {
    const nn = network();
    await nn.fit(data, { ...base, checkpoint: { path: file } });
    const loaded = await NeuralNetwork.load(file);
    expect(bits(loaded)).toBe(bits(nn));
    expect(await readdir(folder)).toEqual(['training']);
  });

  test('is there after the last epoch, whatever `every` says, and replaced only then without `resume`', async () => {
    await writeFile(file, 'what was there before');
    const epochs: string[] = [];
    const onEpoch = async () => epochs.push(await readFile(file, 'latin1'));
    const nn = network();
    await nn.fit(data, { ...base, onEpoch, checkpoint: { path: file, every: 100 } });
    expect(new Set(epochs)).toEqual(new Set(['what was there before']));
    expect(bits(await NeuralNetwork.load(file))).toBe(bits(nn));
  });

  test('is that of an epoch that `every` divides when training is cut off', async () => {
    const controller = new AbortController();
    const nn = network();
    const written = async (): Promise<boolean> => (await readdir(folder)).includes('training');
    const onEpoch = async ({ epoch }: { epoch: number }) => {
      if (epoch < 5) return;
      while (!(await written())) await new Promise((resolve) => setTimeout(resolve, 1));
      controller.abort();
    };
    const options = { ...base, epochs: 1000, onEpoch, signal: controller.signal, checkpoint: { path: file, every: 4 } };
    await expect(nn.fit(data, options)).rejects.toMatchObject({ code: 'ABORT_ERR' });
    const expected = network();
    await expected.fit(data, { ...base, epochs: 4 });
    expect(bits(await NeuralNetwork.load(file))).toBe(bits(expected));
    expect(await readdir(folder)).toEqual(['training']);
  });

  test('what unknown writers left in its folder is removed, but nothing that may still be written', async () => {
    const temporary = (target: string, end: string): string => path.join(folder, `${temporaryPrefix(target)}${end}.tmp`);
    const [old, young, others] = [temporary(file, 'old'), temporary(file, 'young'), temporary('another', 'old')];
    for (const name of [old, young, others]) await writeFile(name, '');
    for (const name of [old, others]) await utimes(name, new Date(0), new Date(0));
    await network().fit(data, { ...base, checkpoint: { path: file, resume: true } });
    expect(new Set(await readdir(folder))).toEqual(new Set(['training', path.basename(young)]));
  });

  test('a tiny network does not wait for the disk in each of its epochs', async () => {
    const nn = network();
    const { epoch } = await nn.fit(data, { ...base, epochs: 20_000, checkpoint: { path: file } });
    expect(epoch).toHaveLength(20_000);
    const resumed = network();
    const history = await resumed.fit(data, { ...base, epochs: 20_000, checkpoint: { path: file, resume: true } });
    expect(history.epoch).toHaveLength(20_000);
  });
});

describe('a checkpoint that cannot be resumed is an error, and nothing changes', () => {
  const options = { ...base, optimizer: 'adam', checkpoint: { path: '', resume: true } } as const;
  const FORMAT = 'ERR_CHAINRULE_FORMAT';

  beforeEach(async () => {
    await network().fit(data, { ...options, validation, epochs: 3, checkpoint: { path: file } });
  });

  async function refusal(change: FitOptions<Samples> = {}, made: Partial<NetworkOptions> = {}, source: Data = data): Promise<unknown> {
    const nn = network(made);
    const before = bits(nn);
    const content = await readFile(file).catch(() => undefined);
    const resume = { ...options, validation, ...change, checkpoint: { path: file, resume: true } };
    const error = await nn.fit(source, resume).then(
      () => expect.fail('it went on'),
      (reason: unknown) => reason,
    );
    expect(bits(nn)).toBe(before);
    expect(await readFile(file).catch(() => undefined)).toEqual(content);
    await nn.fit(data, { epochs: 1 }); // it is not busy
    return error;
  }

  test.each<[string, FitOptions<Samples>, Partial<NetworkOptions>, string]>([
    ['another architecture', {}, { layers: [dense(17, 'tanh'), dense(1)] }, 'layers[0].type is "dropout" there, but "dense" here'],
    [
      'another width',
      {},
      { layers: [dropout(0.1), dense(18, 'tanh'), dropout(0.2), dense(1)] },
      'layers[1].units is 17 there, but 18 here',
    ],
    ['another seed', {}, { seed: 6 }, 'seed is 5 there, but 6 here'],
    ['another precision', {}, { precision: 'f64' }, 'precision is "f32" there, but "f64" here'],
    ['another loss', {}, { loss: 'mae' }, 'loss.type is "mse" there, but "mae" here'],
    ['another optimizer', { optimizer: 'sgd' }, {}, 'optimizer.type is "adam" there, but "sgd" here'],
    ['another setting', { optimizer: { type: 'adam', beta1: 0.8 } }, {}, 'optimizer.beta1 is 0.9 there, but 0.8 here'],
    ['another rate', { optimizer: { type: 'adam', learningRate: 1 } }, {}, 'optimizer.learningRate.initial is 0.001 there, but 1 here'],
    ['another batch size', { batchSize: 9 }, {}, 'batchSize is 8 there, but 9 here'],
    ['another order', { shuffle: false }, {}, 'shuffle is true there, but false here'],
    ['other metrics', { metrics: ['mae'] }, {}, 'metrics[0] is absent there, but "mae" here'],
    ['no validation', { validation: undefined as never }, {}, 'validation is an object there, but absent here'],
    ['early stopping', { earlyStopping: { patience: 3 } }, {}, 'earlyStopping is absent there, but an object here'],
  ])('%s', async (_, change, made, difference) => {
    expect(await refusal(change, made)).toMatchObject({
      name: 'ChainruleError',
      code: 'ERR_CHAINRULE_CHECKPOINT',
      message: `${file} is the checkpoint of another training: ${difference}. To train on from its weights all the same, load it as a model`,
    });
  });

  test('other data', async () => {
    expect(await refusal({}, {}, { x: x.slice(1), y: y.slice(1) })).toMatchObject({ code: 'ERR_CHAINRULE_CHECKPOINT' });
    const stream = () => [data];
    const { batchSize, ...rest } = options;
    const { code, message } = (await network()
      .fit(stream, { ...rest, validation, checkpoint: { path: file, resume: true } })
      .catch((error) => error)) as { code: string; message: string };
    expect({ code, message }).toEqual({
      code: 'ERR_CHAINRULE_CHECKPOINT',
      message: expect.stringContaining('data is "samples" there, but "stream"'),
    });
  });

  test('fewer epochs than it has', async () => {
    const message = `epochs must be at least 3, which ${file} has already, got 2`;
    expect(await refusal({ epochs: 2 })).toMatchObject({ code: 'ERR_CHAINRULE_VALUE', message });
  });

  test('a cosine that would have another shape', async () => {
    const optimizer = { type: 'adam', learningRate: { type: 'cosine', initial: 0.01 } } as const;
    await network().fit(data, { ...options, validation, optimizer, epochs: 3, checkpoint: { path: file } });
    const difference = 'optimizer.learningRate.epochs is 3 there, but 6 here';
    expect(await refusal({ optimizer })).toMatchObject({ message: expect.stringContaining(difference) });
  });

  test('a model without a training', async () => {
    await network().save(file);
    const message = `${file} is a model, not a checkpoint: it has no training to resume`;
    expect(await refusal()).toMatchObject({ code: FORMAT, message });
  });

  test('something else', async () => {
    await writeFile(file, 'PK\x03\x04 something else altogether');
    expect(await refusal()).toMatchObject({ code: FORMAT });
    await rm(file);
    await mkdir(file);
    expect(await refusal()).toMatchObject({ code: 'ERR_CHAINRULE_VALUE' });
  });

  test('a file that is cut short', async () => {
    const { length } = await readFile(file);
    for (const left of [length - 1, length >> 1, 100, 7, 0]) {
      await truncate(file, left);
      expect(await refusal(), `${left} bytes`).toMatchObject({ code: FORMAT });
    }
  });

  test('any byte changed', async () => {
    const good = await readFile(file);
    const { expected } = await compareOnce();
    for (let at = 0; at < good.length; at += 41) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] as number) ^ 0x10;
      await writeFile(file, bad);
      const nn = network();
      const before = bits(nn);
      // A harmless change (in the padding of the header) is allowed: then the bits are right.
      await nn.fit(data, { ...options, validation, checkpoint: { path: file, resume: true } }).then(
        () => expect(bits(nn), `byte ${at}`).toBe(expected),
        (error) => {
          expect(error, `byte ${at}`).toMatchObject({ code: expect.stringMatching(/^ERR_CHAINRULE_(FORMAT|CHECKPOINT)$/) });
          expect(bits(nn), `byte ${at}`).toBe(before);
        },
      );
    }
  });

  async function compareOnce() {
    const nn = network();
    await nn.fit(data, { ...options, validation, checkpoint: { path: file, resume: true } });
    return { expected: bits(nn) };
  }

  test('a folder that is not there, before anything is trained', async () => {
    const nn = network();
    const onEpoch = () => expect.fail('an epoch was trained');
    const checkpoint = { path: path.join(folder, 'none', 'training') };
    await expect(nn.fit(data, { ...base, onEpoch, checkpoint })).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a file that can no longer be written', async () => {
    const nn = network();
    const onEpoch = async ({ epoch }: { epoch: number }) => {
      if (epoch === 1) await rm(folder, { recursive: true });
    };
    const training = nn.fit(data, { ...base, epochs: 1e6, onEpoch, checkpoint: { path: file, every: 2 } });
    await expect(training).rejects.toMatchObject({ code: 'ENOENT' });
    await mkdir(folder);
    expect(nn.predict(x).data.every(Number.isFinite)).toBe(true);
  });
});

/*
 * A training in a process of its own, which is killed as soon as the file is that of a new epoch. That happens again and again, each time
 * with other kernels and another number of threads. (The files are those of the built package: `npm run compile` first.)
 */
describe('a process that is killed', () => {
  const script = path.join(__dirname, '../support/train-with-checkpoint.js');
  const start = (isa: string, threads: number, ...args: string[]): ChildProcess => {
    const env = { ...process.env, CHAINRULE_ISA: isa, CHAINRULE_NUM_THREADS: String(threads) };
    return spawn(process.execPath, [script, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  };
  const output = async (child: ChildProcess): Promise<string> => {
    let text = '';
    child.stdout?.on('data', (chunk) => {
      text += chunk;
    });
    await once(child, 'close');
    return text;
  };
  // Those that give the same bits. In WebAssembly simd128 has others, and the scalar kernels are slow.
  const isas = info().isa === 'simd128' ? ['simd128'] : process.env.CHAINRULE_ISA ? [process.env.CHAINRULE_ISA] : info().isas;
  const isaOf = (turn: number): string => isas[turn % isas.length] as string;

  test('goes on in the next one, with the same bits in the end', { timeout: 120_000 }, async () => {
    const expected = JSON.parse(await output(start(isaOf(0), 2)));
    expect(expected.bits).toMatch(/^[0-9a-f]{64}$/);
    let killed = 0;
    for (let turn = 0; turn < 4; turn++) {
      const before = await readFile(file).catch(() => undefined);
      const child = start(isaOf(turn), 1 + (turn % 3), file);
      const ended = once(child, 'close');
      const poll = setInterval(async () => {
        const now = await readFile(file).catch(() => undefined);
        if (now !== undefined && (before === undefined || !now.equals(before))) child.kill('SIGKILL');
      }, 2);
      const [, signal] = await ended;
      clearInterval(poll);
      if (signal !== 'SIGKILL') break; // it was faster: all epochs are done
      killed++;
    }
    expect(killed).toBeGreaterThan(0);
    const done = JSON.parse(await output(start(isaOf(1), 3, file)));
    expect(done).toEqual(expected);
  });
});
