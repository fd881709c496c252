import { describe, expect, it, vi } from 'vitest';
import { type BatcherOptions, dense, NeuralNetwork, type RowLike } from '../../lib';
import { Handle } from '../../lib/handle';
import { type NativeNetwork, native } from '../../lib/native';
import { madeHere } from '../../lib/receivers';
import { Batcher } from '../../lib/serving/batcher';

const small = new NeuralNetwork({ inputSize: 20, layers: [dense(33, 'gelu'), dense(3, 'softmax')], seed: 5 });
const precise = new NeuralNetwork({ inputSize: 20, layers: [dense(33, 'gelu'), dense(3, 'softmax')], seed: 5, precision: 'f64' });
/** So large that even one row goes to another thread. */
const large = new NeuralNetwork({ inputSize: 20, layers: [dense(2048, 'relu'), dense(2048, 'relu'), dense(3, 'softmax')], seed: 5 });

const row = (seed: number, length = 20) => Float32Array.from({ length }, (_, index) => Math.sin(seed * length + index));
const rows = (count: number) => Array.from({ length: count }, (_, index) => row(index));
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A batcher of a network that says how many rows each product has. */
function watched(nn: NeuralNetwork, options: Required<BatcherOptions>) {
  const network = native.openShared(nn.share().id) as NativeNetwork;
  const sizes: number[] = [];
  const spy: Pick<NativeNetwork, 'bind' | 'predictAsync'> = {
    bind: (input, output) => {
      const run = network.bind(input, output);
      const counted = (count: number) => {
        sizes.push(count);
        run(count);
      };
      return Object.assign(counted, { close: run.close });
    },
    predictAsync: (x, count) => {
      sizes.push(count);
      return network.predictAsync(x, count);
    },
  };
  return { batcher: batcherOf(spy, nn, options), sizes, spy };
}

function batcherOf(network: Pick<NativeNetwork, 'bind' | 'predictAsync'>, nn: NeuralNetwork, options: Required<BatcherOptions>) {
  const { inputSize, outputSize, precision } = nn;
  const shape = { inputSize, outputSize, targetSize: outputSize, precision, loss: nn.loss.type };
  return new Batcher(madeHere, new Handle(network as NativeNetwork), shape, nn.parameterCount, options);
}

describe.each([
  ['small', small],
  ['f64', precise],
  ['large', large],
])('%s', (_, nn) => {
  it.each([1, 2, 63, 64, 65, 300])('%i rows at once get the bits that each gets alone, in order', async (count) => {
    const batcher = nn.batcher({ maxBatch: 64 });
    const settled: number[] = [];
    const answers = await Promise.all(
      rows(count).map(async (x, index) => {
        const answer = await batcher.predict(x);
        settled.push(index);
        return answer;
      }),
    );
    expect(answers).toEqual(rows(count).map((x) => nn.predict(x)));
    expect(settled).toEqual(answers.map((__, index) => index));
    expect(batcher.waiting).toBe(0);
  });
});

it.each<[what: string, x: RowLike | readonly RowLike[] | { data: RowLike; shape: number[] }]>([
  ['a plain array', Array.from(row(1))],
  ['doubles', Float64Array.from(row(1))],
  ['one nested row', [row(1)]],
  ['a tensor', { data: row(1), shape: [1, 20] }],
  ['shared memory', new Float32Array(new SharedArrayBuffer(80)).map((_, index) => row(1)[index] as number)],
])('takes %s', async (_, x) => {
  expect(await small.batcher().predict(x)).toEqual(small.predict(row(1)));
});

it('gives each caller memory of its own, and takes values at once', async () => {
  const batcher = small.batcher();
  const x = row(1);
  const both = [batcher.predict(x), batcher.predict(x.fill(0))] as const;
  x.fill(1);
  const [first, second] = await Promise.all(both);
  expect(first.data).toEqual(small.predict(row(1)).data);
  expect(first.data.buffer.byteLength).toBe(12);
  first.data.fill(9);
  expect(second.data).toEqual(small.predict(new Float32Array(20)).data);
});

describe('a bad row', () => {
  const bad: [what: string, x: unknown, error: string][] = [
    ['too short', row(1, 19), 'row must have a multiple of 20 values (inputSize), got 19'],
    ['two rows', row(1, 40), 'row must be one row of 20 values (inputSize), got 2 rows'],
    ['not finite', row(1).fill(Number.NaN, 3, 4), 'row at row 0, column 3 must be a finite number, got NaN'],
    ['not finite, plain', Array.from(row(1)).fill(Infinity, 3, 4), 'row at row 0, column 3 must be a finite number in f32'],
    ['text', Array.from(row(1)).fill('x' as never, 3, 4), 'row[3] must be a number, got "x"'],
    ['nothing', undefined, 'row must be a matrix'],
  ];
  it.each(bad)('%s is rejected at once and harms nobody', async (_, x, error) => {
    const batcher = small.batcher();
    const before = batcher.predict(row(1));
    const rejected = vi.fn();
    const refused = batcher.predict(x as RowLike).catch(rejected);
    const after = batcher.predict(row(2));
    await refused;
    expect(rejected).toHaveBeenCalledWith(expect.objectContaining({ message: expect.stringContaining(error) }));
    expect(batcher.waiting).toBe(2); // no turn of the event loop has gone by
    expect(await before).toEqual(small.predict(row(1)));
    expect(await after).toEqual(small.predict(row(2)));
  });

  it('whose getter asks for another one leaves that one alone', async () => {
    const batcher = small.batcher();
    let inner: ReturnType<Batcher['predict']> | undefined;
    const x = Array.from(row(1));
    Object.defineProperty(x, 7, {
      get: () => {
        inner ??= batcher.predict(row(2));
        return row(1)[7];
      },
    });
    expect(await batcher.predict(x)).toEqual(small.predict(row(1)));
    expect(await inner).toEqual(small.predict(row(2)));
  });
});

describe('products', () => {
  it('hold what one turn of the event loop brings', async () => {
    const { batcher, sizes } = watched(small, { maxBatch: 100, maxDelay: 1 });
    await Promise.all(rows(10).map((x) => batcher.predict(x)));
    await Promise.all(rows(3).map((x) => batcher.predict(x)));
    expect(sizes).toEqual([10, 3]);
  });

  it('start as soon as maxBatch rows are there', async () => {
    const { batcher, sizes } = watched(small, { maxBatch: 4, maxDelay: 60_000 });
    const answers = rows(10).map((x) => batcher.predict(x));
    expect(batcher.waiting).toBe(2);
    await Promise.all(answers);
    expect(sizes).toEqual([4, 4, 2]);
  });

  it.each([
    ['wait as long as rows keep coming', 60_000, [5]],
    ['do not wait with maxDelay 0', 0, [1, 1, 1, 1, 1]],
  ])('%s', async (_, maxDelay, expected) => {
    const { batcher, sizes } = watched(small, { maxBatch: 100, maxDelay });
    const answers: unknown[] = [];
    for (const x of rows(5)) {
      answers.push(batcher.predict(x));
      await turn();
    }
    await Promise.all(answers);
    expect(sizes).toEqual(expected);
  });

  it('do not wait longer than maxDelay, however many come', async () => {
    const maxBatch = 2 ** 16;
    const { batcher, sizes } = watched(small, { maxBatch, maxDelay: 5 });
    const x = row(1);
    while (sizes.length === 0) {
      void batcher.predict(x);
      await turn();
    }
    expect(sizes[0]).toBeLessThan(maxBatch);
    await batcher.close();
  });

  it('that are large leave the event loop free, and the next one gathers what comes meanwhile', async () => {
    const { spy, sizes } = watched(large, { maxBatch: 100, maxDelay: 0 });
    let finish = (): void => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const predictAsync: typeof spy.predictAsync = async (...x) => {
      const output = await spy.predictAsync(...x);
      await finished;
      return output;
    };
    const batcher = batcherOf({ bind: spy.bind, predictAsync }, large, { maxBatch: 100, maxDelay: 0 });
    const first = batcher.predict(row(0));
    while (sizes.length === 0) await turn();
    expect(batcher.waiting).toBe(1); // under way, elsewhere
    const others = [];
    for (const x of rows(5)) {
      others.push(batcher.predict(x));
      await turn();
    }
    expect(batcher.waiting).toBe(6);
    finish();
    expect(await Promise.all([first, ...others])).toEqual([row(0), ...rows(5)].map((x) => large.predict(x)));
    expect(sizes).toEqual([1, 5]);
  });

  it('use the weights as they are when they start, all rows the same', async () => {
    const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(1)] });
    const batcher = nn.batcher({ maxDelay: 0 });
    const set = (value: number) => Object.assign(nn.layers[0] as object, { weights: [[value]] });
    set(1);
    const early = [batcher.predict([1]), batcher.predict([2])];
    set(10);
    expect((await Promise.all(early)).map(({ data }) => data[0])).toEqual([10, 20]);
  });

  it.each([
    ['on this thread', small],
    ['on another one', large],
  ])('that fail %s are an error for each of their rows, and none for the next ones', async (_, nn) => {
    const failure = new RangeError('not enough memory');
    const { spy } = watched(nn, { maxBatch: 2, maxDelay: 0 });
    let failures = 1;
    const failing: typeof spy = {
      bind: (...arrays) => {
        const run = spy.bind(...arrays);
        const failingRun = (count: number) => {
          if (failures-- > 0) throw failure;
          run(count);
        };
        return Object.assign(failingRun, { close: run.close });
      },
      predictAsync: (...x) => (failures-- > 0 ? Promise.reject(failure) : spy.predictAsync(...x)),
    };
    const batcher = batcherOf(failing, nn, { maxBatch: 2, maxDelay: 0 });
    const answers = await Promise.allSettled(rows(2).map((x) => batcher.predict(x)));
    expect(answers).toEqual([1, 2].map(() => ({ status: 'rejected', reason: failure })));
    expect(await batcher.predict(row(1))).toEqual(nn.predict(row(1)));
  });
});

describe('giving up', () => {
  const aborted = { name: 'AbortError', code: 'ABORT_ERR' };

  it('a signal aborts one answer, and no other', async () => {
    const batcher = small.batcher();
    const controller = new AbortController();
    const given = batcher.predict(row(1), { signal: controller.signal });
    const other = batcher.predict(row(2), { signal: new AbortController().signal });
    controller.abort('enough');
    await expect(given).rejects.toMatchObject({ ...aborted, cause: 'enough' });
    expect(await other).toEqual(small.predict(row(2)));
    await expect(batcher.predict(row(1), { signal: controller.signal })).rejects.toMatchObject(aborted);
    expect(batcher.waiting).toBe(0);
  });

  it('an answered request leaves no listener behind', async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    await small.batcher().predict(row(1), { signal });
    expect(added).toHaveBeenCalledTimes(1);
    expect(removed).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['small', small],
    ['large', large],
  ])('%s: close answers what is there, and takes nothing more', async (_, nn) => {
    const batcher = nn.batcher({ maxBatch: 4, maxDelay: 60_000 });
    let answered = 0;
    const answers = rows(10).map((x) => batcher.predict(x).then(() => answered++));
    await batcher.close();
    expect(answered).toBe(10);
    await Promise.all(answers);
    await expect(batcher.predict(row(1))).rejects.toMatchObject({ name: 'ChainruleError', code: 'ERR_CHAINRULE_CLOSED' });
    await batcher.close();
    expect(await nn.batcher().predict(row(1))).toEqual(nn.predict(row(1)));
  });
});

it.each<[what: string, options: unknown, error: string]>([
  ['no rows', { maxBatch: 0 }, 'maxBatch must be a whole number from 1'],
  ['half a row', { maxBatch: 1.5 }, 'maxBatch must be a whole number from 1'],
  ['text', { maxBatch: '8' }, 'maxBatch must be a whole number from 1 to 2147483647, got "8"'],
  ['a negative delay', { maxDelay: -1 }, 'maxDelay must be a finite number from 0 to 60000, got -1'],
  ['endless', { maxDelay: Infinity }, 'maxDelay must be a finite number'],
  ['a misspelt name', { maxbatch: 8 }, 'did you mean "maxBatch"'],
  ['no object', 5, 'options must be an object, got 5'],
  ['more than there is memory for', { maxBatch: 2 ** 31 - 1 }, 'maxBatch rows of inputs must be'],
])('options: %s', (_, options, error) => {
  expect(() => small.batcher(options as BatcherOptions)).toThrow(error);
});

it.each<[what: string, options: unknown, error: string]>([
  ['a signal that is none', { signal: 5 }, 'signal must be an AbortSignal, got 5'],
  ['a misspelt name', { singal: null }, 'did you mean "signal"'],
  ['nothing', null, 'options must be an object, got null'],
])('options of a request: %s', async (_, options, error) => {
  await expect(small.batcher().predict(row(1), options as never)).rejects.toThrow(error);
});
