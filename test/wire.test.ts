import { describe, expect, test } from 'vitest';
import { batchNorm, dense, dropout, layerNorm, members } from '../lib';
import { type NativeNetwork, native } from '../lib/native';
import { wire } from '../lib/native/wire';
import {
  checkFit,
  checkNetwork,
  inputKinds,
  layerKinds,
  lossNames,
  nativeMetricNames,
  nativeSpec,
  type OptimizerOptions,
  optimizerNames,
  tensorSettings,
} from '../lib/options';
import { checkLoss, nativeLoss } from '../lib/options/losses';
import { RandomNumbers } from './support/random-numbers';

// Specifications as rows of numbers: the names in the lists of both sides, and rows that are damaged. TypeScript writes none of those, but
// whatever JavaScript hands over, the process must survive it.

const { names } = native;
const internal = expect.objectContaining({ code: 'ERR_CHAINRULE_INTERNAL' });

const spec = checkNetwork({
  inputSize: 3,
  layers: [
    dropout(0.1),
    members(2),
    dense(5, 'tanh', { weightsInitializer: 'heNormal', perMember: 'scales' }),
    dropout(0.5),
    batchNorm(),
    layerNorm(),
    dense(2, 'softmax', { perMember: 'weights' }),
  ],
  seed: 7,
});
const whole = wire.network(nativeSpec(spec));
const made = (numbers: Float64Array): NativeNetwork => new native.Network(numbers, 'f32');

const settings = (optimizer: unknown) => checkFit({ optimizer }, false).optimizer.settings;
const trainerRow = wire.trainer({
  optimizer: settings('adam'),
  tensors: [],
  batchSize: 4,
  shuffle: true,
  metrics: true,
  dropLast: true,
  shards: 1,
  accumulate: 2,
  clipNorm: 1,
  clipValue: 0,
  emaDecay: 0.5,
});
const optimizerRow = wire.optimizer(settings('rmsprop'));
const network = made(whole);
const gradients = () => new Float32Array(network.parameterCount);

const tiny = checkNetwork({ inputSize: 1, layers: [dense(1, 'linear', { trainable: false, l1: 0.5 })] });
const tensorsRow = wire.tensors(tensorSettings(tiny));
const tinyNetwork = made(wire.network(nativeSpec(tiny)));
const backward = (tensors: Float64Array) =>
  tinyNetwork.backward({ x: Float32Array.of(1), y: Float32Array.of(1), rows: 1 }, new Float32Array(2), tensors);

/** Each kind of row with what takes it in. */
const rows: [name: string, row: Float64Array, take: (numbers: Float64Array) => unknown][] = [
  ['network', whole, made],
  ['tensors', tensorsRow, backward],
  ['optimizer', optimizerRow, (numbers) => network.update(gradients(), numbers)],
  [
    'trainer',
    trainerRow,
    (numbers) => {
      const trainer = network.trainer(numbers);
      trainer.close();
    },
  ],
];

const changed = (row: Float64Array, at: number, value: number): Float64Array => {
  const copy = Float64Array.from(row);
  copy[at] = value;
  return copy;
};

/** Does it, and says whether it was refused. Any other error than a refusal of ours fails the test. */
function isRefused(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_CHAINRULE_(INTERNAL|MEMORY)$/) });
    return true;
  }
}

describe.each(rows)('%s', (_, row, take) => {
  test('is taken as a whole only', () => {
    take(row);
    for (let length = 0; length < row.length; length++) expect(() => take(row.slice(0, length))).toThrow(internal);
    for (const extra of [0, 1, NaN]) expect(() => take(Float64Array.from([...row, extra]))).toThrow(internal);
  });

  test('numbers that are none, or too large or small, never crash', () => {
    const values = [NaN, Infinity, -Infinity, -1, 0.5, 1e300, -1e300, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 64];
    let refused = 0;
    for (let at = 0; at < row.length; at++) {
      for (const value of values) if (isRefused(() => take(changed(row, at, value)))) refused++;
    }
    expect(refused).toBeGreaterThan(row.length / 4);
  });

  test('rows of random numbers never crash', () => {
    const random = new RandomNumbers(3);
    const small = () => random.below(8);
    for (let round = 0; round < 3000; round++) {
      const numbers = Float64Array.from({ length: small() * 5 }, small);
      isRefused(() => take(numbers));
      isRefused(() => take(changed(changed(row, small() % row.length, small()), (small() * 7) % row.length, small())));
    }
  });

  test('other things than rows are refused', () => {
    const others = [undefined, null, 1, 'row', {}, [...row], new Float32Array(row), new BigInt64Array(4), new DataView(new ArrayBuffer(8))];
    for (const other of others) expect(() => take(other as unknown as Float64Array)).toThrow(internal);
    const detached = Float64Array.from(row);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    expect(() => take(detached)).toThrow(internal);
  });

  test('shared memory is taken, too', () => {
    const shared = new Float64Array(new SharedArrayBuffer(8 * row.length));
    shared.set(row);
    take(shared);
  });
});

describe('layers', () => {
  const head = [3, 7, 0, ...names.lossSettings.map(() => 0), 1, 0, 0];
  const layer = (inside: number[][] = []): number[] => {
    const zeros = [names.initializers.indexOf('zeros'), 0, 0, 0, 0, 0];
    return [names.layers.indexOf('dense'), 15, 2, 0, ...zeros, ...zeros, 0, inside.length, ...inside.flat()];
  };
  const nested = (depth: number): number[] => (depth === 1 ? layer() : layer([nested(depth - 1)]));

  test('inside a layer that has none are refused', () => {
    made(Float64Array.of(...head, 1, ...layer(), 0));
    expect(() => made(Float64Array.of(...head, 1, ...nested(2), 0))).toThrow('a layer has layers that it cannot have');
  });

  test('may not be nested deeper than the reader goes', () => {
    expect(() => made(Float64Array.of(...head, 1, ...nested(16), 0))).toThrow('a layer has layers that it cannot have');
    expect(() => made(Float64Array.of(...head, 1, ...nested(17), 0))).toThrow('layers are nested too deeply');
    expect(() => made(Float64Array.of(...head, 1, ...nested(40), 0))).toThrow('layers are nested too deeply');
  });

  test('may not be more than a network can have, in all', () => {
    const many = (count: number) => Float64Array.from([...head, count, ...Array.from({ length: count }, () => layer()).flat(), 0]);
    made(many(2 ** 16));
    expect(() => made(many(2 ** 16 + 1))).toThrow(internal);
    expect(() => made(Float64Array.of(...head, 2 ** 16, ...layer([layer()]), 0))).toThrow(internal);
  });
});

test.each(['f32x', '', 'toString', undefined, 1])('precision %s is refused', (precision) => {
  expect(() => new native.Network(whole, precision as 'f32')).toThrow(internal);
});

test('a name that the native side does not have is not sent', () => {
  const unknown = { ...nativeSpec(spec), loss: { ...nativeSpec(spec).loss, type: 'triplet' } };
  expect(() => wire.network(unknown)).toThrow('"triplet" is not one of the native losses');
});

describe('the names of both sides are the same', () => {
  test('metrics, in order', () => {
    expect([...nativeMetricNames]).toEqual([...names.metrics]);
  });

  test('optimizers', () => {
    expect([...optimizerNames].sort()).toEqual([...names.optimizers].sort());
  });

  test('settings of optimizers: each is one of some optimizer', () => {
    const given = [...optimizerNames, { type: 'adam', amsgrad: true } as const]; // a flag that is absent where it is off
    const all = given.flatMap((optimizer) => Object.keys(settings(optimizer))).filter((name) => name !== 'type');
    expect([...new Set(all)].sort()).toEqual([...names.optimizerSettings].sort());
  });

  test('settings of losses: each is one of some loss', () => {
    const all = lossNames.flatMap((type) => Object.keys(nativeLoss(checkLoss(type, 'loss'), 6).settings));
    expect([...new Set([...all, 'labelSmoothing'])].sort()).toEqual([...names.lossSettings].sort());
  });

  test('layers', () => {
    expect(layerKinds).toEqual(names.layers);
    expect(inputKinds).toEqual(names.inputs);
  });
});

test('each setting crosses in its own place, and one that the optimizer does not have as 0', () => {
  const options: OptimizerOptions = { type: 'rmsprop', learningRate: 0.5, alpha: 0.25, centered: true, epsilon: 0.125 };
  const row = wire.optimizer(checkFit({ optimizer: options }, false).optimizer.settings);
  const { type, ...given } = options;
  const wanted = names.optimizerSettings.map((name) => Number((given as Record<string, unknown>)[name] ?? 0));
  expect([...row]).toEqual([0, names.optimizers.indexOf(type), ...wanted]);
});
