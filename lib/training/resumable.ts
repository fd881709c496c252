import type { Stream } from '../data/streams';
import { ChainruleError, describe, wrongValue } from '../errors';
import type { Pieces } from '../event-loop';
import type { Training } from '../formats/checkpoint';
import { findingNotFinite } from '../formats/state';
import type { FloatArray, NativeSamples } from '../native';
import { type CheckedFit, type CheckedMetric, isLbfgsState, type NetworkSpec, rangeOf, type StateArray, stateArraysOf } from '../options';
import { withEpochs } from '../options/schedule';
import { findingDifference } from './difference';
import { EarlyStopping } from './early-stopping';
import { measuredColumns } from './measured';
import { lengthOf, Timetables } from './schedule';
import type { Team } from './team';

/*
 * Whether a checkpoint is of the training that is to be resumed, and agrees with itself. A checkpoint may have been made up: its digests prove
 * nothing, and whatever is not checked here must be harmless in native code.
 */

/** A network and its data. */
export interface Subject {
  spec: NetworkSpec;
  source: NativeSamples | Stream;
  validation: NativeSamples | undefined;
  team?: Team | undefined;
}

/** The subject of the checks. */
interface Resumption {
  training: Training;
  subject: Subject;
  fit: CheckedFit;
  settings: Record<string, unknown>;
  completed: number;
}

/** Refuses the rest of a file: the end of a sentence that begins with its name. */
class Refusal extends Error {}

/** Throws unless `training`, of the file called `name`, can be resumed with `fit`. Changes nothing. */
export function* checkingResumable(training: Training, subject: Subject, fit: CheckedFit, name: string): Pieces<void> {
  const settings = settingsOf(subject, fit);
  const difference =
    (yield* findingDifference(training.spec, subject.spec)) ??
    (yield* findingDifference({ ...addedSince, ...training.settings }, settings));
  if (difference !== undefined) {
    const { name: what, values } = difference;
    throw refused(
      name,
      `is the checkpoint of another training: ${what} is ${values[0]} there, but ${values[1]} here. To train on from its weights all the same, load it as a model`,
    );
  }
  const completed = training.history.loss?.length ?? 0;
  if (completed > fit.epochs) throw wrongValue('epochs', `at least ${completed}, which ${name} has already`, fit.epochs);
  const resumption: Resumption = { training, subject, fit, settings, completed };
  try {
    checkColumns(resumption);
    checkCounts(resumption);
    yield* checkingHistory(resumption);
    yield* checkingStateArrays(training.arrays.slice(1), fit);
    yield* checkingBest(resumption);
  } catch (error) {
    throw error instanceof Refusal ? refused(name, `contradicts itself or this training: ${error.message}`) : error;
  }
}

function refused(name: string, problem: string): ChainruleError {
  return new ChainruleError('ERR_CHAINRULE_CHECKPOINT', `${name} ${problem}`);
}

/**
 * The options that may differ when a training is resumed. All others must be the same: an option that is
 * not named here is compared.
 */
const mayDiffer = {
  /** There may be more; the epochs of a schedule that depends on them are compared. */
  epochs: true,
  /** They end a training, or watch it, and change no number. */
  signal: true,
  onEpoch: true,
  onBatch: true,
  callbackEvery: true,
  maxTime: true,
  warnings: true,
  /** The file may be another, and be written more or less often. */
  checkpoint: true,
  /** Any number of ranks gets the same bits. */
  group: true,
  allRows: true,
  /** Data, which are compared by their sizes. */
  validation: true,
  validationSplit: true,
} as const satisfies Partial<Record<keyof CheckedFit, true>>;

/** Settings that files of earlier versions do not have, as they were then. */
const addedSince = { shards: 1 };

/** The settings that must be the same to resume with the same bits, by the names of the options: all of them but `mayDiffer`. */
export function settingsOf({ source, validation }: Subject, fit: CheckedFit): Record<string, unknown> {
  const compared = Object.fromEntries(Object.entries(fit).filter(([name]) => !Object.hasOwn(mayDiffer, name)));
  const { settings, schedule, decaySchedule, ...optimizer } = fit.optimizer;
  const { dropoutSchedule } = fit;
  const rows = 'rows' in source ? (fit.allRows ?? source.rows) : undefined;
  const sized = rows !== undefined && { samples: rows, batchSize: Math.min(fit.batchSize, rows) };
  const all = {
    data: 'rows' in source ? 'samples' : 'stream',
    ...compared,
    ...sized,
    validation: validation && { samples: validation.rows },
    metrics: fit.metrics.map(comparable).sort(byName),
    optimizer: {
      ...{ ...optimizer, ...settings, learningRate: withEpochs(schedule, fit.epochs) },
      ...(decaySchedule && { weightDecay: withEpochs(decaySchedule, fit.epochs) }),
    },
    ...(dropoutSchedule && { dropoutSchedule: withEpochs(dropoutSchedule, fit.epochs) }),
  };
  // As they are after they have been in a file.
  return JSON.parse(JSON.stringify(all)) as Record<string, unknown>;
}

/** A metric as its name alone, where that says it all. Functions of the user's own cannot be compared: their names are. */
function comparable({ name, type, settings }: CheckedMetric): string | object {
  return name === type && Object.keys(settings).length === 0 ? name : { name, type: type ?? 'own', ...settings };
}

const nameOf = (metric: string | object): string => (typeof metric === 'string' ? metric : (metric as { name: string }).name);
const byName = (a: string | object, b: string | object): number => (nameOf(a) < nameOf(b) ? -1 : 1);

/** The history has the columns of this training, each with a value for every completed epoch. */
function checkColumns({ training, subject, fit, completed }: Resumption): void {
  const wanted = ['learningRate', 'loss', ...measuredColumns(fit, subject)];
  if (subject.validation !== undefined) wanted.push('val_loss');
  const missing = wanted.find((column) => !Object.hasOwn(training.history, column));
  if (missing !== undefined) throw new Refusal(`its history has no ${missing}`);
  const extra = Object.keys(training.history).find((column) => !wanted.includes(column));
  if (extra !== undefined) throw new Refusal(`its history has ${describe(extra)}, which is not measured here`);
  const uneven = wanted.find((column) => training.history[column]?.length !== completed);
  if (uneven !== undefined) throw new Refusal(`its history of ${uneven} has not ${completed} epochs, as that of loss`);
  if (completed === 0) throw new Refusal('it has no completed epoch');
}

/** Beyond this, a training that goes on could not count its steps: doubles hold them. */
const mostSteps = 2 ** 52;
const mostSeconds = 1e12;

function checkCounts({ training, subject, fit, completed }: Resumption): void {
  const { firstStep, firstEpoch, steps, epochs, updates, seconds } = training;
  const { source } = subject;
  for (const [name, count] of Object.entries({ firstStep, firstEpoch, steps, epochs, updates })) {
    if (count > mostSteps) throw new Refusal(`its ${name} is ${count}, more than ${mostSteps}`);
  }
  if (!(seconds >= 0 && seconds <= mostSeconds)) throw new Refusal(`it took ${seconds} seconds`);
  // Streams have no epochs of the network's.
  const wantedEpochs = 'rows' in source ? completed : 0;
  if (epochs - firstEpoch !== wantedEpochs) {
    throw new Refusal(`its epochs are those from ${firstEpoch} to ${epochs}, where ${wantedEpochs} are completed`);
  }
  if (firstStep < firstEpoch) throw new Refusal(`it began at step ${firstStep} and epoch ${firstEpoch}, but an epoch has a step at least`);
  const taken = steps - firstStep;
  if ('rows' in source) {
    const wanted = completed * (lengthOf(source, fit).batchesPerEpoch as number);
    if (taken !== wanted) throw new Refusal(`its steps are those from ${firstStep} to ${steps}, where ${completed} epochs have ${wanted}`);
  } else if (taken < completed) {
    throw new Refusal(`its steps are those from ${firstStep} to ${steps}, fewer than its ${completed} epochs`);
  }
  // Each epoch ends with a step of the optimizer; a stream's epochs are of any length.
  const { accumulate = 1 } = fit;
  const most =
    'rows' in source ? completed * Math.ceil(taken / completed / accumulate) : Math.floor((taken - completed) / accumulate) + completed;
  const least = 'rows' in source ? most : Math.max(completed, Math.ceil(taken / accumulate));
  if (updates < least || updates > most) {
    throw new Refusal(`its optimizer took ${updates} steps in ${taken} batches, of which ${accumulate} are a step`);
  }
}

/** Formulas of learning rates are not computed to the same last digit everywhere. */
const rateTolerance = 1e-9;
const epochsAtOnce = 2 ** 10;

function* checkingHistory({ training, subject, fit }: Resumption): Pieces<void> {
  for (const [name, values] of Object.entries(training.history)) {
    const { least, most, nan } = name === 'learningRate' ? { least: 0, most: Infinity, nan: false } : rangeOf(name, fit.metrics);
    for (let epoch = 0; epoch < values.length; epoch++) {
      const value = values[epoch] as number;
      if (!(value >= least && value <= most) && !(nan && Number.isNaN(value)))
        throw new Refusal(`its ${name} of epoch ${epoch + 1} is ${value}`);
      if (epoch % epochsAtOnce === 0) yield;
    }
  }
  const rates = training.history.learningRate as Float64Array;
  const timetables = new Timetables(fit, lengthOf(subject.source, fit));
  for (let epoch = 0; epoch < rates.length; epoch++) {
    const rate = rates[epoch] as number;
    const wanted = timetables.learningRate({ epoch, batch: 0 });
    timetables.add((monitor) => training.history[monitor]?.[epoch] as number);
    if (Math.abs(rate - wanted) > rateTolerance * wanted) {
      throw new Refusal(`its learningRate of epoch ${epoch + 1} is ${rate}, which is ${wanted} by the optimizer's learningRate`);
    }
    if (epoch % epochsAtOnce === 0) yield;
  }
}

/** The arrays of the optimizer, and with an average the latest weights. L-BFGS has more of them as it goes on. */
function wantedArrays(arrays: readonly FloatArray[], { optimizer, ema }: CheckedFit): StateArray[] {
  if (optimizer.lbfgs !== undefined && isLbfgsState(arrays.length, optimizer.lbfgs)) return arrays.map(() => 'any');
  return [...stateArraysOf(optimizer.settings), ...(ema === undefined ? [] : (['any'] as const))];
}

/** Throws a `Refusal` unless the arrays are the state of this optimizer. The writer of checkpoints asks the same. */
function* checkingStateArrays(arrays: readonly FloatArray[], fit: CheckedFit): Pieces<void> {
  const wanted = wantedArrays(arrays, fit);
  if (arrays.length !== wanted.length) {
    const { lbfgs, settings } = fit.optimizer;
    const needed = lbfgs === undefined ? `${settings.type} has ${wanted.length}` : `lbfgs has two, and two for each of its history`;
    throw new Refusal(`it has ${arrays.length} arrays of the optimizer's state, where ${needed}`);
  }
  const problem = (yield* findingBadState(arrays, wanted)) ?? (fit.optimizer.lbfgs && (yield* findingBadCurvature(arrays)));
  if (problem !== undefined) throw new Refusal(problem);
}

/** L-BFGS remembers an iteration only if the gradient grew along its step. */
function* findingBadCurvature(arrays: readonly FloatArray[]): Pieces<string | undefined> {
  for (let first = 2; first < arrays.length; first += 2) {
    const [step, change] = [arrays[first], arrays[first + 1]] as [FloatArray, FloatArray];
    let product = 0;
    for (let i = 0; i < step.length; i++) {
      product += (step[i] as number) * (change[i] as number);
      if (i % valuesAtOnce === 0) yield;
    }
    if (!(product > 0)) return `arrays ${first} and ${first + 1} of the optimizer's state have a curvature of ${product}`;
  }
  return undefined;
}

const valuesAtOnce = 2 ** 16;

function* findingBadState(arrays: readonly FloatArray[], kinds: readonly StateArray[]): Pieces<string | undefined> {
  for (const [index, array] of arrays.entries()) {
    const found = yield* findingNotFinite(array);
    if (found >= 0) return `array ${index} of the optimizer's state has ${array[found]}`;
    const kind = kinds[index] as StateArray;
    for (let begin = 0; kind !== 'any' && begin < array.length; begin += valuesAtOnce) {
      const least = smallest(array, begin, Math.min(begin + valuesAtOnce, array.length));
      if (kind === 'positive' ? least <= 0 : least < 0) {
        return `array ${index} of the optimizer's state has ${least}, but holds ${held[kind]}`;
      }
      yield;
    }
  }
  return undefined;
}

const held = { notNegative: 'mean squares', positive: 'sizes of steps' } as const;

function smallest(array: FloatArray, begin: number, end: number): number {
  let least = Infinity;
  for (let i = begin; i < end; i++) if ((array[i] as number) < least) least = array[i] as number;
  return least;
}

/** Whether an optimizer's state can be resumed from. */
export function* checkingState(arrays: readonly FloatArray[], fit: CheckedFit): Pieces<boolean> {
  return (yield* findingBadState(arrays, wantedArrays(arrays, fit))) === undefined;
}

/** The best parameters are there where they are to be restored, and where the last epoch was the best, they are that epoch's. */
function* checkingBest({ training, fit, completed }: Resumption): Pieces<void> {
  const { earlyStopping } = fit;
  const values = earlyStopping && training.history[earlyStopping.monitor];
  let bestEpoch = 0;
  if (earlyStopping !== undefined && values !== undefined) {
    const stopping = new EarlyStopping(earlyStopping);
    for (let epoch = 1; epoch <= completed; epoch++) {
      if (stopping.verdict !== 'epochs') throw new Refusal(`it was over after ${epoch - 1} epochs by earlyStopping, but has ${completed}`);
      stopping.isBest(values[epoch - 1] as number, epoch);
      if (epoch % epochsAtOnce === 0) yield;
    }
    bestEpoch = stopping.bestEpoch;
  }
  const wanted = earlyStopping?.restoreBest === true && bestEpoch > 0;
  if (wanted !== (training.best !== undefined)) {
    throw new Refusal(wanted ? 'it has not the parameters of its best epoch' : 'it has parameters of a best epoch, but there is none');
  }
  if (wanted && bestEpoch === completed && !(yield* areEqual(training.best as FloatArray, training.arrays[0] as FloatArray))) {
    throw new Refusal(`its last epoch is the best, but the best parameters are others`);
  }
}

function* areEqual(a: FloatArray, b: FloatArray): Pieces<boolean> {
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
    if (i % valuesAtOnce === 0) yield;
  }
  return true;
}
