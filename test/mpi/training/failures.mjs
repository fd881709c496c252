// A training that one rank leaves at a planned moment, and that is resumed.
import promises from 'node:fs/promises';
import { dense, dropout, NeuralNetwork } from 'chainrule';
import { mpi } from 'chainrule/mpi';
import { answer, hashOf, inputs, makeRows, partOf, samples, shared } from './cases.mjs';

const network = { inputSize: inputs, layers: [dense(64, 'relu'), dropout(0.2), dense(48, 'tanh'), dense(2)], seed: 9 };
const rows = makeRows(301);

/** Seconds that a rank waits for another. */
const timeout = 5;

const ends = {
  throw: () => {
    throw new Error('planted');
  },
  memory: () => new ArrayBuffer(2 ** 52), // more than there is: a RangeError
  exit: () => process.exit(3),
  kill: () => process.kill(process.pid, 'SIGKILL'),
};

/** Options with which this rank ends by `how` in an epoch: in a callback, at any time of a step, or while its checkpoint is written. */
function planned({ epoch, where, how, delay }) {
  const end = ends[how];
  const at = (wanted) => (info) => void (info.epoch === wanted && end());
  if (where === 'callback') return { onEpoch: at(epoch) };
  if (where === 'batch') return { onBatch: (info) => void (info.epoch === epoch && info.batch === 3 && end()) };
  if (where === 'step') {
    const plan = () => setTimeout(end, delay);
    if (epoch === 1) plan();
    return { onEpoch: (info) => void (info.epoch === epoch - 1 && plan()) };
  }
  const { rename } = promises;
  let written = 0;
  promises.rename = async (...names) => {
    written++;
    if (where === 'before the new file' && written === epoch) end();
    await rename(...names);
    if (where === 'after the new file' && written === epoch) end();
  };
  return {};
}

/** Other ranks have callbacks too, which do nothing. */
const idle = { callback: { onEpoch: () => {} }, batch: { onBatch: () => {} }, step: { onEpoch: () => {} } };

async function train(group, checkpoint, options) {
  const nn = new NeuralNetwork(network);
  const data = samples(rows, partOf(group, 301), { weighted: true });
  const usual = { epochs: 6, batchSize: 64, metrics: ['mae'], ema: { decay: 0.9 }, warnings: false };
  return { nn, history: await nn.fit(data, { ...usual, ...shared(group), ...(checkpoint && { checkpoint }), ...options }) };
}

/** The training that fails. */
export async function fail(path, plan) {
  const group = await mpi({ timeout });
  const schedule = JSON.parse(plan);
  const options = group.rank === schedule.rank ? planned(schedule) : (idle[schedule.where] ?? {});
  await train(group, { path, resume: true }, options);
  throw new Error('it was to end earlier');
}

/** The rest of it, or (without a path) all of it. */
export async function whole(how, path) {
  const group = how === 'alone' ? undefined : await mpi({ timeout });
  await answer(group, hashOf(await train(group, path && { path, resume: true })));
}

/** Rank 1 throws, and lives on: the others hear of it at once, and not after the time-out. */
export async function caught(where) {
  const group = await mpi({ timeout: 20 });
  const options = group.rank === 1 ? planned({ epoch: 2, where, how: 'throw' }) : idle[where];
  await answer(group, await errorOf(train(group, undefined, options)));
}

/** The message of the error that ends a training, and whether it came late. */
async function errorOf(training) {
  const begin = performance.now();
  const message = await training.then(
    () => 'nothing',
    (error) => error.message,
  );
  return { message, late: performance.now() - begin > 5000 };
}

/** Rank 1 throws in the middle of a step, in which the others wait for its sums, and lives on. The group has failed then. */
export async function caughtInStep() {
  const group = await mpi({ timeout: 20 });
  let calls = 0;
  const loss = {
    value: (output, target) => (output[0] - target[0]) ** 2,
    gradient: (output, target, into) => {
      if (group.rank === 1 && ++calls === 100) ends.throw();
      into.fill(0);
      into[0] = 2 * (output[0] - target[0]);
    },
  };
  const nn = new NeuralNetwork({ ...network, loss });
  const data = samples(rows, partOf(group, 301));
  const error = await errorOf(nn.fit(data, { epochs: 6, batchSize: 64, warnings: false, ...shared(group) }));
  const later = await errorOf(group.barrier());
  process.stdout.write(`${JSON.stringify({ rank: group.rank, ...error, later: later.message })}\n`);
}
