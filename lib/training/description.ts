import { Stream } from '../data/streams';
import type { FloatArray, NativeNetwork, NativeSamples } from '../native';
import type { CheckedFit, NetworkSpec } from '../options';
import { info } from '../threads';
import { settingsOf } from './resumable';
import { type Description, digest } from './team';

/** The values that must be the same on all ranks of a group. */
export async function description(
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
    version: info().version,
    network: spec,
    'weights (SHA-256)': hex(digest(await network.readParametersAsync())),
    options: {
      ...settingsOf({ spec, source, validation: undefined }, { ...checked, allRows: undefined }),
      ...{ epochs, batchSize, callbackEvery, samples: undefined, checkpoint: checkpoint !== undefined },
      ...{ onBatch: onBatch !== undefined, onEpoch: onEpoch !== undefined },
    },
    data: samples && { y: kind(samples.y), weights: samples.weights !== undefined },
    validation: validation && { rows: validation.rows, 'values (SHA-256)': hex(digest(validation.x, validation.y, validation.weights)) },
  };
}

/** Short enough to be printed in full. */
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex', 0, 8);
