import { type CheckpointOptions, type History, NeuralNetwork, type Tensor } from '../index';
import { type MetricName, metricRows } from '../options/metrics';
import { deadlineOf } from './deadline';
import type { Encoder } from './encoder';
import type { CheckedTrain, TabularProgress } from './options';
import type { Part } from './prepare';
import type { Monitor, Plan } from './recipe/recipe';
import { recipes } from './recipe/recipes';
import { type ClassTarget, outputsOf, type Target } from './target';

/** The input of a training. */
export interface TrainingInput {
  encoder: Encoder;
  target: Target;
  train: Part;
  validation: Part | undefined;
  options: CheckedTrain;
  phase: TabularProgress['phase'];
  /** The epochs of the whole schedule, where they are not the recipe's. */
  epochs: number | undefined;
  /** The epoch to stop at; undefined: the last. */
  stopAt?: number;
  maxTime: number | undefined;
  predict: (network: NeuralNetwork) => TabularProgress['predict'];
}

/** A trained network. */
export interface Trained {
  network: NeuralNetwork;
  history: History;
  /** Those of the schedule. */
  epochs: number;
  monitor: Monitor;
}

/** The metric that tells which epoch is the best. Losses are measured anyway. */
export function monitorOf(target: Target, metric: MetricName | undefined): Monitor {
  const byLoss = target.kind === 'regression' ? ['rmse', 'mse', 'r2', undefined] : ['logLoss'];
  if (byLoss.includes(metric)) return { name: 'val_loss', mode: 'min', metrics: [] };
  const name = metric ?? 'accuracy';
  return { name: `val_${name}`, mode: metricRows[name].better, metrics: [name] };
}

/** Rows of the batch that callbacks get. */
const rowsOfBatch = 256;

/** The samples of a part, for the library. */
function samplesOf({ x, y, rows, weights, table }: Part, width: number) {
  return { x: { data: x, shape: [table.rows, width] }, y, rows, ...(weights && { sampleWeight: weights }) };
}

/** Trains a network by the recipe. However it was stopped, the network has the best weights so far. */
export async function trainNetwork(input: TrainingInput): Promise<Trained> {
  const { encoder, train, validation, options, phase, stopAt, maxTime } = input;
  const { plan, monitor } = planOf(input);
  const network = newNetwork(plan, input.target);
  const { epochs, earlyStopping, ...rest } = plan.fit;
  const { signal, onEpoch, checkpoint } = options;
  const batch = batchOf(train, encoder.width);
  const predict = input.predict(network);
  const { width } = encoder;
  const history = await network.fit(samplesOf(train, width), {
    ...rest,
    epochs,
    warnings: false,
    ...(validation && { validation: samplesOf(validation, width) }),
    ...(validation && earlyStopping && { earlyStopping }),
    ...(maxTime !== undefined && { maxTime }),
    ...(checkpoint && { checkpoint: checkpointOf(checkpoint, phase) }),
    onEpoch: async (info) => {
      const metric = { name: monitor.name.slice('val_'.length), value: info[monitor.name] as number };
      const verdict = await onEpoch?.({
        ...{ phase, epoch: info.epoch, epochs: stopAt ?? epochs, rows: train.rows.length, loss: info.loss },
        ...(validation && { validationLoss: info.val_loss as number, metric }),
        ...{ learningRate: info.learningRate, seconds: info.seconds, network, batch, predict },
      });
      return verdict !== false && signal?.aborted !== true && info.epoch !== stopAt;
    },
  });
  averageUnknown(network, encoder);
  return { network, history, epochs, monitor };
}

/** Unknown categories are the mean of the known ones, where training had no missing ones to learn their row of the table from. */
function averageUnknown(network: NeuralNetwork, { features }: Encoder): void {
  const tables = network.inputs.filter(({ type }) => type === 'categorical');
  const embedded = features.filter((feature) => 'form' in feature && feature.form === 'embedding');
  for (const [index, { parameters }] of tables.entries()) {
    const { data, shape } = parameters.embedding as Tensor;
    const [categories, width] = shape as [number, number];
    if (embedded[index]?.missing !== 0) continue;
    const averaged = data.slice();
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (let row = 1; row < categories; row++) sum += data[row * width + column] as number;
      averaged[column] = sum / (categories - 1);
    }
    Object.assign(parameters, { embedding: averaged });
  }
}

/** The network that would be trained. */
export interface PlannedNetwork {
  epochs: number;
  hidden: number[];
  parameters: number;
}

/** The network and the epochs of a training, without training. */
export function plannedNetwork(input: TrainingInput): PlannedNetwork {
  const { plan } = planOf(input);
  const network = newNetwork(plan, input.target);
  const hidden = (plan.network.layers ?? []).flatMap((layer) => (layer.type === 'dense' ? [layer.units] : [])).slice(0, -1);
  const { parameterCount } = network;
  network.close();
  return { epochs: plan.fit.epochs, hidden, parameters: parameterCount };
}

function planOf({ encoder, target, train, validation, options, epochs }: TrainingInput): { plan: Plan; monitor: Monitor } {
  const monitor = monitorOf(target, options.metric);
  const plan = recipes[options.recipe]({
    task: target.kind,
    numbers: encoder.numbers,
    scales: encoder.scales,
    tables: encoder.tables,
    outputs: outputsOf(target),
    rows: train.rows.length,
    seed: options.seed,
    epochs: epochs ?? options.epochs,
    // Only validation data are measured by it.
    monitor: validation === undefined ? { ...monitor, metrics: [] } : monitor,
  });
  return { plan, monitor };
}

/** The most characters of a name that a network takes for a class. */
const longestName = 1024;

/** Whether the network can have the names of the classes, for its other formats. */
const isNameable = (target: Target): target is ClassTarget =>
  target.kind === 'classes' && target.classes.length > 1 && target.classes.every((name) => name !== '' && name.length <= longestName);

const newNetwork = ({ network: options }: Plan, target: Target): NeuralNetwork =>
  new NeuralNetwork(isNameable(target) ? { ...options, classNames: target.classes } : options);

function batchOf({ x, y, rows }: Part, width: number): TabularProgress['batch'] {
  const some = rows.subarray(0, rowsOfBatch);
  const data = new Float32Array(some.length * width);
  for (const [index, row] of some.entries()) data.set(x.subarray(row * width, (row + 1) * width), index * width);
  return { x: { data, shape: [some.length, width] }, y: Array.from(some, (row) => y[row] as number) };
}

/** The training on all rows has a file of its own. */
function checkpointOf(
  { path, every, resume }: NonNullable<CheckedTrain['checkpoint']>,
  phase: TabularProgress['phase'],
): CheckpointOptions {
  return { path: phase === 'train' ? path.absolute : `${path.absolute}.refit`, every, resume };
}

/** Epochs that tell how long one takes, and the share of the time that they may take together. */
const epochsToTell = 6;
const shareToTell = 0.1;

/** The epochs that fit into a number of seconds: measured by a few of a network that is thrown away. The first one takes longer. */
export async function epochsWithin(input: TrainingInput, seconds: number): Promise<number> {
  const { plan } = planOf(input);
  const clock = deadlineOf(seconds);
  const network = newNetwork(plan, input.target);
  const { epochs, earlyStopping: _, ...rest } = plan.fit;
  const { validation, encoder } = input;
  const ends: number[] = [];
  await network.fit(samplesOf(input.train, encoder.width), {
    ...rest,
    epochs: epochsToTell,
    maxTime: seconds,
    warnings: false,
    ...(validation && { validation: samplesOf(validation, encoder.width) }),
    onEpoch: () => {
      ends.push(clock.elapsed);
      return clock.elapsed < shareToTell * seconds;
    },
  });
  const [first = clock.elapsed] = ends;
  const each = ends.length > 1 ? ((ends.at(-1) as number) - first) / (ends.length - 1) : first;
  return Math.max(1, Math.min(epochs, Math.floor(clock.left / each)));
}
