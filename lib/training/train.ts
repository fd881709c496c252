import type { SampleShape } from '../data/samples';
import type { Stream } from '../data/streams';
import { AbortError, DivergenceError, wrongOption } from '../errors';
import type { NativeNetwork, NativeSamples, NativeSnapshot, NativeTrainer } from '../native';
import { wire } from '../native/wire';
import { type CheckedFit, checkNetworkWithLbfgs, checkTrainable, type NetworkSpec, tensorSettings } from '../options';
import { abortable, throwIfAborted } from './abort';
import { adapt } from './adapt';
import { Checkpoints, type Resumed } from './checkpoint';
import { EarlyStopping } from './early-stopping';
import { type Epochs, sampleEpochs, streamEpochs } from './epochs';
import { type History, Recorder } from './history';
import { Records } from './records';
import { fillLearningRates } from './schedule';

/** Samples or a stream, checked. */
export interface TrainingData {
  source: NativeSamples | Stream;
  validation: NativeSamples | undefined;
  shape: SampleShape;
  spec: NetworkSpec;
  /** Whether a layer is to be measured on the source before the first step; samples are in memory of our own then, or in shared memory. */
  unmeasured?: boolean;
}

/** Trains a network. However it ends, the trainer's thread and memory are freed, and the network has the weights of a completed epoch. */
export async function train(network: NativeNetwork, data: TrainingData, options: CheckedFit): Promise<History> {
  const { signal, optimizer, shuffle, dropLast } = options;
  const checkpoints = options.checkpoint && new Checkpoints(options.checkpoint, data, options);
  const samples = 'rows' in data.source ? data.source : undefined;
  const metrics = options.metrics.length > 0;
  const records = new Records(samples === undefined ? 1 : options.epochs, metrics);
  const { lbfgs } = optimizer;
  const batchSize = Math.min(options.batchSize, samples?.rows ?? options.batchSize);
  const { source, shape, spec, validation, unmeasured = false } = data;
  const tensors = tensorSettings(spec, optimizer.decays);
  checkTrainable(tensors);
  if (lbfgs !== undefined) checkNetworkWithLbfgs(spec, tensors);
  const makeTrainer = (): NativeTrainer =>
    network.trainer(
      wire.trainer({ ...nativeStep(options), lbfgs, optimizer: optimizer.settings, tensors, batchSize, shuffle, metrics, dropLast }),
      samples,
    );
  // Before anything is waited for: the trainer copies the samples, which are the user's own memory. It also takes the parameters, so that
  // there is none before they are measured.
  let trainer = unmeasured ? undefined : makeTrainer();
  const abort = (): void => trainer?.abort();
  try {
    const resumed = await checkpoints?.open();
    throwIfAborted(signal);
    if (unmeasured && resumed === undefined) await adapt(network, spec, toMeasure(source), signal);
    trainer ??= makeTrainer();
    throwIfAborted(signal);
    signal?.addEventListener('abort', abort);
    const epochs = 'rows' in source ? sampleEpochs(trainer, records) : streamEpochs(trainer, records, source, { shape, signal });
    if (resumed !== undefined) await trainer.restore(resumed);
    return await runEpochs({ network, trainer, epochs, records, validation, checkpoints, resumed }, options);
  } finally {
    trainer?.close();
    await checkpoints?.settled();
    signal?.removeEventListener('abort', abort);
  }
}

/** An option that is not given crosses as 0. */
function nativeStep({ accumulate = 1, clipNorm = 0, clipValue = 0, ema }: CheckedFit) {
  return { accumulate, clipNorm, clipValue, emaDecay: ema?.decay ?? 0 };
}

/** Samples; a stream is refused. */
function toMeasure(source: TrainingData['source']): NativeSamples {
  if ('rows' in source) return source;
  throw wrongOption(
    'data is a stream, which layers[0] cannot be measured on before the first step: call await nn.adapt(x) with representative rows first',
  );
}

interface Loop {
  network: NativeNetwork;
  trainer: NativeTrainer;
  epochs: Epochs;
  records: Records;
  validation: NativeSamples | undefined;
  checkpoints: Checkpoints | undefined;
  resumed: Resumed | undefined;
}

/** The loop over epochs. Each turn is one native run, which ends where something is to be done here. */
async function runEpochs(
  { network, trainer, epochs: source, records, validation, checkpoints, resumed }: Loop,
  options: CheckedFit,
): Promise<History> {
  const { epochs, metrics, signal, optimizer } = options;
  const started = performance.now() - 1000 * (resumed?.seconds ?? 0);
  const seconds = (): number => (performance.now() - started) / 1000;
  const recorder = new Recorder(metrics, resumed?.history);
  const stopping = options.earlyStopping && new EarlyStopping(options.earlyStopping, resumed?.history);
  let stoppedBy: History['stoppedBy'] = stopping?.verdict ?? 'epochs';
  let best: NativeSnapshot | undefined = resumed?.best && (await network.snapshotOf(resumed.best));

  while (recorder.epochs < epochs && stoppedBy === 'epochs') {
    const before = recorder.epochs;
    const event = epochsUntilEvent(before, validation !== undefined, options);
    const wanted = Math.min(source.atOnce, event, checkpoints?.epochsUntilDue(before) ?? Infinity);
    fillLearningRates(records.learningRate, optimizer.schedule, before, wanted, epochs);
    const result = await source.run(wanted);
    recorder.addRun(result.epochs, records);
    const epoch = recorder.epochs;
    if (result.divergedAtStep >= 0) {
      throw new DivergenceError(result.divergedAtStep + 1, epoch + 1, records.learningRate[result.epochs] as number);
    }
    if (result.aborted) throw new AbortError(signal?.reason);
    throwIfAborted(signal);

    if (validation !== undefined) {
      recorder.addValidation(await abortable(network.evaluate(validation), signal));
    }
    const diverged = recorder.firstNotFinite();
    if (diverged !== undefined) throw new DivergenceError(undefined, diverged.epoch, recorder.last('learningRate'), diverged);
    if (stopping !== undefined && options.earlyStopping !== undefined) {
      const value = recorder.last(options.earlyStopping.monitor);
      if (stopping.isBest(value, epoch) && options.earlyStopping.restoreBest) best = network.snapshot();
      stoppedBy = stopping.verdict;
    }
    if (checkpoints?.isDue(epoch)) await checkpoints.begin(trainer, { seconds: seconds(), history: recorder.columns(), best });
    if (isCallbackDue(epoch, stoppedBy, options)) {
      const verdict = await abortable(options.onEpoch?.(recorder.latest(epochs, seconds())), signal);
      if (verdict === false && stoppedBy === 'epochs' && epoch < epochs) stoppedBy = 'callback';
    }
  }

  await checkpoints?.finish(trainer, { seconds: seconds(), history: recorder.columns(), best });
  if (best !== undefined) network.restore(best);
  return recorder.finish({ seconds: seconds(), stoppedBy, ...(stopping && { bestEpoch: stopping.bestEpoch }) });
}

/** How many epochs can be trained before something has to be done between two of them. */
function epochsUntilEvent(epoch: number, validated: boolean, { epochs, earlyStopping, onEpoch, callbackEvery }: CheckedFit): number {
  if (validated || earlyStopping !== undefined) return 1;
  const untilCallback = onEpoch === undefined ? Infinity : callbackEvery - (epoch % callbackEvery);
  return Math.min(epochs - epoch, untilCallback);
}

function isCallbackDue(epoch: number, stoppedBy: History['stoppedBy'], { epochs, onEpoch, callbackEvery }: CheckedFit): boolean {
  return onEpoch !== undefined && (epoch % callbackEvery === 0 || epoch === epochs || stoppedBy !== 'epochs');
}
