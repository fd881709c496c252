import { AbortError } from '../errors';
import { inSlices } from '../event-loop';
import { info, type NeuralNetwork } from '../index';
import type { Table } from '../table/table';
import { assess, assessConstant, errorOf, figuresOf, judge, judgeOutputs, takeInput, thinned } from './assess';
import { fitLinear } from './baselines';
import { deadlineOf } from './deadline';
import { weightsDigest } from './digest';
import type { DroppedColumn, Encoder } from './encoder';
import { finding } from './finding';
import { measureImportance, rowsForImportance } from './importance';
import { type CheckedTrain, checkTable, checkTrain } from './options';
import type { TrainingPlan } from './plan';
import { describePlan, describeSplit } from './planning';
import { predictingWith } from './predicting';
import { type Assigned, assigning, encodingPart, fitting, type Part, type Prepared, preparing } from './prepare';
import type { TabularReport } from './report';
import type { Target } from './target';
import { epochsWithin, plannedNetwork, type Trained, type TrainingInput, trainNetwork } from './training';

/** All that a model consists of. */
export interface ModelParts {
  network: NeuralNetwork;
  encoder: Encoder;
  target: Target;
  dropped: readonly DroppedColumn[];
  report: TabularReport;
}

/** The share of the time limit that the first training may take, where a second one follows that takes longer. */
const shareOfFirst = { refit: 0.4, alone: 0.85 };

/** Trains a model of a table: figures first, then the model itself. */
export async function train(given: Table, value: unknown): Promise<ModelParts> {
  const table = checkTable(given, 'table');
  const options = checkTrain(value);
  const { signal, timeLimit = Infinity, onPhase, onPlan } = options;
  const clock = deadlineOf(timeLimit);
  const unlessAborted = (): void => {
    if (signal?.aborted) throw new AbortError(signal.reason);
  };
  unlessAborted();
  onPhase?.('preparing the data');
  const assigned = await inSlices(assigning(table, options), unlessAborted);
  const prepared = await inSlices(preparing(assigned, options), unlessAborted);
  const warnings = await inSlices(finding(assigned, prepared), unlessAborted);

  const share = options.refit ? shareOfFirst.refit : shareOfFirst.alone;
  const input = inputOf(prepared, options, timeLimit === Infinity ? undefined : share * timeLimit);
  if (input.maxTime !== undefined) input.epochs = await epochsWithin(input, input.maxTime);
  onPlan?.(describePlan(assigned, prepared, options, plannedNetwork(input), warnings));
  onPhase?.('training');
  const first = await trainNetwork(input);
  if (first.history.epoch.length === 0) unlessAborted();
  const epochsTrained = first.history.epoch.length;
  const bestEpoch = first.history.bestEpoch || epochsTrained;

  const isEnded = (): boolean => signal?.aborted === true;
  onPhase?.('measuring');
  const measured = await measure(first, prepared, options, isEnded);
  const stoppedBy = isEnded() ? 'signal' : (first.history.stoppedBy as TabularReport['stoppedBy']);
  let model: Pick<ModelParts, 'network' | 'encoder' | 'target' | 'dropped'> = { ...prepared, network: first.network };
  let refit: TabularReport['refit'] = null;
  if (options.refit && stoppedBy !== 'signal' && stoppedBy !== 'callback') {
    onPhase?.('training again on all rows');
    const again = await trainOnAll(assigned, options, first, bestEpoch, clock.left);
    if (again !== undefined) {
      model = again;
      refit = { rows: again.rows, epochs: bestEpoch };
    }
  }
  const report: TabularReport = {
    ...describeData(assigned, prepared, options),
    seconds: clock.elapsed,
    epochs: first.epochs,
    bestEpoch,
    stoppedBy,
    refit,
    monitor: first.monitor.name.slice('val_'.length),
    history: historyOf(first),
    ...measured,
    dropped: [...model.dropped],
    warnings,
    hash: await weightsDigest(model.network),
  };
  const { network, encoder, target, dropped } = model;
  return { network, encoder, target, dropped, report };
}

/** The plan of a training, without training. */
export async function planOf(given: Table, value: unknown): Promise<TrainingPlan> {
  const table = checkTable(given, 'table');
  const options = checkTrain(value);
  const assigned = await inSlices(assigning(table, options));
  const prepared = await inSlices(preparing(assigned, options));
  const warnings = await inSlices(finding(assigned, prepared));
  return describePlan(assigned, prepared, options, plannedNetwork(inputOf(prepared, options, undefined)), warnings);
}

function inputOf(prepared: Prepared, options: CheckedTrain, maxTime: number | undefined): TrainingInput {
  const { encoder, target, train, validation } = prepared;
  const predict = predictingWith(encoder, target, prepared.dropped);
  return { encoder, target, train, validation, options, phase: 'train', epochs: undefined, maxTime, predict };
}

/** Trains on all rows of the table for as many epochs as were best; undefined where it was ended before that. */
async function trainOnAll(assigned: Assigned, options: CheckedTrain, first: Trained, stopAt: number, seconds: number) {
  const { table } = assigned;
  const { rows } = assigned;
  const fitted = await inSlices(fitting(assigned, options, rows));
  const { encoder, target, dropped } = fitted;
  const part = await inSlices(encodingPart(table, rows, encoder, target, options.weights, false));
  const { network, history } = await trainNetwork({
    ...{ encoder, target, train: part, validation: undefined, options, phase: 'refit', epochs: first.epochs, stopAt },
    maxTime: seconds === Infinity ? undefined : Math.max(seconds, 0.001),
    predict: predictingWith(encoder, target, dropped),
  });
  return history.epoch.length < stopAt ? undefined : { network, encoder, target, dropped, rows: rows.length };
}

type Measured = Pick<TabularReport, 'metrics' | 'baselines' | 'rowsOfMetrics' | 'confusion' | 'predictions' | 'worst' | 'importance'>;

/** All figures, on the rows to test with. */
async function measure({ network }: Trained, prepared: Prepared, options: CheckedTrain, isEnded: () => boolean): Promise<Measured> {
  const { target, test } = prepared;
  const { metric, seed } = options;
  if (test === undefined) return { metrics: {}, baselines: {}, rowsOfMetrics: 0, worst: [], importance: [] };
  const { rows, ...assessed } = await assess(network, target, test, metric, seed);
  const baselines = await measureBaselines(prepared, test, options, isEnded);
  const importance = options.importance && !isEnded() ? await importanceOf(network, prepared, test, seed, isEnded) : [];
  return { ...assessed, rowsOfMetrics: rows, baselines, importance };
}

async function measureBaselines(prepared: Prepared, test: Part, { metric, seed }: CheckedTrain, isEnded: () => boolean) {
  const { target, encoder, train, parts } = prepared;
  const baselines = await assessConstant(target, test, metric, seed);
  if (isEnded()) return baselines;
  const rows = withoutTest(parts);
  const linear = await fitLinear({ encoder, target, x: train.x, y: train.y, rows, seed, isAborted: isEnded });
  baselines.linear = await figuresOf(await judge(linear, target, test), target, metric, seed);
  return baselines;
}

/** All rows of the table that are not tested with. */
function withoutTest({ train, validation }: Prepared['parts']): Uint32Array {
  const rows = new Uint32Array(train.length + validation.length);
  rows.set(train);
  rows.set(validation, train.length);
  return rows;
}

async function importanceOf(network: NeuralNetwork, { encoder, target }: Prepared, test: Part, seed: number, isEnded: () => boolean) {
  const { length } = encoder.features;
  const most = length === 0 ? 0 : rowsForImportance(test.rows.length, length);
  if (most === 0) return [];
  const part = thinned(test, most);
  const loss = async (x: Float32Array): Promise<number> => {
    const { data } = await network.predictAsync({ data: x, shape: [part.rows.length, encoder.width] });
    return errorOf(await judgeOutputs(data, target, part), target);
  };
  return measureImportance(encoder, takeInput(part), loss, seed, isEnded);
}

function describeData(assigned: Assigned, prepared: Prepared, options: CheckedTrain) {
  const { table, kind, rows } = assigned;
  const { recipe, seed, target } = options;
  const { format, path } = table.source;
  const { version, threads } = info();
  return {
    version,
    data: {
      rows: table.rows,
      columns: table.columns.length,
      rowsWithoutTarget: table.rows - rows.length,
      source: { format, ...(path !== undefined && { path }) },
    },
    task: kind.task,
    taskWhy: kind.why,
    target,
    split: describeSplit(assigned, prepared, options),
    recipe,
    seed,
    threads,
  };
}

function historyOf({ history, monitor }: Trained): TabularReport['history'] {
  const column = (name: string): number[] => (Array.isArray(history[name]) ? [...(history[name] as number[])] : []);
  return { loss: column('loss'), validationLoss: column('val_loss'), metric: column(monitor.name), learningRate: column('learningRate') };
}
