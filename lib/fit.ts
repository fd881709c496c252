import { checkRowsOfBatches } from './data/batch-rows';
import { type SampleShape, type Samples, splitSamples, toSamples } from './data/samples';
import { isStream, type SampleStream, Stream } from './data/streams';
import type { NativeNetwork, NativeSamples } from './native';
import { checkData, checkFit, type FitOptions, type NetworkSpec } from './options';
import { throwIfAborted } from './training/abort';
import { trainAndWarn } from './training/advice';
import type { History } from './training/history';
import type { Warnings } from './warnings';

/** Checks data and options, and trains. All of the data are copied or converted before this returns, but for shared memory. */
export function startFit(
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
  throwIfAborted(checked.signal); // a getter: from the samples' check until the trainer has them, no code of the user's runs
  let validation: NativeSamples | undefined;
  if (checked.validation !== undefined) validation = toSamples(checked.validation, 'validation', 'validation.', shape, 'shared');
  let source: NativeSamples | Stream;
  if (stream) {
    source = new Stream(data, checked.epochs);
  } else if (checked.validationSplit !== undefined) {
    const samples = toSamples(data, 'data', '', shape, 'shared');
    ({ training: source, validation } = splitSamples(samples, checked.validationSplit));
  } else {
    source = toSamples(data, 'data', '', shape);
  }
  if ('rows' in source) checkRowsOfBatches(source.rows, checked, shape.rowsNeeded);
  return trainAndWarn(network, { source, validation, shape, spec }, checked, warnings);
}
