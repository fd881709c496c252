import { describe, expect, test } from 'vitest';
import { dense, type MatrixLike, NeuralNetwork, normalize, type Samples, toRows } from '../../lib';

// Large data are copied by the addon, read in slices, or checked on another thread: what was checked is used, whatever happens meanwhile.

const columns = 100;
const rows = 3000;
const make = () => new NeuralNetwork({ inputSize: columns, layers: [dense(4, 'tanh'), dense(1)], seed: 1 });
const weights = (nn: NeuralNetwork) => nn.layers.map(({ weights: { data }, bias }) => [...data, ...bias.data]);
const plain = (value: unknown) => JSON.parse(JSON.stringify(value, (key, v) => (key === 'seconds' ? 0 : v)));
const numbers = (count: number) => Float32Array.from({ length: count }, (_, i) => (i * 7919) % 101);
const values = numbers(rows * columns);
const targets = numbers(rows);
const shared = (from: Float32Array) => {
  const array = new Float32Array(new SharedArrayBuffer(from.byteLength));
  array.set(from);
  return array;
};

/** Each form of the same numbers; all are large. */
const forms: Record<string, () => MatrixLike> = {
  Float32Array: () => values.slice(),
  Float64Array: () => Float64Array.from(values),
  Uint8Array: () => Uint8Array.from(values),
  'a tensor': () => ({ data: Int16Array.from(values), shape: [rows, columns] }),
  'shared memory': () => shared(values),
  'shared bytes': () => new Uint8Array(new SharedArrayBuffer(values.length)).map((_, i) => values[i] as number),
  rows: () => toRows(values, columns),
  'typed rows': () => Array.from({ length: rows }, (_, row) => values.subarray(row * columns, (row + 1) * columns)),
  'a flat array in a tensor': () => ({ data: [...values], shape: [rows, columns] }),
};

const form = (name: string) => forms[name]?.() as Float32Array;
const plainRows = () => toRows(values, columns);

const train = (nn: NeuralNetwork, x: MatrixLike, options = {}) =>
  nn.fit({ x, y: targets.slice() }, { epochs: 2, batchSize: 256, optimizer: { type: 'sgd', learningRate: 1e-6 }, ...options });

const calls: Record<string, (nn: NeuralNetwork, x: MatrixLike) => Promise<unknown>> = {
  fit: train,
  'fit with validation': (nn, x) =>
    nn.fit({ x: values.slice(0, columns), y: [1] }, { epochs: 1, validation: { x, y: targets.slice() }, optimizer: 'adam' }),
  'fit on a stream': (nn, x) => nn.fit([{ x, y: targets.slice() }], { epochs: 1, optimizer: 'adam' }),
  predictAsync: (nn, x) => nn.predictAsync(x),
  evaluate: (nn, x) => nn.evaluate({ x, y: targets.slice() }, { metrics: ['mae'] }),
};

describe.each(Object.entries(calls))('%s', (_, call) => {
  test.each(Object.entries(forms))('takes %s for the same numbers', async (_, given) => {
    const [nn, other] = [make(), make()];
    const [got, expected] = [await call(nn, given()), await call(other, { data: values, shape: [rows, columns] })];
    expect(plain(got)).toEqual(plain(expected));
    expect(weights(nn)).toEqual(weights(other));
  });

  test.each(['Float32Array', 'Float64Array', 'rows', 'typed rows', 'shared memory'])('refuses NaN in %s where it is', async (name) => {
    for (const index of [0, 12_345, values.length - 1]) {
      const x: Float32Array | Float32Array[] = form(name);
      const [row, column] = [Math.floor(index / columns), index % columns];
      if (Array.isArray(x)) {
        x[row] = Object.assign(x[row].slice(), { [column]: Number.NaN });
      } else {
        x[index] = Number.NaN;
      }
      const nn = make();
      const error = (await call(nn, x).catch((reason) => reason)) as Error;
      expect(error).toMatchObject({ code: 'ERR_CHAINRULE_VALUE' });
      expect(error.message).toMatch(new RegExp(`x at row ${row}, column ${column} must be a finite number, got NaN`));
      expect(weights(nn)).toEqual(weights(make()));
      nn.close();
    }
  });
});

test('a double that no float holds is refused', async () => {
  const x = Float64Array.from(values);
  x[777] = 1e39;
  await expect(make().predictAsync(x)).rejects.toThrow('x at row 7, column 77 must be a finite number in f32 (up to 3.4e38), got Infinity');
});

describe('typed arrays are free when the call returns', () => {
  const changes: Record<string, (array: Float32Array) => void> = {
    'written over': (array) => array.fill(Number.NaN),
    transferred: (array) => structuredClone(array, { transfer: [array.buffer as ArrayBuffer] }),
  };
  for (const [call, run] of Object.entries(calls)) {
    if (call === 'fit on a stream') continue; // the iterator gives its batches later
    test.each(Object.entries(changes))(`${call}: %s`, async (_, change) => {
      for (const name of ['Float32Array', 'Float64Array', 'Uint8Array']) {
        const [nn, other] = [make(), make()];
        const x = form(name);
        const result = run(nn, x);
        change(x);
        expect(plain(await result)).toEqual(plain(await run(other, values.slice())));
        expect(weights(nn)).toEqual(weights(other));
      }
    });
  }

  test('y too, where x is still to be read', async () => {
    const [nn, other] = [make(), make()];
    const y = numbers(rows);
    const result = nn.fit({ x: plainRows(), y }, { epochs: 1 }).catch((error) => error.code);
    y.fill(Number.NaN);
    const expected = other.fit({ x: values, y: targets }, { epochs: 1 }).catch((error) => error.code);
    expect(plain(await result)).toEqual(plain(await expected));
  });
});

describe('more than a million values, which the addon reads in place', () => {
  const wide = 1100;
  const many = numbers(1000 * wide);
  const network = () => new NeuralNetwork({ inputSize: wide, layers: [dense(1)], seed: 1 });
  const given: Record<string, () => MatrixLike> = {
    Float32Array: () => many.slice(),
    Float64Array: () => Float64Array.from(many),
    rows: () => toRows(many, wide),
    'a flat array in a tensor': () => ({ data: Array.from(many), shape: [1000, wide] }),
  };

  test.each(Object.entries(given))('%s', async (_, x) => {
    const nn = network();
    const y = numbers(1000);
    const expected = nn.predict(many);
    expect(await nn.predictAsync(x())).toEqual(expected);
    const { loss } = await nn.evaluate({ x: many, y });
    const optimizer = { type: 'sgd', learningRate: 1e-12 } as const;
    const history = await nn.fit({ x: x(), y }, { epochs: 1, batchSize: 1000, validation: { x: x(), y }, optimizer });
    expect([history.loss[0], history.val_loss?.[0]]).toEqual([loss, (await nn.evaluate({ x: many, y })).loss]);
  });

  test('are copied before the call returns', async () => {
    const nn = network();
    const x = many.slice();
    const expected = nn.predict(x);
    const result = nn.predictAsync(x);
    x.fill(Number.NaN);
    expect(await result).toEqual(expected);
  });
});

/** Rows whose first slice takes long enough for another one. */
const slowRows = () => {
  const x = plainRows();
  const [first] = x as [number[]];
  const value = first[0];
  Object.defineProperty(first, 0, {
    get: () => {
      for (const end = performance.now() + 10; performance.now() < end; );
      return value;
    },
  });
  return x;
};

describe('memory that changes while it is read', () => {
  test('rows, after the first step', async () => {
    const [nn, other] = [make(), make()];
    const x = plainRows();
    const history = await train(nn, x, { onEpoch: () => void x.map((row) => row.fill(Number.NaN)) });
    expect(plain(history)).toEqual(plain(await train(other, values)));
  });

  const last = rows - 1;
  test.each<[string, (x: number[][]) => unknown, string]>([
    ['the rows become fewer', (x) => x.splice(1), 'must be a row of numbers, got undefined'],
    ['a row becomes shorter', (x) => x[last]?.splice(3), `must have ${columns} values like the rows before it, got 3`],
    ['a number becomes none', (x) => x[last]?.fill('five' as never, 5), `x[${last}][5] must be a number`],
    ['a number is no longer finite', (x) => x[last]?.fill(Infinity, 5), `x at row ${last}, column 5 must be a finite`],
  ])('%s', async (_, change, message) => {
    const x = slowRows();
    const result = make().predictAsync(x);
    change(x);
    await expect(result).rejects.toThrow(message);
  });

  test('shared memory: another number is no error, and none is checked twice', async () => {
    const x = shared(values);
    const running = train(make(), x, { epochs: 20 });
    await new Promise(setImmediate);
    for (let i = 0; i < 100; i++) x[i * 97] = i;
    await expect(running).resolves.toBeDefined();
  });

  test('a proxy that shrinks', async () => {
    const x = plainRows();
    const shrinking = new Proxy(x, {
      get(target, key) {
        if (key === '1500') target.length = 10;
        return Reflect.get(target, key);
      },
    });
    await expect(make().predictAsync(shrinking)).rejects.toThrow('x[1500] must be a row of numbers, got undefined');
  });

  test('a getter in y that transfers x', async () => {
    const x = values.slice();
    const y = Array.from(targets);
    Object.defineProperty(y, 5, {
      get: () => {
        if (x.length > 0) structuredClone(x, { transfer: [x.buffer as ArrayBuffer] });
        return targets[5];
      },
    });
    const nn = make();
    expect(plain(await nn.evaluate({ x, y }))).toEqual(plain(await nn.evaluate({ x: values, y: targets })));
  });
});

describe('while rows are read', () => {
  test('the event loop turns', async () => {
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    const x = slowRows();
    let atTheEnd = false;
    Object.defineProperty(x.at(-1), 0, {
      get: () => {
        atTheEnd = turned;
        return 1;
      },
    });
    await make().predictAsync(x);
    expect(atTheEnd).toBe(true);
  });

  test.each(['fit', 'predictAsync', 'evaluate'])('the network is not closed: %s', async (call) => {
    const nn = make();
    const running = calls[call]?.(nn, slowRows());
    expect(() => nn.close()).toThrow(expect.objectContaining({ code: 'ERR_CHAINRULE_BUSY' }));
    await running;
    nn.close();
  });

  test('another fit is refused', async () => {
    const nn = make();
    const running = train(nn, slowRows());
    await expect(train(nn, values)).rejects.toMatchObject({ code: 'ERR_CHAINRULE_BUSY' });
    await running;
  });

  test.each<[string, (x: MatrixLike) => Samples | Samples[]]>([
    ['samples', (x) => ({ x, y: targets })],
    ['a stream', (x) => [{ x, y: targets }]],
  ])('fit can be aborted: %s', async (_, data) => {
    const nn = make();
    const controller = new AbortController();
    const x = slowRows();
    let ended = false;
    Object.defineProperty(x.at(-1), 0, {
      get: () => {
        ended = true;
        return 1;
      },
    });
    setImmediate(() => controller.abort('enough'));
    await expect(nn.fit(data(x), { epochs: 1, signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' });
    expect(ended).toBe(false);
    expect(weights(nn)).toEqual(weights(make()));
    await train(nn, values);
  });

  test('adapt reads them in slices, too', async () => {
    const adapting = () => new NeuralNetwork({ inputSize: columns, layers: [normalize(), dense(1)], seed: 1 });
    const [nn, other] = [adapting(), adapting()];
    await Promise.all([nn.adapt(slowRows()), other.adapt(values)]);
    expect(nn.predict(values)).toEqual(other.predict(values));
  });
});

describe('buffers of no fixed length are refused', () => {
  const options = { maxByteLength: 2 * values.byteLength };
  const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer;
  const Growable = SharedArrayBuffer as unknown as new (length: number, options: object) => SharedArrayBuffer;
  test.each<[string, () => Float32Array]>([
    ['resizable', () => new Float32Array(new Resizable(values.byteLength, options), 0, values.length)],
    ['resizable, its length tracked', () => new Float32Array(new Resizable(values.byteLength, options))],
    ['growable', () => new Float32Array(new Growable(values.byteLength, options))],
  ])('%s', async (_, array) => {
    for (const call of Object.values(calls)) {
      await expect(call(make(), array())).rejects.toThrow(/x must have a buffer of fixed length, got a resizable one/);
    }
  });
});

describe('targets', () => {
  const classes = 10;
  const count = 4000;
  const x = numbers(count);
  const oneHot = new Float32Array(count * classes).map((_, i) => (i % classes === Math.floor(i / classes) % classes ? 1 : 0));
  const classifier = () => new NeuralNetwork({ inputSize: 1, layers: [dense(classes, 'softmax')], seed: 1 });

  test.each<[string, (y: Float32Array) => MatrixLike]>([
    ['floats', (y) => y],
    ['doubles', (y) => Float64Array.from(y)],
    ['shared memory', shared],
    ['rows', (y) => toRows(y, classes)],
  ])('that are probabilities, as %s', async (_, given) => {
    const nn = classifier();
    const expected = await nn.evaluate({ x, y: Int32Array.from(x, (_, i) => i % classes) });
    expect((await nn.evaluate({ x, y: given(oneHot) })).loss).toBe(expected.loss);
    for (const [value, message] of [
      [1.5, 'y at row 3999, column 9 must be from 0 to 1 for the loss "crossEntropy", got 1.5'],
      [-0.5, 'must be from 0 to 1'],
      [Number.NaN, 'y at row 3999, column 9 must be a finite number, got NaN'],
    ] as const) {
      const y = oneHot.slice();
      y[y.length - 1] = value;
      await expect(nn.evaluate({ x, y: given(y) })).rejects.toThrow(message);
    }
  });

  test('as many as the rows of x', async () => {
    await expect(make().evaluate({ x: plainRows(), y: numbers(20_000) })).rejects.toThrow(`y must have ${rows} rows like x, got 20000`);
  });
});

test('categories in large data are checked', async () => {
  const inputs = [{ type: 'numeric', columns: 1 }, { type: 'categorical', categories: 5 }] as const; // biome-ignore format: one line reads better
  const nn = new NeuralNetwork({ inputs, layers: [dense(1)], seed: 1 });
  const all = [(x: Float32Array) => x, shared, (x: Float32Array) => Float64Array.from(x), (x: Float32Array) => toRows(x, 2)];
  for (const given of all) {
    const x = new Float32Array(20_000).map((_, i) => i % 5);
    await expect(nn.predictAsync(given(x))).resolves.toBeDefined();
    x[19_999] = 5;
    await expect(nn.predictAsync(given(x))).rejects.toThrow(
      'x at row 9999, column 1 must be a category, a whole number from 0 to 4, got 5',
    );
  }
});
