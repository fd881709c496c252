import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { dense, type FitOptions, NeuralNetwork, normalize, type Precision, type Samples } from '../../lib';
import { RandomNumbers } from '../support/random-numbers';

// The layer that measures the data. contract.test.ts has the tests that it shares with other kinds.

const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-normalize-'));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

const columns = 5;

/** Columns of very different size; column 3 has the same value in all rows. */
function makeData(rows: number, seed = 1): { x: number[][]; y: number[] } {
  const random = new RandomNumbers(seed);
  const row = () => [random.between(0, 1e-6), random.between(1e6, 1e6 + 10), random.between(-1, 1), 0.1, random.between(-1e9, 1e9)];
  const x = Array.from({ length: rows }, row);
  return { x, y: x.map(([, , a = 0, , b = 0]) => Math.sin(a + b / 1e9)) };
}

const make = (precision: Precision = 'f64', seed = 3) =>
  new NeuralNetwork({ inputSize: columns, layers: [normalize(), dense(7, 'tanh'), dense(1)], precision, seed });

interface Measured {
  mean: number[];
  deviation: number[];
  count: number[];
}

function measuredOf(nn: NeuralNetwork): Measured {
  const parameters = nn.layers[0]?.parameters ?? {};
  const read = (name: string) => Array.from(parameters[name]?.data ?? []);
  return { mean: read('mean'), deviation: read('deviation'), count: read('count') };
}

/** By the formulas. */
function statistics(x: number[][]): Omit<Measured, 'count'> {
  const at = (column: number) => x.map((row) => row[column] as number);
  const mean = Array.from({ length: columns }, (_, column) => at(column).reduce((sum, value) => sum + value, 0) / x.length);
  const deviation = mean.map((center, column) => Math.sqrt(at(column).reduce((sum, value) => sum + (value - center) ** 2, 0) / x.length));
  return { mean, deviation };
}

const unmeasured: Measured = { mean: [0, 0, 0, 0, 0], deviation: [1, 1, 1, 1, 1], count: [0] };

function expectMeasured(nn: NeuralNetwork, x: number[][]): void {
  const { mean, deviation, count } = measuredOf(nn);
  const expected = statistics(x);
  expect(count).toEqual([x.length]);
  for (let column = 0; column < columns; column++) {
    expect((mean[column] as number) / (expected.mean[column] as number)).toBeCloseTo(1, 9);
    if (column !== 3) expect((deviation[column] as number) / (expected.deviation[column] as number)).toBeCloseTo(1, 6);
  }
  expect([mean[3], deviation[3]]).toEqual([0.1, 0]);
}

const once: FitOptions<Samples> = { epochs: 1, batchSize: 8 };

describe('the first fit', () => {
  test('measures its data, and no later one does', async () => {
    const nn = make();
    expect(measuredOf(nn)).toEqual(unmeasured);
    const data = makeData(33);
    await nn.fit(data, once);
    expectMeasured(nn, data.x);
    const before = measuredOf(nn);
    await nn.fit(makeData(20, 2), once);
    expect(measuredOf(nn)).toEqual(before);
  });

  test('measures before its first step: the same as adapt and fit, and as training on normalized rows', async () => {
    const data = makeData(33);
    const [measuring, adapted] = [make(), make()];
    await adapted.adapt(data.x);
    await measuring.fit(data, once);
    await adapted.fit(data, once);
    expect(measuring).toEqual(adapted);

    const { mean, deviation } = measuredOf(adapted);
    const one = (value: number, i: number) => (deviation[i] === 0 ? 0 : (value - (mean[i] as number)) * (1 / (deviation[i] as number)));
    const plain = new NeuralNetwork({ inputSize: columns, layers: [dense(7, 'tanh'), dense(1)], precision: 'f64', seed: 3 });
    const history = await plain.fit({ x: data.x.map((row) => row.map(one)), y: data.y }, once);
    expect(history.loss).toEqual((await make().fit(data, once)).loss);
    expect(plain.layers[0]?.weights).toEqual(adapted.layers[1]?.weights);
  });

  test('measures training rows alone where some are for validation', async () => {
    const data = makeData(40);
    const nn = make();
    await nn.fit(data, { ...once, validationSplit: { last: 0.25 } });
    expectMeasured(nn, data.x.slice(0, 30));
  });

  test('reads memory that is not shared before it returns', async () => {
    const { x, y } = makeData(33);
    const flat = Float64Array.from(x.flat());
    const nn = make();
    const fitted = nn.fit({ x: flat, y }, once);
    flat.fill(0);
    await fitted;
    expectMeasured(nn, x);
  });

  test('of a stream wants adapt first', async () => {
    const data = makeData(16);
    const stream = () => [data];
    await expect(make().fit(stream, { epochs: 1 })).rejects.toThrow(
      expect.objectContaining({
        code: 'ERR_CHAINRULE_OPTION',
        message:
          'data is a stream, which layers[0] cannot be measured on before the first step: call await nn.adapt(x) with representative rows first',
      }),
    );
    const nn = make();
    await nn.adapt(data.x);
    expect((await nn.fit(stream, { epochs: 1 })).loss).toHaveLength(1);
  });

  test('that is aborted while it measures changes nothing', async () => {
    const nn = make('f32');
    const before = nn.toJSON();
    const abort = new AbortController();
    const rows = 200_000;
    const x = new Float32Array(rows * columns).fill(1);
    const fitted = nn.fit({ x, y: new Float32Array(rows) }, { ...once, signal: abort.signal });
    abort.abort();
    await expect(fitted).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(nn.toJSON()).toEqual(before);
  });

  test('lets the event loop turn while it measures', async () => {
    const nn = make('f32');
    const rows = 400_000;
    const x = new Float32Array(new SharedArrayBuffer(rows * columns * 4)).map((_, i) => i % 97);
    let turns = 0;
    const count = setInterval(() => turns++, 1);
    await nn.adapt(x);
    clearInterval(count);
    expect(turns).toBeGreaterThan(0);
    expect(measuredOf(nn).count).toEqual([rows]);
  });
});

describe('adapt', () => {
  test('replaces what was measured, in one step that other threads see whole', async () => {
    const nn = make();
    const shared = NeuralNetwork.fromShared(nn.share());
    await nn.adapt(makeData(33).x);
    const { x } = makeData(12, 2);
    await shared.adapt(x);
    expectMeasured(nn, x);
    expect(shared.predict(x)).toEqual(nn.predict(x));
  });

  test('is refused while fit trains, and fit while it measures', async () => {
    const nn = make();
    const { x, y } = makeData(33);
    const busy = expect.objectContaining({ code: 'ERR_CHAINRULE_BUSY' });
    const fitted = nn.fit({ x, y }, once);
    await expect(nn.adapt(x)).rejects.toThrow(busy);
    await fitted;
    const adapted = nn.adapt(x);
    await expect(nn.fit({ x, y }, once)).rejects.toThrow(busy);
    await adapted;
  });

  test('refuses values that have no finite deviation, and changes nothing', async () => {
    const nn = make();
    const before = nn.toJSON();
    const row = (value: number) => [0, 0, value, 0, 0];
    await expect(nn.adapt([row(1e200), row(-1e200)])).rejects.toThrow(
      expect.objectContaining({
        code: 'ERR_CHAINRULE_VALUE',
        message: 'x in column 2 must be small enough for a finite standard deviation, got Infinity',
      }),
    );
    expect(nn.toJSON()).toEqual(before);
  });

  test('of a network without such a layer is an error', async () => {
    const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(1)] });
    await expect(nn.adapt([[1]])).rejects.toThrow(
      expect.objectContaining({
        code: 'ERR_CHAINRULE_OPTION',
        message: 'the network has no layer that adapts to data; write layers: [normalize(), …] for one that does',
      }),
    );
  });
});

test('before anything is measured, values pass unchanged', () => {
  const { x } = makeData(9);
  const layers = make().forward(x, { layers: true }).layers;
  expect(Array.from(layers[0]?.output.data ?? [])).toEqual(x.flat());
});

test('a constant column is 0 in every row, also where it has another value', async () => {
  const nn = make('f32');
  await nn.adapt(makeData(33).x);
  const { layers } = nn.forward([[0, 0, 0, 12, 0]], { layers: true });
  expect(layers[0]?.output.data[3]).toBe(0);
});

test('a resumed training does not measure again', async () => {
  const data = makeData(33);
  const options = { ...once, epochs: 4 };
  const whole = make();
  const { seconds, ...expected } = await whole.fit(data, options);
  const checkpoint = { path: path.join(folder, 'training'), resume: true };
  const part = make();
  await part.fit(data, { ...options, checkpoint, onEpoch: ({ epoch }) => epoch < 2 });
  const resumed = make();
  const { seconds: _, ...history } = await resumed.fit(data, { ...options, checkpoint });
  expect(history).toEqual(expected);
  expect(resumed).toEqual(whole);

  // A stream resumes with the statistics of the file.
  const other = make();
  await other.adapt(data.x);
  const stream = { path: path.join(folder, 'stream'), resume: true };
  await other.fit(() => [data], { epochs: 4, checkpoint: stream, onEpoch: ({ epoch }) => epoch < 2 });
  const later = make();
  await later.fit(() => [data], { epochs: 4, checkpoint: stream });
  expect(measuredOf(later)).toEqual(measuredOf(other));
});

test('a checkpoint of another training is refused before anything is measured', async () => {
  const data = makeData(33);
  const checkpoint = { path: path.join(folder, 'other'), resume: true };
  await make().fit(data, { ...once, checkpoint });
  const nn = make('f64', 4);
  const before = nn.toJSON();
  await expect(nn.fit(data, { ...once, checkpoint })).rejects.toThrow(expect.objectContaining({ code: 'ERR_CHAINRULE_CHECKPOINT' }));
  expect(nn.toJSON()).toEqual(before);
});
