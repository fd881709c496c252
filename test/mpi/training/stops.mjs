// Trainings that one rank stops: all end after the same batch, with the same weights.
import { setTimeout as sleep } from 'node:timers/promises';
import { dense, NeuralNetwork } from 'chainrule';
import { mpi } from 'chainrule/mpi';
import { answer, hashOf, inputs, makeRows, partOf, samples } from './cases.mjs';

const rows = makeRows(200);
const network = { inputSize: inputs, layers: [dense(9, 'tanh'), dense(2)], seed: 4 };
const endless = 1_000_000;

/** Each: the options of a rank, by whether it is the one that stops. */
const stops = {
  'onEpoch is false': (mine) => ({ epochs: 6, onEpoch: ({ epoch }) => !(mine && epoch === 2) }),
  'onEpoch is false now and then': (mine) => ({ epochs: 9, callbackEvery: 3, onEpoch: async ({ epoch }) => !(mine && epoch === 6) }),
  'onBatch is false': (mine) => ({ epochs: 6, onBatch: ({ step }) => !(mine && step === 10) }),
  'the last batch of an epoch': (mine) => ({ epochs: 6, onBatch: ({ step }) => !(mine && step === 8) }),
  'a signal between two epochs': (mine) => {
    const controller = new AbortController();
    return { epochs: 6, ...(mine && { signal: controller.signal }), onEpoch: ({ epoch }) => void (epoch === 3 && controller.abort()) };
  },
  'a signal at any time': (mine) => ({ epochs: endless, ...(mine && { signal: AbortSignal.timeout(300) }) }),
  'a signal, in the time of a callback': (mine) => {
    const controller = new AbortController();
    const onEpoch = async ({ epoch }) => {
      if (epoch !== 2 || !mine) return;
      setTimeout(() => controller.abort(), 50);
      await sleep(600);
    };
    return { epochs: 6, ...(mine && { signal: controller.signal }), onEpoch };
  },
  'the time of all': () => ({ epochs: endless, maxTime: 0.3 }),
  'the time of one': (mine) => ({ epochs: endless, maxTime: mine ? 0.3 : 100 }),
  'the best epoch': (mine) => ({
    epochs: 6,
    validation: samples(rows, { begin: 0, end: 50 }),
    earlyStopping: { patience: 100, restoreBest: true },
    onEpoch: ({ epoch }) => !(mine && epoch === 4),
  }),
};

const streams = {
  'onBatch of a stream is false': (mine) => ({ epochs: 6, onBatch: ({ step }) => !(mine && step === 5) }),
  'a signal of a stream': (mine) => ({ epochs: endless, ...(mine && { signal: AbortSignal.timeout(300) }) }),
  'the time of a stream': (mine) => ({ epochs: endless, maxTime: mine ? 0.3 : 100 }),
};

async function stopped(group, data, options) {
  const nn = new NeuralNetwork(network);
  const epochs = [];
  const { onEpoch } = options;
  const watch = onEpoch && {
    onEpoch: (info) => {
      epochs.push(info.epoch);
      return onEpoch(info);
    },
  };
  const end = await nn.fit(data, { warnings: false, group, ...options, ...watch }).then(
    ({ stoppedBy, loss }) => `${stoppedBy}${options.epochs === endless ? '' : ` after ${loss.length}`}`,
    ({ name, code, message }) => (name === 'AbortError' ? name : `${code}: ${message}`),
  );
  return { end, epochs, bits: hashOf({ nn, history: {} }) };
}

export async function all(which) {
  const group = await mpi({ timeout: 20 });
  const mine = group.rank === Number(which);
  const own = samples(rows, partOf(group, 200));
  const found = {};
  for (const [name, options] of Object.entries(stops)) found[name] = await stopped(group, own, { batchSize: 64, ...options(mine) });
  const part = samples(rows, partOf(group, 64));
  for (const [name, options] of Object.entries(streams)) found[name] = await stopped(group, () => [part, part, part], options(mine));
  found.afterwards = await stopped(group, own, { batchSize: 64, epochs: 2 });
  await answer(group, found);
}
