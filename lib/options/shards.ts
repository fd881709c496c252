import { wrongOption, wrongType, wrongValue } from '../errors';
import type { Check } from './check';
import { layersOf } from './layers/walk';
import type { NetworkSpec } from './network';

/** native/kernels/layer_blocks.h: kMostShards. */
const mostShards = 1024;

/** A power of two, which one tree sums up. */
export const checkShards: Check<number> = (value, name) => {
  const expected = `a power of two from 1 to ${mostShards}`;
  if (typeof value !== 'number') throw wrongType(name, expected, value);
  if (!(value >= 1 && value <= mostShards && Number.isInteger(Math.log2(value)))) throw wrongValue(name, expected, value);
  return value;
};

/** Refuses networks whose sums over a batch cannot be cut into shards. */
export function checkNetworkWithShards(network: NetworkSpec, shards: number): void {
  if (shards === 1) return;
  if (network.precision === 'bf16') {
    throw wrongOption('shards does not go with precision "bf16", whose products take two rows at a time: use "f32"');
  }
  for (const { spec, name, row, input } of layersOf(network)) {
    if ((row.leastRows ?? 1) === 1 || input.members === 1) continue;
    throw wrongOption(
      `shards does not go with ${name}, a ${spec.type} in an ensemble, which measures all members together: put it before them, or leave it out`,
    );
  }
}
