import { floats, type ModelState } from '../../lib/formats/state';
import type { FloatArray } from '../../lib/native';
import { checkNetwork, type NetworkOptions, tensorsOf } from '../../lib/options';

/** A model with made-up weights, as if it had been trained: no addon is needed. */
export function exampleModel(options: Partial<NetworkOptions> = {}): ModelState {
  const spec = checkNetwork({
    inputSize: 3,
    layers: [
      { type: 'dense', units: 5, activation: 'tanh' },
      { type: 'dropout', rate: 0.25 },
      { type: 'dense', units: 2, activation: 'softmax' },
    ],
    seed: 7,
    ...options,
  });
  const count = Array.from(tensorsOf(spec)).reduce((sum, { length }) => sum + length, 0);
  const parameters = floats(spec.precision, count).map((_, index) => Math.sin((index + 1) * 12.9898) * 4) as FloatArray;
  return { spec, metadata: {}, parameters };
}
