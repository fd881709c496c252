import type { NeuralNetwork, Tensor } from '../../lib';
import { tensorsOf } from '../../lib/options';

/** A tensor of a network. */
export interface NamedTensor {
  /** Among all tensors: `layers.3.weights`. */
  name: string;
  /** Its name among those beside it: `weights`. */
  key: string;
  trained: boolean;
  /** The one of `layers` or `inputs` that has it. */
  owner: { parameters: Record<string, Tensor> };
  get values(): Float64Array;
  /** Takes values in row-major order. */
  set values(values: Float64Array);
}

/** All tensors of a network, in the order of files: each can be read and set. */
export function namedTensors(nn: NeuralNetwork): NamedTensor[] {
  return Array.from(tensorsOf(nn.toJSON().spec), ({ name, key, layer, trained }) => {
    const list = name.split('.')[0] as 'layers';
    const owner = nn[list][layer] as NamedTensor['owner'];
    return {
      ...{ name, key, trained, owner },
      get values() {
        return Float64Array.from(owner.parameters[key]?.data as Float64Array);
      },
      set values(values) {
        Object.assign(owner.parameters, { [key]: values });
      },
    };
  });
}
