import { Stream } from '../data/streams';
import { inSlices } from '../event-loop';
import type { FloatArray, NativeNetwork, NativeSamples } from '../native';
import type { CheckedFit, NetworkSpec } from '../options';
import { settingsOf } from './resumable';
import { type Description, digesting } from './team';

/** The parts of a training that all ranks of a group must have in common. */
export async function description(
  version: string,
  network: NativeNetwork,
  spec: NetworkSpec,
  checked: CheckedFit,
  samples: NativeSamples | undefined,
  validation: NativeSamples | undefined,
): Promise<Description> {
  const { onBatch, onEpoch, callbackEvery, epochs, batchSize, checkpoint } = checked;
  const source = samples ?? new Stream([], 1, undefined);
  const kind = (array: FloatArray | Int32Array): string => (array instanceof Int32Array ? 'class indices' : 'numbers');
  return {
    version,
    network: spec,
    'weights (SHA-256)': await digest([await network.readParametersAsync()]),
    options: {
      ...settingsOf({ spec, source, validation: undefined }, { ...checked, allRows: undefined }),
      ...{ epochs, batchSize, callbackEvery, samples: undefined, checkpoint: checkpoint !== undefined },
      ...{ onBatch: onBatch !== undefined, onEpoch: onEpoch !== undefined },
    },
    data: samples && { y: kind(samples.y), weights: samples.weights !== undefined },
    validation: validation && {
      rows: validation.rows,
      'values (SHA-256)': await digest([validation.x, validation.y, validation.weights]),
    },
  };
}

/** Short enough to be printed in full. */
const digest = async (arrays: Parameters<typeof digesting>[0]): Promise<string> =>
  Buffer.from(await inSlices(digesting(arrays))).toString('hex', 0, 8);
