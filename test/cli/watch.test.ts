import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Message, PageData } from '../../lib/cli/page/data';
import { TrainingHistory } from '../../lib/cli/watch/history';
import { histogram, layerFigures, weightsOf } from '../../lib/cli/watch/layer-figures';
import { Pace } from '../../lib/cli/watch/pace';
import { drawPlane } from '../../lib/cli/watch/plane';
import { Watch } from '../../lib/cli/watch/watch';
import { samples } from '../../lib/cli/xor-reference';
import { dense, type EpochInfo, NeuralNetwork } from '../../lib/index';

const open: Watch[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((watch) => watch.close()));
});

async function start(speed?: number): Promise<Watch> {
  const watch = await Watch.start({ title: 'a <title>', ...(speed !== undefined && { speed }) });
  open.push(watch);
  return watch;
}

const network = () => new NeuralNetwork({ inputSize: 2, layers: [dense(4, 'relu'), dense(1, 'sigmoid')], seed: 5 });
const fitOptions = { epochs: 40, batchSize: 4, shuffle: false, optimizer: { type: 'adam', learningRate: 0.05 }, warnings: false } as const;

/** The status of an answer, whatever its headers. */
function ask(
  url: string,
  { method = 'GET', headers = {}, body = '' }: { method?: string; headers?: Record<string, string>; body?: string } = {},
) {
  return new Promise<{ status: number | undefined; headers: http.IncomingHttpHeaders }>((resolve, reject) => {
    const request = http.request(url, { method, headers }, (response) => {
      response.destroy();
      resolve({ status: response.statusCode, headers: response.headers });
    });
    request.on('error', reject).end(body);
  });
}

/** The messages for the page, until the connection ends. */
async function listen(watch: Watch): Promise<{ messages: Message[]; stop: () => void }> {
  const abort = new AbortController();
  const response = await fetch(`${watch.url}events`, { signal: abort.signal });
  const messages: Message[] = [];
  let text = '';
  const read = async () => {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      const parts = (text + Buffer.from(chunk).toString()).split('\n\n');
      text = parts.pop() as string;
      for (const part of parts) if (part.startsWith('data: ')) messages.push(JSON.parse(part.slice(6)));
    }
  };
  read().catch(() => {});
  while (messages.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  return { messages, stop: () => abort.abort() };
}

describe('who may talk to the page', () => {
  test('the address has a token; Host and Origin must be the page’s own', async () => {
    const watch = await start();
    const { port, pathname } = new URL(watch.url);
    expect(pathname).toMatch(/^\/[0-9a-f]{32}\/$/);
    const json = { 'content-type': 'application/json' };
    const statuses = async (requests: [string, Parameters<typeof ask>[1]?][]) =>
      Promise.all(requests.map(async ([url, options]) => (await ask(url, options)).status));
    const base = `http://127.0.0.1:${port}`;
    expect(
      await statuses([
        [watch.url],
        [watch.url, { headers: { host: `localhost:${port}` } }],
        [watch.url, { headers: { host: `rebound.example:${port}` } }],
        [watch.url, { headers: { host: '127.0.0.1' } }],
        [watch.url, { headers: { origin: 'https://example.com' } }],
        [`${base}/`],
        [`${base}/${'0'.repeat(32)}/`],
        [`${watch.url}events/more`],
        [`${watch.url}other`],
        [watch.url, { method: 'POST' }],
        [`${watch.url}command`],
        [`${watch.url}command`, { method: 'POST', headers: json, body: '{"do":"pause"}' }],
        [`${watch.url}command`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{"do":"pause"}' }],
        [`${watch.url}command`, { method: 'POST', headers: { ...json, origin: 'null' }, body: '{"do":"pause"}' }],
        [`${watch.url}command`, { method: 'POST', headers: json, body: '{"do":"speed","speed":-1}' }],
        [`${watch.url}command`, { method: 'POST', headers: json, body: '{"do":"explode"}' }],
        [`${watch.url}command`, { method: 'POST', headers: json, body: 'x'.repeat(5000) }],
      ]),
    ).toEqual([200, 200, 403, 403, 403, 404, 404, 404, 404, 405, 405, 204, 400, 403, 400, 400, 400]);
    const { headers } = await ask(watch.url);
    expect(headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers['referrer-policy']).toBe('no-referrer');
  });

  test('the server listens on loopback only', async () => {
    const { hostname } = new URL((await start()).url);
    expect(hostname).toBe('127.0.0.1');
  });
});

test.each([
  ['has sent nothing yet', ''],
  ['is in the middle of a request', 'GET / HTTP/1.1\r\nhost: '],
])(
  'closing does not wait for a connection that %s',
  async (_, text) => {
    const watch = await Watch.start({ title: 'x' });
    const { port } = new URL(watch.url);
    const socket = net.connect(Number(port), '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    socket.write(text);
    const { stop } = await listen(watch);
    await watch.close();
    stop();
  },
  4000,
);

describe('what the page is told', () => {
  test('everything at first, then what is new; whoever comes late gets the same curves', async () => {
    const watch = await start(200);
    const early = await listen(watch);
    const nn = network();
    watch.follow(nn, { probe: samples, plane: { names: ['a', 'b'], from: [0, 0], to: [1, 1] } });
    const history = await nn.fit(samples, { ...fitOptions, validation: samples, onEpoch: (info) => watch.onEpoch(info) });
    watch.finish('done', { result: { summary: 'well' } });
    const late = await listen(watch);
    const whole = late.messages[0]?.set as PageData;
    expect(whole.title).toBe('a <title>');
    expect(whole.status).toMatchObject({ state: 'done', epoch: 40, epochs: 40 });
    expect(whole.result).toEqual({ summary: 'well' });
    expect(whole.curves.epoch).toEqual(history.epoch);
    expect(whole.curves.charts).toEqual([{ name: 'loss', training: history.loss, validation: history.val_loss }]);
    expect(whole.layers?.map(({ name, dead }) => [name, dead?.units])).toEqual([
      ['dense 4 relu', 4],
      ['dense 1 sigmoid', undefined],
    ]);
    expect(whole.plane?.columns.map(({ name, units }) => [name, units.length])).toEqual([
      ['inputs', 2],
      ['relu', 4],
      ['output', 1],
    ]);

    // The early one has put the same together from its pieces.
    while (!early.messages.some(({ set }) => set?.result !== undefined)) await new Promise((resolve) => setTimeout(resolve, 5));
    const epochs: number[] = [];
    for (const { set, append } of early.messages.slice(0, -1)) {
      if (set?.curves !== undefined) epochs.splice(0, epochs.length, ...set.curves.epoch);
      if (append !== undefined) epochs.splice(append.from, epochs.length, ...append.epoch);
    }
    expect(epochs).toEqual(history.epoch);
    early.stop();
    late.stop();
  });

  test('training has the same bits with and without a page', async () => {
    const bare = network();
    await bare.fit(samples, fitOptions);
    const watched = network();
    const watch = await start();
    const { stop } = await listen(watch);
    watch.follow(watched, { probe: samples, plane: { names: ['a', 'b'], from: [0, 0], to: [1, 1] } });
    await watched.fit(samples, { ...fitOptions, onEpoch: (info) => watch.onEpoch(info) });
    stop();
    expect(Buffer.from(watched.toBytes()).equals(bare.toBytes())).toBe(true);
  });

  test('stop ends training after an epoch, abort at once', async () => {
    for (const [command, expected] of [
      ['stop', 'callback'],
      ['abort', 'AbortError'],
    ] as const) {
      const watch = await start(50);
      const nn = network();
      watch.follow(nn);
      const options = { ...fitOptions, epochs: 1000, signal: watch.signal, onEpoch: (info: EpochInfo) => watch.onEpoch(info) };
      const ended = nn.fit(samples, options).then(
        ({ stoppedBy }) => stoppedBy,
        (error: Error) => error.name,
      );
      await ask(`${watch.url}command`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: `{"do":"${command}"}` });
      expect(await ended).toBe(expected);
    }
  });
});

const info = (epoch: number, more: Partial<EpochInfo> = {}): EpochInfo => ({
  ...{ epoch, epochs: 10_000, loss: 1 / epoch, learningRate: 0.1, steps: epoch, seconds: epoch, isLast: epoch === 10_000 },
  ...more,
});

describe('the history', () => {
  test('stays bounded, keeps the first and the last epoch, and is in order', () => {
    const history = new TrainingHistory();
    for (let epoch = 1; epoch <= 10_000; epoch++) history.add(info(epoch), epoch);
    const { epoch, charts, learningRate } = history.curves;
    expect(epoch.length).toBeLessThan(2000);
    expect([epoch[0], epoch.at(-1)]).toEqual([1, 10_000]);
    expect(epoch.every((value, index) => index === 0 || value > (epoch[index - 1] as number))).toBe(true);
    expect(charts[0]?.training).toEqual(epoch.map((value) => 1 / value));
    expect(learningRate).toHaveLength(epoch.length);
  });

  test('a metric that comes late or is not finite is null elsewhere', () => {
    const history = new TrainingHistory();
    history.add(info(1, { loss: Number.POSITIVE_INFINITY }), 1);
    history.add(info(2, { val_accuracy: 0.5 }), 2);
    history.add(info(3), 3);
    expect(history.curves.charts).toEqual([
      { name: 'loss', training: [null, 0.5, 1 / 3] },
      { name: 'accuracy', validation: [null, 0.5, null] },
    ]);
  });
});

test('the pace: epochs per second, pause and steps', async () => {
  const pace = new Pace(50);
  const begin = performance.now();
  for (let epoch = 0; epoch < 20; epoch++) await pace.next();
  const took = performance.now() - begin;
  expect(took).toBeGreaterThan(250);
  expect(took).toBeLessThan(2000);
  pace.speed = undefined;
  expect(pace.next()).toBeUndefined();
  pace.step();
  await pace.next();
  let isOver = false;
  const waiting = pace.next()?.then(() => {
    isOver = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(isOver).toBe(false);
  pace.resume();
  await waiting;
});

describe('pictures', () => {
  test('a histogram has all finite values, and counts the others', () => {
    const { low, high, counts, mean, notFinite } = histogram([
      [1, 2, 3],
      [Number.NaN, -2],
    ]);
    expect([low, high, mean, notFinite]).toEqual([-2, 3, 1, 1]);
    expect(counts.reduce((sum, count) => sum + count)).toBe(4);
    expect([counts[0], counts.at(-1)]).toEqual([1, 1]);
    expect(histogram([[5, 5]]).counts.reduce((sum, count) => sum + count)).toBe(2);
    expect(histogram([[]])).toMatchObject({ low: 0, high: 0, mean: 0 });
  });

  test('the update is |Δw| / |w|, and a relu that is 0 for all rows is dead', () => {
    const nn = network();
    const before = weightsOf(nn);
    const layer = nn.layers[0] as (typeof nn.layers)[0];
    layer.weights = layer.weights.data.map((value) => value * 2);
    layer.bias = [-100, 100, -100, 100];
    const [first, second] = layerFigures(nn, { values: weightsOf(nn), before, probe: samples });
    expect(first?.update).toBeCloseTo(0.5, 6);
    expect(first?.dead).toEqual({ count: 2, units: 4 });
    expect(second?.update).toBe(0);
    expect(second?.dead).toBeUndefined();
  });

  test('the plane grows to the right and upwards', () => {
    const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(1)], seed: 1 });
    const [layer] = nn.layers as [(typeof nn.layers)[0]];
    layer.weights = [1, 10];
    layer.bias = [0];
    const { surface, columns, size } = drawPlane(nn, { names: ['a', 'b'], from: [0, 0], to: [1, 1] });
    if (surface.kind !== 'value') throw new Error('it has one output');
    const map = Buffer.from(surface.map, 'base64');
    expect(map).toHaveLength(size * size);
    expect([map[size - 1], map[size * (size - 1)]]).toEqual([255, 0]); // top right, bottom left
    expect(map[0]).toBeGreaterThan(map[size * size - 1] as number);
    expect(columns.at(-1)?.units[0]?.weights).toEqual([1, 10]);
  });

  test('of classes: the likeliest, and how sure it is', () => {
    const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(2, 'softmax')], classNames: ['left', 'right'], seed: 1 });
    const [layer] = nn.layers as [(typeof nn.layers)[0]];
    layer.weights = [
      [-50, 50],
      [0, 0],
    ];
    layer.bias = [0, 0];
    const { surface, size } = drawPlane(nn, { names: ['a', 'b'], from: [-1, -1], to: [1, 1] });
    if (surface.kind !== 'classes') throw new Error('it has classes');
    const map = Buffer.from(surface.map, 'base64');
    expect([map[0], map[size - 1]]).toEqual([0, 1]);
    expect(Buffer.from(surface.confidence, 'base64')[0]).toBe(255);
  });
});
