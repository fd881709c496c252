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
import { checkData, checkFit, checkNetworkWithShards, type FitOptions, type NetworkSpec } from './options';
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
  const { signal } = checked;
  throwIfAborted(signal);
  return givingBack(shape, async (room) => {
    const given =
      checked.validation === undefined ? undefined : openSamples(checked.validation, 'validation', 'validation.', room, 'shared');
    let validation = given?.samples;
    const unmeasured = isUnmeasured(network, spec);
    let source: NativeSamples | Stream;
    let training: OpenSamples | undefined;
    if (stream) {
      source = new Stream(data, checked.epochs, checked.stepsPerEpoch);
    } else {
      training = openSamples(data, 'data', '', room, 'shared');
      source = training.samples;
    }
    for (const open of [given, training]) {
      if (open?.complete !== undefined) await open.complete(() => throwIfAborted(signal));
    }
    throwIfAborted(signal);
    const team =
      checked.group &&
      (await Team.join(checked.group, await description(info().version, network, spec, checked, training?.samples, validation)));
    const unlessAborted = (): void => throwIfAborted(signal);
    if (training !== undefined) {
      const { validationSplit, classWeight } = checked;
      let { samples } = training;
      if (validationSplit !== undefined) {
        const parts = await inSlices(splitting(samples, validationSplit, spec.seed, shape), unlessAborted);
        ({ training: samples, validation } = parts);
      }
      await team?.checkParts(samples);
      checked.allRows = await team?.sumRows(samples.rows, 'data');
      checkRowsOfBatches(checked.allRows ?? samples.rows, checked, shape.rowsNeeded?.());
      source = classWeight === undefined ? samples : await weighClasses(samples, classWeight, room, 'y', unlessAborted);
    }
    // A stream's batches have memory of their own: there is no end to them.
    const outputs = (x: FloatArray, rows: number) => layerOutputs(network, spec, x, rows);
    return trainAndWarn(network, { source, validation, shape, spec, team, unmeasured }, checked, warnings, outputs);
  });
}
