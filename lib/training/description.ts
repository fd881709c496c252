import { Stream } from '../data/streams';
import type { FloatArray, NativeNetwork, NativeSamples } from '../native';
import type { CheckedFit, NetworkSpec } from '../options';
import { info } from '../threads';
import { settingsOf } from './resumable';
import { type Description, digest } from './team';

/** What all ranks of a group must have the same of. */
export async function description(
  network: NativeNetwork,
  spec: NetworkSpec,
  checked: CheckedFit,
  samples: NativeSamples | undefined,
  validation: NativeSamples | undefined,
): Promise<Description> {
  const { onBatch, onEpoch, callbackEvery, epochs, checkpoint } = checked;
  const source = samples ?? new Stream([], 1, undefined);
  const kind = (array: FloatArray | Int32Array): string => (array instanceof Int32Array ? 'class indices' : 'numbers');
  return {
    version: info().version,
    network: spec,
    weights: hex(digest(await network.readParametersAsync())),
    options: {
      ...settingsOf({ spec, source, validation: undefined }, { ...checked, allRows: undefined }),
      ...{ epochs, callbackEvery, samples: undefined, checkpoint: checkpoint !== undefined },
      ...{ onBatch: onBatch !== undefined, onEpoch: onEpoch !== undefined },
    },
    data: samples && { y: kind(samples.y), weights: samples.weights !== undefined },
    validation: validation && { rows: validation.rows, values: hex(digest(validation.x, validation.y, validation.weights)) },
  };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
