import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { Stream } from '../../lib/data/streams';
import type { NativeNetwork, NativeRecords, NativeRunResult, NativeSamples, NativeTrainer } from '../../lib/native';
import { checkFit, checkNetwork, type EpochInfo, type FitOptions } from '../../lib/options';
import { type TrainingData, train } from '../../lib/training/train';

/*
 * The loop over epochs, with an addon that is played: it trains in no time, the loss of epoch k is `losses[k - 1]`, and it notes what it
 * is asked for.
 */
interface Play {
  losses?: number[];
  validationLosses?: number[];
  /** The most epochs that a run completes. */
  perRun?: number;
  divergeIn?: number;
  /** How long a run or step takes. */
  milliseconds?: number;
}

function play({ losses = [], validationLosses = [], perRun = 1e9, divergeIn = 0, milliseconds = 0 }: Play) {
  const log: string[] = [];
  let epoch = 0;
  let steps = 0;
  let busy = false;
  let aborted = false;
  let validations = 0;
  let rows = 2;

  // As the addon does: a row of learning rates, then rows of what was measured, in which it does not matter here which is which.
  const result = (records: NativeRecords, rows: number, values: number[], diverged = -1): NativeRunResult => {
    const capacity = records.length / rows;
    for (let row = 1; row < rows; row++) records.set(values, row * capacity);
    return {
      epochs: values.length,
      aborted,
      divergedAtStep: diverged,
      batches: values.length,
      steps: values.length,
      batchLoss: values.at(-1) ?? 0,
      batchWeight: 1,
    };
  };
  const work = async <T>(name: string, finish: () => T): Promise<T> => {
    if (busy) throw new Error('the trainer is busy');
    busy = true;
    log.push(name);
    if (milliseconds > 0) await sleep(milliseconds);
    busy = false;
    return finish();
  };
  const trainer: NativeTrainer = {
    run: (records: NativeRecords, epochs: number) =>
      work(`run ${epochs}`, () => {
        const values: number[] = [];
        while (!aborted && values.length < Math.min(epochs, perRun)) {
          if (++epoch === divergeIn) return result(records, rows, values, epoch * 10);
          values.push(losses[epoch - 1] ?? 1 / epoch);
        }
        return result(records, rows, values);
      }),
    step: (batch: NativeSamples, records: NativeRecords) =>
      work(`step ${batch.rows} ${records[0]}`, () => {
        if (++steps === divergeIn) return result(records, rows, [], steps - 1);
        return { ...result(records, rows, aborted ? [] : [steps]), batchWeight: batch.rows };
      }),
    publish: () => {
      log.push('publish');
      return -1;
    },
    divergence: (out) => {
      out.set([-1, 0]);
      return 0;
    },
    state: () => work('state', () => ({ firstStep: 0, firstEpoch: 0, steps: epoch, epochs: epoch, updates: epoch, arrays: [] })),
    restore: () => work('restore', () => {}),
    abort: () => {
      aborted = true;
    },
    close: () => {
      if (busy) throw new Error('the trainer is busy');
      log.push('close');
    },
  };
  const network = {
    trainer: ([, , metrics]: Float64Array) => {
      rows = metrics ? 5 : 2;
      return trainer;
    },
    evaluate: async () => {
      log.push('evaluate');
      const loss = validationLosses[validations++] ?? 0;
      return { loss, accuracy: loss, mse: loss, mae: loss };
    },
    snapshot: () => ({ epoch }),
    restore: (snapshot: { epoch: number }) => log.push(`restore ${snapshot.epoch}`),
  } as unknown as NativeNetwork;
  return { log, network };
}

const samples: NativeSamples = { x: new Float32Array(4), y: new Float32Array(4), rows: 4 };
const shape = { inputSize: 1, outputSize: 1, targetSize: 1, precision: 'f32', loss: 'mse' } as const;
const spec = checkNetwork({ inputSize: 1, layers: [{ type: 'dense', units: 1 }] });

async function run(script: Play, options: FitOptions, data: Partial<TrainingData> = {}) {
  const { log, network } = play(script);
  const streamed = data.source instanceof Stream;
  const history = await train(network, { source: samples, validation: undefined, shape, spec, ...data }, checkFit(options, streamed)).catch(
    (error) => {
      error.log = log;
      throw error;
    },
  );
  return { history, log };
}

describe('crossings into the addon', () => {
  it('one for everything, where nothing happens between the epochs', async () => {
    const { history, log } = await run({}, { epochs: 1000 });
    expect(log).toEqual(['run 1000', 'close']);
    expect(history.epoch).toHaveLength(1000);
    expect(history).toMatchObject({ stoppedBy: 'epochs' });
    expect(history.epoch.slice(-2)).toEqual([999, 1000]);
  });

  it('more where the addon returns early', async () => {
    const { log, history } = await run({ perRun: 3 }, { epochs: 7 });
    expect(log).toEqual(['run 7', 'run 4', 'run 1', 'close']);
    expect(history.loss).toEqual([1, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 6, 1 / 7]);
  });

  it('one for each epoch with a callback', async () => {
    const epochs: number[] = [];
    const { log } = await run({}, { epochs: 3, onEpoch: ({ epoch }) => epochs.push(epoch) });
    expect(log).toEqual(['run 1', 'run 1', 'run 1', 'close']);
    expect(epochs).toEqual([1, 2, 3]);
  });

  it('fewer with callbackEvery, and the last epoch is always told', async () => {
    const epochs: number[] = [];
    const { log } = await run({ perRun: 3 }, { epochs: 10, callbackEvery: 4, onEpoch: ({ epoch }) => epochs.push(epoch) });
    expect(log).toEqual(['run 4', 'run 1', 'run 4', 'run 1', 'run 2', 'close']);
    expect(epochs).toEqual([4, 8, 10]);
  });
});

describe('callbacks', () => {
  it('get the numbers of the epoch', async () => {
    const infos: EpochInfo[] = [];
    const options: FitOptions = { epochs: 2, metrics: ['mae'], validation: true, onEpoch: (info) => infos.push(info) };
    await run({ losses: [4, 2], validationLosses: [5, 3] }, options, { validation: samples });
    const expected = { epoch: 2, epochs: 2, loss: 2, mae: 2, val_loss: 3, val_mae: 3, learningRate: 1e-3 };
    expect(infos[1]).toEqual({ ...expected, steps: 2, isLast: true, seconds: expect.any(Number) });
    expect(infos[0]).toMatchObject({ steps: 1, isLast: false });
  });

  it('are waited for, and false ends training', async () => {
    const onEpoch = vi.fn(async ({ epoch }: EpochInfo) => {
      await sleep(1);
      return epoch < 2;
    });
    const { history, log } = await run({}, { epochs: 5, onEpoch });
    expect(history).toMatchObject({ epoch: [1, 2], stoppedBy: 'callback' });
    expect(log.at(-1)).toBe('close');
  });

  it('that return other falsy things do not', async () => {
    for (const nothing of [undefined, null, 0, '']) {
      const { history } = await run({}, { epochs: 2, onEpoch: () => nothing });
      expect(history.stoppedBy).toBe('epochs');
    }
  });

  it('that throw end training with their error', async () => {
    const error = new Error('disk full');
    const onEpoch = () => {
      throw error;
    };
    await expect(run({}, { onEpoch })).rejects.toBe(error);
    expect((error as Error & { log?: string[] }).log).toEqual(['run 1', 'close']);
  });
});

describe('early stopping', () => {
  const validated = { validation: samples };

  it('stops, and brings the best weights back', async () => {
    const options: FitOptions = { epochs: 9, validation: true, earlyStopping: { patience: 2, restoreBest: true } };
    const { history, log } = await run({ validationLosses: [3, 1, 2, 2] }, options, validated);
    expect(history).toMatchObject({ stoppedBy: 'earlyStopping', bestEpoch: 2, val_loss: [3, 1, 2, 2] });
    expect(log.slice(-2)).toEqual(['restore 2', 'close']);
  });

  it('brings them back when the epochs are over, too', async () => {
    const options: FitOptions = { epochs: 3, validation: true, earlyStopping: { patience: 5, restoreBest: true } };
    const { history, log } = await run({ validationLosses: [3, 1, 2] }, options, validated);
    expect(history).toMatchObject({ stoppedBy: 'epochs', bestEpoch: 2 });
    expect(log).toContain('restore 2');
  });

  it('tells the callback about the last epoch', async () => {
    const epochs: number[] = [];
    await run({ losses: [1, 2] }, { earlyStopping: {}, callbackEvery: 100, onEpoch: ({ epoch }) => epochs.push(epoch) });
    expect(epochs).toEqual([2]);
  });
});

it('learning rates follow the schedule', async () => {
  const learningRate = { type: 'step', initial: 1, every: 2 } as const;
  const { history } = await run({ perRun: 3 }, { epochs: 5, optimizer: { type: 'sgd', learningRate } });
  expect(history.learningRate).toEqual([1, 1, 0.1, 0.1, 0.010000000000000002]);
});

it('a divergence says where, and closes the trainer', async () => {
  const training = run({ divergeIn: 3 }, { epochs: 5 });
  await expect(training).rejects.toMatchObject({ code: 'ERR_CHAINRULE_DIVERGED', step: 31, epoch: 3, log: ['run 5', 'close'] });
});

describe('aborting', () => {
  it('before the start trains nothing', async () => {
    const training = run({}, { signal: AbortSignal.abort('no') });
    await expect(training).rejects.toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: 'no', log: ['close'] });
  });

  it('stops a run, with the reason for a cause', async () => {
    const reason = new Error('shutting down');
    const controller = new AbortController();
    const training = run({ milliseconds: 20 }, { epochs: 1e6, signal: controller.signal });
    setTimeout(() => controller.abort(reason), 5);
    await expect(training).rejects.toMatchObject({ code: 'ABORT_ERR', cause: reason, log: ['run 16384', 'close'] });
  });

  it('does not wait for a callback or a stream that is stuck', async () => {
    const stuck = () => new Promise(() => {});
    const source = new Stream(() => ({ [Symbol.asyncIterator]: () => ({ next: stuck as () => Promise<never> }) }), 1);
    await expect(run({}, { signal: AbortSignal.timeout(20), onEpoch: stuck })).rejects.toMatchObject({
      code: 'ABORT_ERR',
      log: ['run 1', 'close'],
    });
    await expect(run({}, { signal: AbortSignal.timeout(20) }, { source })).rejects.toMatchObject({ code: 'ABORT_ERR', log: ['close'] });
  });

  it('leaves no listener behind', async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    await run({}, { epochs: 3, signal, onEpoch: () => {} });
    const listeners = (spy: typeof added | typeof removed) => new Set(spy.mock.calls.map(([, listener]) => listener));
    expect(listeners(added).size).toBeGreaterThan(1);
    expect(listeners(removed)).toEqual(listeners(added));
  });
});

describe('streams', () => {
  const batch = (...x: number[]) => ({ x, y: x });

  it('are walked once in each epoch, and the loss is a mean over samples', async () => {
    const source = new Stream(() => [batch(1, 2, 3), batch(4)], 2);
    const { log, history } = await run({}, { epochs: 2, metrics: ['mse'] }, { source });
    const epoch = ['step 3 0.001', 'step 1 0.001', 'publish'];
    expect(log).toEqual([...epoch, ...epoch, 'close']);
    expect(history.loss).toEqual([(3 * 1 + 2) / 4, (3 * 3 + 4) / 4]);
    expect(history.mse).toEqual(history.loss);
  });

  it.each<[string, () => unknown]>([
    ['an array', () => [batch(1), batch(2)]],
    ['a set', () => new Set([batch(1), batch(2)])],
    ['promises of batches', () => [Promise.resolve(batch(1)), Promise.resolve(batch(2))]],
    [
      'a generator',
      function* () {
        yield batch(1);
        yield batch(2);
      },
    ],
    [
      'an async generator',
      async function* () {
        yield batch(1);
        yield batch(2);
      },
    ],
    ['a promise of an iterable', async () => [batch(1), batch(2)]],
    ['a web stream', () => readableStreamOf([batch(1), batch(2)])],
  ])('can be %s', async (_, make) => {
    const { log } = await run({}, { epochs: 1 }, { source: new Stream(make as never, 1) });
    expect(log).toEqual(['step 1 0.001', 'step 1 0.001', 'publish', 'close']);
  });

  it('fetch the next batch while one is trained on', async () => {
    const order: string[] = [];
    async function* batches() {
      for (const value of [1, 2, 3]) {
        order.push(`batch ${value}`);
        yield batch(value);
      }
    }
    const { network, log } = play({ milliseconds: 5 });
    log.push = (...items: string[]) => order.push(...items);
    await train(network, { source: new Stream(batches, 1), validation: undefined, shape, spec }, checkFit({ epochs: 1 }, true));
    expect(order).toEqual(['batch 1', 'step 1 0.001', 'batch 2', 'step 1 0.001', 'batch 3', 'step 1 0.001', 'publish', 'close']);
  });

  it('are told when they are left', async () => {
    const left = vi.fn();
    function* batches() {
      try {
        yield batch(1);
        yield { x: 'bad' };
      } finally {
        left();
      }
    }
    const training = run({ milliseconds: 5 }, { epochs: 1 }, { source: new Stream(batches as never, 1) });
    await expect(training).rejects.toMatchObject({ code: 'ERR_CHAINRULE_TYPE', log: ['step 1 0.001', 'close'] });
    expect(left).toHaveBeenCalledOnce();
  });

  it('may write the next batch into the memory of the last', async () => {
    const memory = new Float32Array(new SharedArrayBuffer(4));
    const seen: number[] = [];
    const { network } = play({ milliseconds: 5 });
    const trainer = network.trainer(new Float64Array(3));
    network.trainer = () => ({
      ...trainer,
      step: async (samples, records) => {
        const result = await trainer.step(samples, records);
        seen.push(samples.x[0] ?? 0);
        return result;
      },
    });
    function* batches() {
      for (const value of [1, 2, 3]) {
        memory[0] = value;
        yield { x: memory, y: memory };
      }
    }
    await train(network, { source: new Stream(batches, 1), validation: undefined, shape, spec }, checkFit({ epochs: 1 }, true));
    expect(seen).toEqual([1, 2, 3]);
  });

  it('that are over before the last epoch are an error', async () => {
    const once = [batch(1)].values();
    const training = run({}, { epochs: 2 }, { source: new Stream(() => once, 2) });
    await expect(training).rejects.toMatchObject({
      code: 'ERR_CHAINRULE_SHAPE',
      message:
        'data must have at least one batch in each epoch, got none in epoch 2 ' +
        '(a stream must start anew in each epoch: pass a function that returns a new iterable)',
      log: ['step 1 0.001', 'publish', 'close'],
    });
  });

  it('that diverge publish nothing', async () => {
    const source = new Stream(() => [batch(1), batch(2)], 1);
    const training = run({ divergeIn: 2 }, { epochs: 1 }, { source });
    const log = ['step 1 0.001', 'step 1 0.001', 'close'];
    await expect(training).rejects.toMatchObject({ code: 'ERR_CHAINRULE_DIVERGED', step: 2, epoch: 1, log });
  });

  it('whose source fails, fail', async () => {
    const error = new Error('connection lost');
    async function* batches() {
      yield batch(1);
      throw error;
    }
    await expect(run({}, { epochs: 1 }, { source: new Stream(batches, 1) })).rejects.toBe(error);
  });
});

function readableStreamOf<T>(chunks: T[]): ReadableStream<T> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}
