import type { SampleShape } from '../data/samples';
import type { Stream } from '../data/streams';
import { AbortError, DivergenceError } from '../errors';
import type { NativeNetwork, NativeSamples, NativeSnapshot } from '../native';
import type { CheckedFit } from '../options';
import { abortable, throwIfAborted } from './abort';
import { EarlyStopping } from './early-stopping';
import { type Epochs, sampleEpochs, streamEpochs } from './epochs';
import { type History, Recorder } from './history';
import { Records } from './records';
import { fillLearningRates } from './schedule';

/** What to train on: samples or a stream, checked. */
export interface TrainingData {
  source: NativeSamples | Stream;
  validation: NativeSamples | undefined;
  shape: SampleShape;
}

/** Trains a network. However it ends, the trainer's thread and memory are freed, and the network has the weights of a completed epoch. */
export async function train(network: NativeNetwork, data: TrainingData, options: CheckedFit): Promise<History> {
  const { signal, optimizer, shuffle } = options;
  throwIfAborted(signal);
  const samples = 'rows' in data.source ? data.source : undefined;
  const metrics = options.metrics.length > 0;
  const records = new Records(samples === undefined ? 1 : options.epochs, metrics);
  const trainer = network.trainer({
    optimizer: optimizer.settings,
    batchSize: Math.min(options.batchSize, samples?.rows ?? options.batchSize),
    shuffle,
    metrics,
    ...(samples && { samples }),
  });
  const cancel = (): void => trainer.cancel();
  try {
    signal?.addEventListener('abort', cancel);
    const { source, shape, validation } = data;
    const epochs = 'rows' in source ? sampleEpochs(trainer, records) : streamEpochs(trainer, records, source, { shape, signal });
    return await runEpochs(network, { epochs, records, validation }, options);
  } finally {
    signal?.removeEventListener('abort', cancel);
    trainer.close();
  }
}

interface TrainingLoop {
  epochs: Epochs;
  records: Records;
  validation: NativeSamples | undefined;
}

/** The loop over epochs. Each turn is one native run, which ends where something is to be done here. */
async function runEpochs(
  network: NativeNetwork,
  { epochs: source, records, validation }: TrainingLoop,
  options: CheckedFit,
): Promise<History> {
  const { epochs, metrics, signal, optimizer } = options;
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const recorder = new Recorder(metrics);
  const stopping = options.earlyStopping && new EarlyStopping(options.earlyStopping);
  let stoppedBy: History['stoppedBy'] = 'epochs';
  let best: NativeSnapshot | undefined;

  while (recorder.epochs < epochs && stoppedBy === 'epochs') {
    const before = recorder.epochs;
    const wanted = Math.min(source.atOnce, epochsUntilEvent(before, validation !== undefined, options));
    fillLearningRates(records.learningRate, optimizer.schedule, before, wanted, epochs);
    const result = await source.run(wanted);
    recorder.addRun(result.epochs, records);
    const epoch = recorder.epochs;
    if (result.divergedAtStep >= 0) {
      throw new DivergenceError(result.divergedAtStep + 1, epoch + 1, records.learningRate[result.epochs] as number);
    }
    if (result.cancelled) throw new AbortError(signal?.reason);
    throwIfAborted(signal);

    if (validation !== undefined) {
      recorder.addValidation(await abortable(network.evaluate(validation), signal));
    }
    if (stopping !== undefined && options.earlyStopping !== undefined) {
      const value = recorder.last(options.earlyStopping.monitor);
      if (stopping.isBest(value, epoch) && options.earlyStopping.restoreBest) best = network.snapshot();
      if (stopping.exhausted) stoppedBy = 'earlyStopping';
    }
    if (isCallbackDue(epoch, stoppedBy, options)) {
      const verdict = await abortable(options.onEpoch?.(recorder.latest(epochs, seconds())), signal);
      if (verdict === false && stoppedBy === 'epochs' && epoch < epochs) stoppedBy = 'callback';
    }
  }

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
