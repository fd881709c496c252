import { checkRowsOfBatches } from './data/batch-rows';
import { givingBack } from './data/intake';
import { type OpenSamples, openSamples, type SampleShape, type Samples } from './data/samples';
import { isStream, type SampleStream, Stream } from './data/streams';
import { weighClasses } from './data/weights';
import { ChainruleError } from './errors';
import { inSlices } from './event-loop';
import { layerOutputs } from './inside';
import { checkMeasurable } from './metrics/measure';
import { type FloatArray, type NativeNetwork, type NativeSamples, native } from './native';
import { type CheckedFit, checkData, checkFit, checkNetworkWithShards, type FitOptions, type NetworkSpec } from './options';
import { splitting } from './splits/validation';
import { info } from './threads';
import { throwIfAborted } from './training/abort';
import { isUnmeasured } from './training/adapt';
import { trainAndWarn } from './training/advice';
import { description } from './training/description';
import type { History } from './training/history';
import { Team } from './training/team';
import type { Warnings } from './warnings';

/**
 * Checks data and options, and trains. Typed arrays are copied before this returns, and shared memory never is. Large arrays of numbers are
 * converted in slices, between which the event loop turns.
 */
export async function startFit(
  network: NativeNetwork,
  shape: SampleShape,
  spec: NetworkSpec,
  warnings: Warnings,
  data: Samples | SampleStream,
  options: FitOptions<Samples>,
): Promise<History> {
  checkData(data, options, 'fit(X, y)');
  const stream = isStream(data);
  const checked = checkFit(options, stream);
  checkNetworkWithShards(spec, checked.shards);
  if (checked.group !== undefined && native.thread === undefined) {
    throw new ChainruleError('ERR_CHAINRULE_UNSUPPORTED', 'WebAssembly does not train in a group: fit({ group }) needs the addon');
  }
  checkMeasurable(checked.metrics, spec, 'the history has one number for each epoch');
  const unlessAborted = (): void => throwIfAborted(checked.signal);
  const team = checked.group && new Team(checked.group);
  /** Does what other ranks are told of if it fails. */
  const alone = <Result>(work: () => Promise<Result>): Promise<Result> => (team === undefined ? work() : team.alone(work));
  return givingBack(shape, async (room) => {
    const unmeasured = isUnmeasured(network, spec);
    const { stream, training, ...open } = await alone(() => openAll(data, checked, room));
    let { validation } = open;
    await team?.join(await description(info().version, network, spec, checked, training, validation));
    let source: NativeSamples | Stream;
    if (training === undefined) {
      source = stream;
    } else {
      const { validationSplit, classWeight } = checked;
      let samples = training;
      if (validationSplit !== undefined) {
        const parts = await inSlices(splitting(samples, validationSplit, spec.seed, shape), unlessAborted);
        ({ training: samples, validation } = parts);
      }
      await team?.checkParts(samples);
      checked.allRows = await team?.sumRows(samples.rows, 'data');
      checkRowsOfBatches(checked.allRows ?? samples.rows, checked, shape.rowsNeeded?.());
      source = classWeight === undefined ? samples : await alone(() => weighClasses(samples, classWeight, room, 'y', unlessAborted));
    }
    // A stream's batches have memory of their own: there is no end to them.
    const outputs = (x: FloatArray, rows: number) => layerOutputs(network, spec, x, rows);
    return trainAndWarn(network, { source, validation, shape, spec, team, unmeasured }, checked, warnings, outputs);
  });
}

type OpenData = { validation: NativeSamples | undefined } & (
  | { stream: Stream; training: undefined }
  | { stream: undefined; training: NativeSamples }
);

/** Data and validation data, checked, in memory that does not change. Typed arrays are copied before this returns. */
async function openAll(data: Samples | SampleStream, checked: CheckedFit, room: SampleShape): Promise<OpenData> {
  throwIfAborted(checked.signal);
  const given = checked.validation === undefined ? undefined : openSamples(checked.validation, 'validation', 'validation.', room, 'shared');
  const stream = isStream(data) ? new Stream(data, checked.epochs, checked.stepsPerEpoch) : undefined;
  const own = stream === undefined ? openSamples(data, 'data', '', room, 'shared') : undefined;
  for (const open of [given, own]) {
    if (open?.complete !== undefined) await open.complete(() => throwIfAborted(checked.signal));
  }
  throwIfAborted(checked.signal);
  const validation = given?.samples;
  return stream === undefined
    ? { stream, training: (own as OpenSamples).samples, validation }
    : { stream, training: undefined, validation };
}
