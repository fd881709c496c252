import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dense, type FitOptions, NeuralNetwork, type Samples } from '../../lib';

/*
 * Checkpoints that were made up: every field takes every wrong value, and the digests are computed anew. Each is refused with a code of ours
 * before anything changes.
 */

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-test-'));
  file = path.join(folder, 'training');
});
afterAll(() => rm(folder, { recursive: true }));

type Tensor = { dtype: string; shape: number[]; data_offsets: [number, number] };
type Header = Record<string, Tensor> & { __metadata__: Record<string, string> };

/** A checkpoint taken apart. */
interface Parts {
  training: Record<string, unknown> & { history: string[]; slots: number; settings: Record<string, unknown> };
  spec: Record<string, unknown>;
  /** Each tensor with its data, in the order of the file. */
  tensors: Map<string, { dtype: string; shape: number[]; data: Buffer }>;
}

function takeApart(bytes: Buffer): Parts {
  const start = 8 + Number(bytes.readBigUInt64LE());
  const { __metadata__: metadata, ...entries } = JSON.parse(bytes.subarray(8, start).toString()) as Header;
  const tensors: Parts['tensors'] = new Map();
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(entries)) {
    tensors.set(name, { dtype, shape, data: Buffer.from(bytes.subarray(start + offsets[0], start + offsets[1])) });
  }
  return { training: JSON.parse(metadata.training as string), spec: JSON.parse(metadata.spec as string), tensors };
}

function putTogether({ training, spec, tensors }: Parts): Buffer {
  const named = (prefix: string) =>
    (spec.layers as { type: string }[]).flatMap(({ type }, i) =>
      type === 'dense' ? [`${prefix}layers.${i}.weights`, `${prefix}layers.${i}.bias`] : [],
    );
  const data = (names: string[]) => names.map((name) => tensors.get(name)?.data ?? Buffer.alloc(0));
  const digest = (parts: (string | Buffer)[]) => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest('hex');
  };
  const [specText, text] = [JSON.stringify(spec), JSON.stringify(training)];
  const sha256 = digest([specText, ...data(named(''))]);
  const past = Array.isArray(training.history) ? data(training.history.map((name) => `history.${name}`)) : [];
  // An array of L-BFGS is one tensor.
  const inSlot = (slot: number) => (tensors.has('optimizer.0') ? [`optimizer.${slot}`] : named(`optimizer.${slot}.`));
  const slots = Array.from({ length: Math.min(Number(training.slots) || 0, 10) }, (_, slot) => data(inSlot(slot))).flat();
  const best = training.best === true ? data(named('best.')) : [];
  const metadata = { format: 'chainrule', version: '2', spec: specText, sha256, training: text };
  const entries: [string, unknown][] = [
    ['__metadata__', { ...metadata, training_sha256: digest([sha256, text, ...past, ...slots, ...best]) }],
  ];
  let end = 0;
  for (const [name, tensor] of tensors) {
    entries.push([name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [end, end + tensor.data.length] }]);
    end += tensor.data.length;
  }
  // Written by hand, so that a name may be __proto__.
  const header = Buffer.from(`{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([prefix, header, ...[...tensors.values()].map((tensor) => tensor.data)]);
}

const samples: Samples = { x: [[0, 0], [0, 1], [1, 0], [1, 1]], y: [0, 1, 1, 0] }; // biome-ignore format: a table
const network = () => new NeuralNetwork({ inputSize: 2, layers: [dense(3, 'tanh'), dense(1, 'sigmoid')], seed: 1 });
const base = {
  epochs: 6,
  batchSize: 3,
  metrics: ['mse', 'accuracy'],
  validation: { x: [[0, 1]], y: [1] },
  earlyStopping: { patience: 100, restoreBest: true, monitor: 'loss' },
} as const satisfies FitOptions<Samples>;
const adam: FitOptions<Samples> = { ...base, optimizer: { type: 'adam', learningRate: { type: 'step', initial: 0.1, every: 2 } } };
const completed = 3;

let good: Buffer;
beforeAll(async () => {
  const onEpoch = ({ epoch }: { epoch: number }) => epoch < completed;
  await network().fit(samples, { ...adam, onEpoch, checkpoint: { path: file } });
  good = await readFile(file);
});

/** The error of resuming from a changed checkpoint; undefined if it is taken. */
async function refusal(
  change: (parts: Parts) => void,
  options = adam,
  from = good,
): Promise<{ code?: string; message: string } | undefined> {
  const parts = takeApart(from);
  change(parts);
  const crafted = putTogether(parts);
  await writeFile(file, crafted);
  const nn = network();
  const before = JSON.stringify(nn);
  const error = await nn.fit(samples, { ...options, checkpoint: { path: file, resume: true } }).then(
    () => undefined,
    (reason: { code?: string; message: string }) => reason,
  );
  if (error === undefined) return undefined;
  expect(JSON.stringify(nn)).toBe(before);
  expect(await readFile(file)).toEqual(crafted);
  await nn.fit(samples, { epochs: 1 }); // it is not busy
  return error;
}

const refused = expect.objectContaining({ code: expect.stringMatching(/^ERR_CHAINRULE_(CHECKPOINT|FORMAT)$/) });
const contradiction = expect.objectContaining({ code: 'ERR_CHAINRULE_CHECKPOINT' });

test('the digests are computed as the library does it', async () => {
  expect(putTogether(takeApart(good)).length).toBeGreaterThan(1000);
  expect(await refusal(() => {})).toBeUndefined();
});

describe('every field of the description', () => {
  const fields = ['seconds', 'firstStep', 'firstEpoch', 'steps', 'epochs', 'completed', 'slots', 'best', 'history', 'settings'] as const;
  const values: unknown[] = [
    ...[-1, 0.5, 1, 2, 4, 7, 1e9, 2 ** 31, 2 ** 32, 2 ** 52, 2 ** 53 - 1, 2 ** 53, 1e308, -1e308],
    ...['3', '', null, true, false, [], [3], {}, { length: 3 }, ['loss'], ['loss', 'loss'], ['__proto__'], ['constructor']],
  ];
  test.each(fields)('%s', async (field) => {
    const { training } = takeApart(good);
    for (const value of [...values, 0]) {
      if (JSON.stringify(value) === JSON.stringify(training[field])) continue;
      if (field === 'seconds' && typeof value === 'number' && value >= 0 && value < 1e12) continue; // a time like another
      const error = await refusal((parts) => {
        (parts.training as Record<string, unknown>)[field] = value;
      });
      expect(error, `${field}: ${JSON.stringify(value)}`).toEqual(refused);
    }
    expect(
      await refusal((parts) => {
        delete parts.training[field];
      }),
    ).toEqual(refused);
  });

  test('counts that belong to each other, but not to the data', async () => {
    const shifts: Record<string, number>[] = [
      { steps: 1, firstStep: 0 },
      { updates: 1 }, // more steps of the optimizer than batches
      { updates: -1 },
      { epochs: 1, firstEpoch: 1 }, // an epoch without a step before it
      { steps: 2 ** 53 - 100, firstStep: 2 ** 53 - 100, epochs: 1, firstEpoch: 1 },
    ];
    for (const shift of shifts) {
      const error = await refusal(({ training }) => {
        for (const [name, by] of Object.entries(shift)) training[name] = Number(training[name]) + by;
      });
      expect(error, JSON.stringify(shift)).toEqual(contradiction);
    }
    // A network that had been trained before: nothing is wrong with that.
    const taken = await refusal(({ training }) => {
      for (const name of ['steps', 'firstStep', 'epochs', 'firstEpoch']) training[name] = Number(training[name]) + 4;
    });
    expect(taken).toBeUndefined();
  });
});

describe('the history', () => {
  const columns = ['loss', 'learningRate', 'mse', 'accuracy', 'val_loss', 'val_mse', 'val_accuracy'];

  test('is that of this training', () => {
    expect(takeApart(good).training.history.sort()).toEqual([...columns].sort());
  });

  test.each(columns)('%s: absent, twice, under another name, longer, shorter', async (column) => {
    const name = `history.${column}`;
    const names = ['__proto__', 'toString', 'Loss', `${column},loss`, `${column} `, 'mae', 'x'.repeat(1000), ''];
    const changes: ((parts: Parts) => void)[] = [
      ({ training, tensors }) => {
        training.history = training.history.filter((other) => other !== column);
        tensors.delete(name);
      },
      ({ training }) => {
        training.history = training.history.filter((other) => other !== column);
      },
      ({ tensors }) => {
        tensors.delete(name);
      },
      ({ training }) => {
        training.history.push(column);
      },
      ...names.map((renamed) => ({ training, tensors }: Parts) => {
        training.history = training.history.map((other) => (other === column ? renamed : other));
        const tensor = tensors.get(name) as { dtype: string; shape: number[]; data: Buffer };
        const rest = [...tensors].filter(([other]) => other !== name);
        tensors.clear();
        tensors.set(`history.${renamed}`, tensor);
        for (const [other, value] of rest) tensors.set(other, value);
      }),
      ...[0, completed - 1, completed + 1].map((length) => ({ tensors }: Parts) => {
        tensors.set(name, { dtype: 'F64', shape: [length], data: Buffer.alloc(8 * length) });
      }),
      ({ tensors }) => {
        tensors.set(name, { dtype: 'F32', shape: [2 * completed], data: Buffer.alloc(8 * completed) });
      },
    ];
    for (const [index, change] of changes.entries()) expect(await refusal(change), `change ${index}`).toEqual(refused);
  });

  test.each(columns)('%s: values', async (column) => {
    const values = [Number.NaN, -Number.MAX_VALUE, -1];
    if (column.endsWith('loss') || column === 'learningRate') values.push(Infinity, -Infinity);
    if (column === 'learningRate') values.push(0, 0.11, 1e308);
    if (column.includes('accuracy')) values.push(1.5);
    for (const value of values) {
      if (column.endsWith('loss') && Number.isFinite(value)) continue; // cross-entropies may be below 0
      const error = await refusal(({ tensors }) => {
        tensors.get(`history.${column}`)?.data.writeDoubleLE(value, 8);
      });
      expect(error, `${value}`).toEqual(contradiction);
      expect(error?.message).toContain(`its ${column} of epoch 2 is ${value}`);
    }
  });

  test('no epochs at all, of any length that says so', async () => {
    const error = await refusal(({ training, tensors }) => {
      training.completed = training.steps = training.epochs = 0;
      for (const column of columns) tensors.set(`history.${column}`, { dtype: 'F64', shape: [0], data: Buffer.alloc(0) });
    });
    expect(error).toEqual(contradiction);
  });
});

describe("the optimizer's state", () => {
  const optimizers: NonNullable<FitOptions['optimizer']>[] = [
    'sgd',
    { type: 'sgd', momentum: 0.9 },
    'adam',
    'adamw',
    'rmsprop',
    { type: 'rmsprop', momentum: 0.9 },
    { type: 'rmsprop', centered: true },
    { type: 'rmsprop', momentum: 0.9, centered: true },
    'adagrad',
    { type: 'adam', amsgrad: true },
    'nadam',
    'radam',
    'adamax',
    'adadelta',
    'rprop',
    'lion',
  ];
  /** Those arrays that hold mean squares or sizes of steps, of how many. */
  const squares = [[], [], [1], [1], [0], [0], [0], [0], [0], [1, 2], [1], [1], [1], [0, 1], [1], []];
  const counts = [0, 1, 2, 2, 1, 2, 2, 3, 1, 3, 2, 2, 2, 2, 2, 1];
  const layers = ['layers.0.weights', 'layers.0.bias', 'layers.1.weights', 'layers.1.bias'];

  test.each(optimizers.map((optimizer, index) => ({ optimizer, index })))('$optimizer', async ({ optimizer, index }) => {
    const options: FitOptions<Samples> = { ...base, optimizer };
    const onEpoch = ({ epoch }: { epoch: number }) => epoch < completed;
    await network().fit(samples, { ...options, onEpoch, checkpoint: { path: file } });
    const whole = await readFile(file);
    const { training } = takeApart(whole);
    const count = counts[index] as number;
    expect(training.slots).toBe(count);
    expect(await refusal(() => {}, options, whole)).toBeUndefined();

    for (const slots of [0, 1, 2, 3, 4, 8, 9, 1e6].filter((other) => other !== count)) {
      const error = await refusal(
        (parts) => {
          parts.training.slots = slots;
          for (let slot = slots; slot < count; slot++) for (const name of layers) parts.tensors.delete(`optimizer.${slot}.${name}`);
          for (let slot = count; slot < Math.min(slots, 9); slot++) {
            for (const name of layers)
              parts.tensors.set(`optimizer.${slot}.${name}`, {
                ...(parts.tensors.get(name) as { dtype: string; shape: number[]; data: Buffer }),
              });
          }
        },
        options,
        whole,
      );
      expect(error, `${slots} arrays`).toEqual(slots <= 3 ? contradiction : refused);
    }
    for (let slot = 0; slot < count; slot++) {
      const isSquare = (squares[index] as number[]).includes(slot);
      const isSize = optimizer === 'rprop' && slot === 1;
      for (const value of [Number.NaN, Infinity, -Infinity, -1e-30, ...(isSize ? [0] : [])]) {
        for (const name of layers) {
          const error = await refusal(
            (parts) => {
              const { data } = parts.tensors.get(`optimizer.${slot}.${name}`) as { data: Buffer };
              data.writeFloatLE(value, data.length - 4);
            },
            options,
            whole,
          );
          const isWrong = !Number.isFinite(value) || isSquare;
          expect(error, `${value} in array ${slot}`).toEqual(isWrong ? contradiction : undefined);
        }
      }
    }
  });
});

describe('the state of L-BFGS', () => {
  const options: FitOptions<Samples> = { epochs: 6, optimizer: { type: 'lbfgs', maxIterations: 2, historySize: 2 } };
  let whole: Buffer;
  beforeAll(async () => {
    const onEpoch = ({ epoch }: { epoch: number }) => epoch < completed;
    await network().fit(samples, { ...options, onEpoch, checkpoint: { path: file } });
    whole = await readFile(file);
  });
  const arrays = 2 + 2 * 2;
  const nameOf = (slot: number) => `optimizer.${slot}`;

  test('is taken as it is', async () => {
    expect(takeApart(whole).training.slots).toBe(arrays);
    expect(await refusal(() => {}, options, whole)).toBeUndefined();
  });

  test.each([1, 3, 5, 7, 8, 10, 8195])('%d arrays', async (slots) => {
    const change = ({ training, tensors }: Parts) => {
      training.slots = slots;
      const one = tensors.get(nameOf(0)) as { dtype: string; shape: number[]; data: Buffer };
      for (let slot = slots; slot < arrays; slot++) tensors.delete(nameOf(slot));
      for (let slot = arrays; slot < slots; slot++) tensors.set(nameOf(slot), one);
    };
    // putTogether computes the digests of ten arrays at most.
    expect(await refusal(change, options, whole)).toEqual(slots <= 10 ? contradiction : refused);
  });

  test('values that it cannot have', async () => {
    const changes: ((data: Buffer) => void)[] = [
      (data) => data.writeFloatLE(Number.NaN, 4),
      (data) => data.writeFloatLE(Infinity, data.length - 4),
      (data) => data.fill(0), // no step, no change of the gradient
    ];
    for (let slot = 0; slot < arrays; slot++) {
      for (const [index, change] of changes.entries()) {
        const error = await refusal(({ tensors }) => change(tensors.get(nameOf(slot))?.data as Buffer), options, whole);
        expect(error, `change ${index} of array ${slot}`).toEqual(slot < 2 && index === 2 ? undefined : contradiction);
      }
    }
  });

  test('of other sizes', async () => {
    const change = ({ tensors }: Parts) => {
      tensors.set(nameOf(0), { dtype: 'F32', shape: [3], data: Buffer.alloc(12) });
    };
    expect(await refusal(change, options, whole)).toEqual(refused);
  });
});

describe('the best parameters', () => {
  const best = ['layers.0.weights', 'layers.0.bias', 'layers.1.weights', 'layers.1.bias'];

  test('absent where they are to be restored', async () => {
    const error = await refusal(({ training, tensors }) => {
      training.best = false;
      for (const name of best) tensors.delete(`best.${name}`);
    });
    expect(error).toEqual(contradiction);
  });

  test.each([{ earlyStopping: undefined }, { earlyStopping: { patience: 100, restoreBest: false } }])(
    'there where %j does not ask for them',
    async (change) => {
      const options = { ...adam, ...change } as FitOptions<Samples>;
      const onEpoch = ({ epoch }: { epoch: number }) => epoch < completed;
      await network().fit(samples, { ...options, onEpoch, checkpoint: { path: file } });
      const whole = await readFile(file);
      const error = await refusal(
        ({ training, tensors }) => {
          training.best = true;
          for (const name of best) tensors.set(`best.${name}`, tensors.get(name) as { dtype: string; shape: number[]; data: Buffer });
        },
        options,
        whole,
      );
      expect(error).toEqual(contradiction);
    },
  );

  test('others than those of the last epoch, which was the best', async () => {
    const error = await refusal(({ tensors }) => {
      (tensors.get('best.layers.0.weights') as { data: Buffer }).data.writeFloatLE(0.125, 0);
      (tensors.get('history.loss') as { data: Buffer }).data.writeDoubleLE(0, 16);
    });
    expect(error).toEqual(contradiction);
  });

  test.each([Number.NaN, Infinity])('%s in them, or in the parameters', async (value) => {
    for (const prefix of ['', 'best.']) {
      for (const name of best) {
        const error = await refusal(({ tensors }) => {
          (tensors.get(`${prefix}${name}`) as { data: Buffer }).data.writeFloatLE(value, 0);
        });
        expect(error).toMatchObject({ code: 'ERR_CHAINRULE_FORMAT' });
      }
    }
  });

  test('a training that early stopping had ended before', async () => {
    const options = { ...adam, earlyStopping: { patience: 2, monitor: 'loss', minDelta: 0 } } as FitOptions<Samples>;
    const onEpoch = ({ epoch }: { epoch: number }) => epoch < completed;
    await network().fit(samples, { ...options, onEpoch, checkpoint: { path: file } });
    const whole = await readFile(file);
    const loss = (values: number[]) => (parts: Parts) => {
      for (const [index, value] of values.entries()) parts.tensors.get('history.loss')?.data.writeDoubleLE(value, 8 * index);
    };
    expect(await refusal(loss([0.1, 0.2, 0.3]), options, whole)).toBeUndefined(); // it is over now
    const longer = (parts: Parts) => {
      for (const [name, tensor] of parts.tensors) {
        if (name.startsWith('history.'))
          parts.tensors.set(name, { ...tensor, shape: [4], data: Buffer.concat([tensor.data, tensor.data.subarray(16)]) });
      }
      parts.training.completed = 4;
      parts.training.steps = 8;
      parts.training.updates = 8;
      parts.training.epochs = 4;
      const rates = parts.tensors.get('history.learningRate')?.data as Buffer;
      rates.writeDoubleLE(rates.readDoubleLE(16), 24);
      loss([0.1, 0.2, 0.3, 0.4])(parts);
    };
    const error = await refusal(longer, options, whole);
    expect(error).toEqual(contradiction);
    expect(error?.message).toContain('it was over after 3 epochs by earlyStopping');
  });
});

test('settings cannot say what the network is', async () => {
  // The specification is of another network, and the settings pretend that it is this one.
  const { spec } = takeApart(good);
  const error = await refusal((parts) => {
    parts.training.settings = { ...parts.training.settings, layers: spec.layers, inputSize: spec.inputSize };
    parts.spec = { ...spec, seed: 9 };
  });
  expect(error).toEqual(contradiction);
  for (const [key, value] of Object.entries({
    shuffle: 1,
    metrics: { 0: 'accuracy', 1: 'mse' },
    optimizer: null,
    data: 'stream',
    samples: 5,
    extra: [],
  })) {
    const other = await refusal((parts) => {
      parts.training.settings[key] = value;
    });
    expect(other, key).toEqual(contradiction);
  }
});
