import { newArray } from '../data/typed-arrays';
import type { FloatArray, NativeNetwork } from '../native';
import type { DenseSpec, InitializerSpec, NetworkSpec } from '../options';

/** Whether an initializer gives the same number to all. */
function isConstant(initializer: InitializerSpec): boolean {
  const { type } = initializer;
  if (type === 'normal') return initializer.stddev === 0;
  return type === 'zeros' || type === 'constant' || (type === 'uniform' && initializer.low === initializer.high);
}

/** The most weights that are read: a look must neither take memory nor hold the event loop up. */
const mostWeights = 2 ** 18;

/**
 * Which hidden layer's units can never differ, in words: all of them came from the same number and are still the same, so that they get the
 * same gradients; or they are relu units that are 0 for every input. Only layers with such an initializer, and of moderate size, are read.
 */
export function sameUnits(network: NativeNetwork, { inputSize, layers, precision }: NetworkSpec): string | undefined {
  const read = (index: number, kind: 'weights' | 'bias', length: number): FloatArray => {
    const values = newArray(precision, length);
    network.readParameter(index, kind, values);
    return values;
  };
  const dense = layers.flatMap((layer, place) => (layer.type === 'dense' ? [{ ...layer, place }] : []));
  let inputs = inputSize;
  for (const [index, layer] of dense.slice(0, -1).entries()) {
    const { units, activation, place } = layer;
    const next = dense[index + 1] as DenseSpec;
    if (isConstant(layer.weightsInitializer) && Math.max(inputs, next.units) * units <= mostWeights) {
      const [weights, bias] = [read(index, 'weights', inputs * units), read(index, 'bias', units)];
      const silent = activation === 'relu' && [weights, bias].every((values) => values.every((value) => value === 0));
      if (silent) {
        return `layers[${place}] is 0 for every input, and the gradient of "relu" is 0 there, so that it learns nothing. ${cure(layer)}`;
      }
      const masked = layers[place + 1]?.type === 'dropout';
      const alike = weights.every((value, i) => value === weights[i - (i % units)]) && bias.every((value) => value === bias[0]);
      if (units > 1 && !masked && alike && isConstant(next.weightsInitializer)) {
        const outgoing = read(index + 1, 'weights', units * next.units);
        if (outgoing.every((value, i) => value === outgoing[i % next.units])) {
          return `the ${units} units of layers[${place}] are the same and get the same gradients, so that they stay one unit. ${cure(layer)}`;
        }
      }
    }
    inputs = units;
  }
  return undefined;
}

const cure = ({ weightsInitializer }: DenseSpec): string =>
  `Use a random weightsInitializer (it has "${weightsInitializer.type}"), such as the default, or set weights`;
