import { newArray } from '../data/typed-arrays';
import type { FloatArray, NativeNetwork } from '../native';
import { type LayerPlace, layersOf, type NetworkSpec, type TensorPlace, tensorName, tensorsOf, type Units } from '../options';

/** The most weights that are read: a look must neither take memory nor hold the event loop up. */
const mostWeights = 2 ** 18;

/**
 * Which hidden layer's units can never differ, in words: all of them came from the same number and are still the same, so that they get the
 * same gradients; or they are relu units that are 0 for every input. Only layers with such an initializer, and of moderate size, are read.
 */
export function sameUnits(network: NativeNetwork, spec: NetworkSpec): string | undefined {
  const places = Array.from(layersOf(spec));
  const suspects = places.slice(0, -1).flatMap((place, index) => (unitsOf(place)?.isConstant ? [{ place, next: places[index + 1] }] : []));
  if (suspects.length === 0) return undefined;
  const tensors = new Map(Array.from(tensorsOf(spec), (tensor) => [tensor.name, tensor]));
  const read = ({ path }: LayerPlace, name: string): FloatArray | undefined => {
    const found = tensors.get(tensorName(path, name)) as TensorPlace;
    if (found.length > mostWeights) return undefined;
    const values = newArray(spec.precision, found.length);
    network.readParameter(found.index, values);
    return values;
  };
  for (const { place, next } of suspects) {
    const { activation, initializer } = unitsOf(place) as Units;
    const [weights, bias] = [read(place, 'weights'), read(place, 'bias')];
    if (weights === undefined || bias === undefined) continue;
    if (activation === 'relu' && [weights, bias].every((values) => values.every((value) => value === 0))) {
      return `${place.name} is 0 for every input, and the gradient of "relu" is 0 there, so that it learns nothing. ${cure(initializer)}`;
    }
    // A layer between the two may tell the units apart, as dropout does.
    const units = place.output.columns;
    const alike = weights.every((value, i) => value === weights[i - (i % units)]) && bias.every((value) => value === bias[0]);
    if (units === 1 || !alike || next === undefined || !unitsOf(next)?.isConstant) continue;
    const outgoing = read(next, 'weights');
    if (outgoing?.every((value, i) => value === outgoing[i % next.output.columns])) {
      return `the ${units} units of ${place.name} are the same and get the same gradients, so that they stay one unit. ${cure(initializer)}`;
    }
  }
  return undefined;
}

const unitsOf = ({ spec, row }: LayerPlace): Units | undefined => row.units?.(spec);

const cure = (initializer: string): string =>
  `Use a random weightsInitializer (it has "${initializer}"), such as the default, or set weights`;
