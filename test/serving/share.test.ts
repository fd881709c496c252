import { execFileSync } from 'node:child_process';
import path from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';
import { BroadcastChannel, MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { ChainruleError, dense, dropout, type Layer, NeuralNetwork, type SharedNetwork } from '../../lib';
import { SharedWorker } from '../support/sharing';

const workers: SharedWorker[] = [];
function start(handle?: unknown): SharedWorker {
  const worker = new SharedWorker(handle);
  workers.push(worker);
  return worker;
}
afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.end())));

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc') as () => void;
const turn = () => new Promise((resolve) => setImmediate(resolve));

const make = (precision: 'f32' | 'f64' = 'f32') =>
  new NeuralNetwork({ inputSize: 20, layers: [dense(33, 'gelu'), dropout(0.2), dense(3, 'softmax')], precision, seed: 5 });
const row = Float32Array.from({ length: 20 }, (_, index) => Math.sin(index));
const rows = Float32Array.from({ length: 20 * 500 }, (_, index) => Math.sin(index));
const data = { x: rows, y: Int32Array.from({ length: 500 }, (_, index) => index % 3) };
const busy = { code: 'ERR_CHAINRULE_BUSY' };
const gone = { name: 'ChainruleError', code: 'ERR_CHAINRULE_SHARED' };

describe('a handle', () => {
  it('is plain data, the same every time, and goes on from those who have it', () => {
    const nn = make();
    const handle = nn.share();
    expect(handle).toEqual({ chainrule: 'network', process: process.pid, id: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(JSON.parse(JSON.stringify(handle))).toEqual(handle);
    expect(nn.share()).toEqual(handle);
    expect(NeuralNetwork.fromShared(handle).share()).toEqual(handle);
    expect(make().share().id).not.toBe(handle.id);
  });

  it('opens the same network, whole', () => {
    const nn = make('f64');
    const other = NeuralNetwork.fromShared(nn.share());
    expect(other).not.toBe(nn);
    expect(other.toJSON()).toEqual(nn.toJSON());
    expect(other.summary()).toBe(nn.summary());
    (nn.layers[0] as Layer).bias = new Float64Array(33).fill(2);
    expect(other.layers[0]?.bias.data[7]).toBe(2);
  });

  it('goes through every kind of channel', async () => {
    const nn = make();
    const handle = nn.share();
    const expected = { inputSize: 20, outputSize: 3, precision: 'f32', parameterCount: nn.parameterCount };
    expect((await start(handle).call<{ data: Float32Array }>('predict', row)).data).toEqual(nn.predict(row).data); // workerData

    const { port1, port2 } = new MessageChannel();
    port1.postMessage(handle);
    const received = await new Promise<SharedNetwork>((resolve) => port2.once('message', resolve));
    port1.close();
    const worker = start();
    expect(await worker.call('open', received)).toEqual(expected); // postMessage

    const name = `share test ${process.pid}`;
    await worker.call('listen', name);
    const opened = worker.next();
    const channel = new BroadcastChannel(name);
    channel.postMessage(handle);
    expect(await opened).toEqual(expected);
    channel.close();
  });

  it.each<[what: string, handle: unknown, message: string]>([
    ['nothing', undefined, 'handle must be an object, got undefined'],
    ['text', 'abc', 'handle must be an object, got "abc"'],
    ['no properties', {}, 'handle.chainrule must be "network", got undefined'],
    ['something else', { chainrule: 'model', process: 1, id: '' }, 'handle.chainrule must be "network", got "model"'],
    ['a number for an id', { chainrule: 'network', process: 1, id: 5 }, 'handle.id must be a string, got 5'],
    ['too much', { chainrule: 'network', process: 1, id: '', port: 1 }, 'handle has no property "port"'],
    ['half a process', { chainrule: 'network', process: 1.5, id: '' }, 'handle.process must be a whole number'],
  ])('%s: a clear error', (_, handle, message) => {
    expect(() => NeuralNetwork.fromShared(handle as SharedNetwork)).toThrow(message);
  });

  it('that was made up finds nothing', () => {
    const handle = make().share();
    for (const id of ['', 'x', '\0', '0'.repeat(32), handle.id.slice(1), handle.id.toUpperCase(), 'é'.repeat(1_000_000)]) {
      if (id === handle.id) continue;
      expect(() => NeuralNetwork.fromShared({ ...handle, id })).toThrow(expect.objectContaining(gone));
      expect(() => NeuralNetwork.fromShared({ ...handle, id })).toThrow(ChainruleError);
    }
  });

  it('of another process is told from others', () => {
    const script = `const { NeuralNetwork, dense } = require('.'); const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(1)] });
      console.log(JSON.stringify(nn.share()))`;
    const handle = JSON.parse(execFileSync(process.execPath, ['-e', script], { cwd: path.join(__dirname, '../..'), encoding: 'utf8' }));
    expect(() => NeuralNetwork.fromShared(handle)).toThrow(
      `the handle is of process ${handle.process}, and this is process ${process.pid}`,
    );
    expect(() => NeuralNetwork.fromShared({ ...handle, process: process.pid })).toThrow('no network of this process has this handle');
  });

  it('lasts as long as the last of its networks, in whatever thread', async () => {
    const kept = new Set<NeuralNetwork>();
    let collected = false;
    const registry = new FinalizationRegistry(() => {
      collected = true;
    });
    // In a function of its own: a suspended one keeps what it has had in its hands.
    const shareOne = () => {
      const nn = make();
      kept.add(nn);
      registry.register(nn, undefined);
      return nn.share();
    };
    const handle = shareOne();
    const worker = start(handle);
    const before = await worker.call('predict', row);
    kept.clear();
    while (!collected) {
      collectGarbage();
      await turn();
    }
    for (let round = 0; round < 3; round++) await turn(); // the native part goes in turns of its own
    // Nothing is left of it here; the worker has it.
    expect(await worker.call('predict', row)).toEqual(before);
    (() => expect(NeuralNetwork.fromShared(handle).predict(row)).toEqual(before))();
    await worker.call('drop');
    for (let round = 0; round < 10; round++) {
      collectGarbage();
      await turn();
    }
    expect(() => NeuralNetwork.fromShared(handle)).toThrow(expect.objectContaining(gone));
    await expect(worker.call('open', handle)).rejects.toMatchObject(gone);
  });
});

describe('threads that share a network', () => {
  it.each(['f32', 'f64'] as const)('%s: predict the same bits, and see what one of them trains', async (precision) => {
    const nn = make(precision);
    const handle = nn.share();
    const [trainer, ...servers] = [start(handle), start(handle), start(handle)] as [SharedWorker, ...SharedWorker[]];
    const everybody = () => Promise.all(servers.map((server) => server.call('predict', row)));
    const untrained = nn.predict(row);
    expect(await everybody()).toEqual(servers.map(() => untrained));

    expect(await trainer.call('fit', data, { epochs: 3 })).toBe(3);
    const trained = nn.predict(row);
    expect(trained).not.toEqual(untrained);
    expect(await everybody()).toEqual(servers.map(() => trained));
    const alone = make(precision);
    await alone.fit(data, { epochs: 3 });
    expect(trained).toEqual(alone.predict(row)); // as if it had been done here

    nn.update(nn.backward(rows, data.y).gradients, 'sgd');
    const updated = nn.predict(row);
    expect(updated).not.toEqual(trained);
    expect(await everybody()).toEqual(servers.map(() => updated));
    expect(await servers[0]?.call('toJSON')).toEqual(nn.toJSON());
  });

  it('take turns in training: all else is refused, and works again afterwards', async () => {
    const nn = make();
    const other = start(nn.share());
    const { gradients } = nn.backward(rows, data.y);
    const weights = nn.layers[0]?.weights.data;
    const refused = async () => {
      await expect(other.call('fit', data, { epochs: 1 })).rejects.toMatchObject(busy);
      await expect(other.call('update', gradients, 'sgd')).rejects.toMatchObject(busy);
      await expect(other.call('setWeights', weights)).rejects.toMatchObject(busy);
    };
    const controller = new AbortController();
    const training = nn.fit(data, { epochs: 2 ** 30, signal: controller.signal });
    await refused();
    // Another object for the same network in the same thread does not get around it.
    const twin = NeuralNetwork.fromShared(nn.share());
    await expect(twin.fit(data, { epochs: 1 })).rejects.toMatchObject(busy);
    expect(() => twin.update(gradients, 'sgd')).toThrow(expect.objectContaining(busy));
    // Reading goes on, and what is read is of one moment.
    expect(await other.call('backward', row, [1])).toBeGreaterThan(0);
    const saved = NeuralNetwork.fromJSON(await other.call('toJSON'));
    expect(saved.parameterCount).toBe(nn.parameterCount);
    controller.abort();
    await expect(training).rejects.toMatchObject({ name: 'AbortError' });

    await other.call('update', gradients, 'sgd');
    await other.call('setWeights', weights);
    expect(await other.call('fit', data, { epochs: 1 })).toBe(1);
  });

  it('a thread that is terminated in the middle of its turn leaves it, and the weights of a completed epoch', async () => {
    const nn = make();
    const untrained = nn.predict(row);
    const other = start(nn.share());
    await other.call('fitForever', data);
    await expect(nn.fit(data, { epochs: 1 })).rejects.toMatchObject(busy);
    while (nn.predict(row).data[0] === untrained.data[0]) await turn();
    await other.end();
    const left = nn.toJSON();
    const weights = nn.layers[0]?.weights.data as Float32Array;
    (nn.layers[0] as Layer).weights = weights; // at once: its trainer has nothing to say any more
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(nn.toJSON()).toEqual(left);
    await nn.fit(data, { epochs: 1 });
  });

  it('may update at the same time: one after another, and none is lost', async () => {
    const nn = new NeuralNetwork({ inputSize: 64, layers: [dense(256), dense(1)], seed: 1 });
    (nn.layers[1] as Layer).bias = [0];
    const gradients = nn.backward(new Float32Array(64), [0]).gradients.map(({ weights, bias }) => ({
      weights: weights.data.fill(0),
      bias: bias.data.fill(-1),
    }));
    const others = Array.from({ length: 3 }, () => start(nn.share()));
    const each = 500;
    await Promise.all(others.map((other) => other.call('predict', new Float32Array(64)))); // all have begun
    await Promise.all(others.map((other) => other.call('update', gradients, { type: 'sgd', learningRate: 1 }, each)));
    expect(nn.layers[1]?.bias.data[0]).toBe(others.length * each);
  });

  it('are terminated while they predict: the others go on', async () => {
    const nn = make();
    const expected = nn.predict(row);
    const survivor = start(nn.share());
    for (let round = 0; round < 3; round++) {
      const doomed = Array.from({ length: 3 }, () => start(nn.share()));
      await Promise.all(doomed.map((worker) => worker.call('predictForever', row, rows)));
      await new Promise((resolve) => setTimeout(resolve, 10 * round));
      await Promise.all(doomed.map((worker) => worker.end()));
      expect(await survivor.call('predict', row)).toEqual(expected);
    }
    expect(nn.predict(row)).toEqual(expected);
  });
});

it('eight threads have one copy of the weights', async () => {
  const megabyte = 2 ** 20;
  const nn = new NeuralNetwork({ inputSize: 2048, layers: [dense(8192, 'relu'), dense(1)], seed: 1 });
  const weights = nn.parameterCount * 4; // 64 MiB
  expect(weights).toBeGreaterThan(64 * megabyte);
  const small = new NeuralNetwork({ inputSize: 2048, layers: [dense(1)] });
  const everybody = Array.from({ length: 8 }, () => start());
  const x = new Float32Array(2048).fill(0.1);
  const predictAll = async (network: NeuralNetwork) => {
    await Promise.all(everybody.map((worker) => worker.call('open', network.share())));
    return Promise.all(everybody.map((worker) => worker.call<{ data: Float32Array }>('predict', x)));
  };
  await predictAll(small); // what a thread itself takes is there now
  nn.predict(x);
  const before = process.memoryUsage.rss();
  const expected = nn.predict(x).data;
  for (const { data: predicted } of await predictAll(nn)) expect(predicted).toEqual(expected);
  // A copy each would be 512 MiB.
  expect(process.memoryUsage.rss() - before).toBeLessThan(weights);
});
