import { batchesOf } from '../data/batches';
import type { SampleShape } from '../data/samples';
import type { Stream } from '../data/streams';
import { DivergenceError, wrongOption } from '../errors';
import { inSlices } from '../event-loop';
import type { NativeNetwork, NativeSamples, NativeSnapshot, NativeTrainer } from '../native';
import { wire } from '../native/wire';
import { type CheckedFit, checkNetworkWithLbfgs, checkTrainable, isNative, type NetworkSpec, tensorSettings } from '../options';
import { abortable, throwIfAborted } from './abort';
import { adapt } from './adapt';
import { Checkpoints, type Resumed } from './checkpoint';
import { type CustomLossCalls, customLoss, evaluateSamples } from './custom-loss';
import { divergence } from './divergence';
import { EarlyStopping } from './early-stopping';
import { BatchWatch, type Epochs, type EpochsResult, sampleEpochs } from './epochs';
import { type History, Recorder } from './history';
import { measurer } from './measured';
import { Records } from './records';
import { lengthOf, Timetables } from './schedule';
import { streamEpochs } from './stream-epochs';
import { digesting, type Team } from './team';
import { TimeLimit } from './time-limit';

/** Samples or a stream, checked. */
export interface TrainingData {
  source: NativeSamples | Stream;
  validation: NativeSamples | undefined;
  shape: SampleShape;
  spec: NetworkSpec;
  /** The ranks that train with this one; samples are its part then. */
  team?: Team | undefined;
  /** Whether a layer is to be measured on the source before the first step; samples are in memory of our own then, or in shared memory. */
  unmeasured?: boolean;
  /** Called after the first epoch of a training. */
  afterFirstEpoch?: () => Promise<void>;
}

/** Trains a network. However it ends, the trainer's thread and memory are freed, and the network has the weights of a completed epoch. */
export async function train(network: NativeNetwork, data: TrainingData, options: CheckedFit): Promise<History> {
  const { signal, optimizer, shuffle, dropLast, shards } = options;
  const { team } = data;
  const checkpoints = options.checkpoint && new Checkpoints(options.checkpoint, data, options);
  const samples = 'rows' in data.source ? data.source : undefined;
  const metrics = options.metrics.some(isNative);
  const records = new Records(samples === undefined ? 1 : options.epochs, metrics);
  const { lbfgs } = optimizer;
  const batchSize = samples === undefined ? options.batchSize : batchesOf(options.allRows ?? samples.rows, options).size;
  const { source, spec, unmeasured = false } = data;
  const loss = customLoss(spec, data.shape);
  const tensors = tensorSettings(spec, optimizer.decays);
  checkTrainable(tensors);
  if (lbfgs !== undefined) checkNetworkWithLbfgs(spec, tensors);
  const makeTrainer = (): NativeTrainer =>
    network.trainer(
      wire.trainer({
        ...nativeStep(options),
        lbfgs,
        optimizer: optimizer.settings,
        tensors,
        batchSize,
        shuffle,
        metrics,
        dropLast,
        shards,
      }),
      samples,
      loss,
      team?.table,
      options.allRows,
    );
  let trainer: NativeTrainer | undefined;
  const abort = (): void => trainer?.abort();
  const prepare = async (): Promise<Resumed | undefined> => {
    // Before anything is waited for: the trainer copies the samples, which are the user's own memory. It also takes the parameters, so that
    // there is none before they are measured.
    if (!unmeasured) trainer = makeTrainer();
    const resumed = await checkpoints?.open();
    throwIfAborted(signal);
    return resumed;
  };
  let epochs: Epochs | undefined;
  let limit: TimeLimit | undefined;
  try {
    const resumed = await (team === undefined ? prepare() : prepareTogether(prepare, team));
    if (unmeasured && resumed === undefined) await adapt(network, spec, toMeasure(data), signal);
    trainer ??= makeTrainer();
    if (team === undefined) throwIfAborted(signal);
    else if (signal?.aborted) abort(); // the ranks stop together, after the first batch
    signal?.addEventListener('abort', abort);
    const timetables = new Timetables(options, lengthOf(source, options));
    epochs = epochsOf(trainer, records, data, options, timetables, resumed);
    if (resumed !== undefined) await trainer.restore(resumed);
    limit = new TimeLimit(options.maxTime, resumed?.seconds ?? 0, abort);
    const measure = measurer({ network, spec, source, validation: data.validation, team }, options);
    return await runEpochs({ network, trainer, epochs, records, data, loss, measure, timetables, checkpoints, resumed, limit }, options);
  } catch (error) {
    throw loss === undefined ? error : loss.errorOf(error);
  } finally {
    limit?.close();
    epochs?.close();
    trainer?.close();
    await checkpoints?.settled();
    signal?.removeEventListener('abort', abort);
  }
}

/** An option that is not given crosses as 0. */
function nativeStep({ accumulate = 1, clipNorm = 0, clipValue = 0, ema }: CheckedFit) {
  return { accumulate, clipNorm, clipValue, emaDecay: ema?.decay ?? 0 };
}

/** Where the epochs come from. */
function epochsOf(
  trainer: NativeTrainer,
  records: Records,
  { source, shape, team }: TrainingData,
  options: CheckedFit,
  timetables: Timetables,
  resumed: Resumed | undefined,
): Epochs {
  const { signal, classWeight, shards } = options;
  const watch = new BatchWatch(options.onBatch, timetables, signal, team);
  const steps = resumed === undefined ? 0 : resumed.steps - resumed.firstStep;
  if (!('rows' in source))
    return streamEpochs(trainer, records, source, { shape, signal, classWeight, timetables, watch, steps, team, shards });
  const batchesPerEpoch = lengthOf(source, options).batchesPerEpoch as number;
  return sampleEpochs(trainer, records, { batchesPerEpoch, steps }, timetables, watch);
}

/** Samples; a stream is refused, and a part. */
function toMeasure({ source, team }: TrainingData): NativeSamples {
  if ('rows' in source && team === undefined) return source;
  const what = team === undefined ? 'a stream' : "a part of a group's";
  throw wrongOption(
    `data is ${what}, which layers[0] cannot be measured on before the first step: call await nn.adapt(x) with representative rows first`,
  );
}

/** The training to resume, if there is one: the same for all ranks. */
async function prepareTogether(prepare: () => Promise<Resumed | undefined>, team: Team): Promise<Resumed | undefined> {
  const resumed = await team.alone(prepare);
  await team.checkCheckpoint(resumed && { epochs: resumed.epochs, values: await inSlices(digesting(resumed.arrays)) });
  return resumed;
}

interface Loop {
  network: NativeNetwork;
  trainer: NativeTrainer;
  epochs: Epochs;
  records: Records;
  data: TrainingData;
  loss: CustomLossCalls | undefined;
  measure: ReturnType<typeof measurer>;
  timetables: Timetables;
  checkpoints: Checkpoints | undefined;
  resumed: Resumed | undefined;
  limit: TimeLimit;
}

/** The loop over epochs. Each turn is one native run, which ends where something is to be done here. */
async function runEpochs(
  { network, trainer, epochs: source, records, data, loss, measure, timetables, checkpoints, resumed, limit }: Loop,
  options: CheckedFit,
): Promise<History> {
  const { epochs, metrics, signal } = options;
  const { validation, team } = data;
  /** Checkpoints are written by one rank. */
  const writes = team === undefined || team.writes ? checkpoints : undefined;
  const recorder = new Recorder(metrics, resumed?.history);
  const stopping = options.earlyStopping && new EarlyStopping(options.earlyStopping, resumed?.history);
  let stoppedBy: History['stoppedBy'] = stopping?.verdict ?? 'epochs';
  let best: NativeSnapshot | undefined = resumed?.best && (await network.snapshotOf(resumed.best));
  let steps = resumed === undefined ? 0 : resumed.steps - resumed.firstStep;
  for (let epoch = 0; epoch < recorder.epochs; epoch++) timetables.add((monitor) => resumed?.history[monitor]?.[epoch] as number);
  /** Whether the latest run ended in the middle of an epoch, which the trainer cannot be resumed from. */
  let isCut = false;

  /** Whether all ranks save a checkpoint after an epoch, at the end of the run too. */
  const savesTogether = (epoch: number): boolean =>
    team !== undefined && options.checkpoint !== undefined && epoch % options.checkpoint.every === 0;

  /** The work of this process between two runs. Returns whether a callback asks for the end. */
  const afterRun = async (result: EpochsResult, looks: boolean): Promise<boolean> => {
    const epoch = recorder.epochs;
    if (result.divergedAtStep >= 0) {
      throw divergence(trainer, data.spec, timetables, result.divergedAtStep, epoch);
    }
    throwIfAborted(signal);
    if (result.aborted) stoppedBy = 'time';
    if (result.stopped) stoppedBy = 'callback';
    isCut = result.aborted || result.epochs === 0;
    if (result.epochs === 0) return false;

    if (validation !== undefined) {
      recorder.addValidation(await abortable(evaluateSamples(network, validation, loss), signal));
    }
    if (measure !== undefined) recorder.addValues(await measure());
    const diverged = recorder.firstNotFinite();
    if (diverged !== undefined) throw new DivergenceError(undefined, diverged.epoch, recorder.last('learningRate'), diverged);
    if (looks) await data.afterFirstEpoch?.();
    timetables.add((monitor) => recorder.last(monitor)); // where a schedule needs it, each run is one epoch
    if (stopping !== undefined && options.earlyStopping !== undefined) {
      const value = recorder.last(options.earlyStopping.monitor);
      if (stopping.isBest(value, epoch) && options.earlyStopping.restoreBest) best = network.snapshot();
      if (stoppedBy === 'epochs') stoppedBy = stopping.verdict;
    }
    if (writes !== undefined && !isCut) {
      if (savesTogether(epoch)) await writes.settled(); // none is left out
      if (writes.isDue(epoch)) await writes.begin(trainer, { seconds: limit.seconds, history: recorder.columns(), best });
    }
    if (!isCallbackDue(epoch, stoppedBy, options)) return false;
    const isLast = epoch === epochs || stoppedBy !== 'epochs';
    const info = recorder.latest({ epochs, steps, seconds: limit.seconds, isLast });
    return (await abortable(options.onEpoch?.(info), signal)) === false;
  };

  while (recorder.epochs < epochs && stoppedBy === 'epochs') {
    if (limit.isOver && team === undefined) {
      stoppedBy = 'time';
      break;
    }
    const before = recorder.epochs;
    const looks = data.afterFirstEpoch !== undefined && before === 0;
    // Ranks meet after each epoch.
    const meets = looks || validation !== undefined || measure !== undefined || team !== undefined;
    const event = epochsUntilEvent(before, meets, options);
    const wanted = Math.min(source.atOnce, event, timetables.epochsAtOnce, writes?.epochsUntilDue(before) ?? Infinity);
    timetables.fillLearningRates(records.learningRate, before, wanted);
    const result = await source.run(wanted, before);
    recorder.addRun(result.epochs, records);
    steps += result.batches;
    if (result.epochs > 0 && savesTogether(recorder.epochs)) await trainer.gather?.();
    const work = (): Promise<boolean> => afterRun(result, looks);
    const stops = team === undefined ? await work() : await team.meet(work);
    if (stops && stoppedBy === 'epochs' && recorder.epochs < epochs) stoppedBy = 'callback';
    if (result.epochs === 0) break;
  }

  if (team !== undefined && checkpoints !== undefined && !isCut) await trainer.gather?.();
  const state = { seconds: limit.seconds, history: recorder.columns(), best };
  const finish = async (): Promise<void> => writes?.finish(isCut ? undefined : trainer, state);
  await (team === undefined ? finish() : team.together(finish));
  if (best !== undefined) network.restore(best);
  return recorder.finish({ seconds: limit.seconds, stoppedBy, ...(stopping && { bestEpoch: stopping.bestEpoch }) });
}

/** How many epochs can be trained before something has to be done between two of them. */
function epochsUntilEvent(epoch: number, looks: boolean, { epochs, earlyStopping, onEpoch, callbackEvery }: CheckedFit): number {
  if (looks || earlyStopping !== undefined) return 1;
  const untilCallback = onEpoch === undefined ? Infinity : callbackEvery - (epoch % callbackEvery);
  return Math.min(epochs - epoch, untilCallback);
}

function isCallbackDue(epoch: number, stoppedBy: History['stoppedBy'], { epochs, onEpoch, callbackEvery }: CheckedFit): boolean {
  return onEpoch !== undefined && (epoch % callbackEvery === 0 || epoch === epochs || stoppedBy !== 'epochs');
}
