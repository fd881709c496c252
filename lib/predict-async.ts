import { givingBack } from './data/intake';
import { toMatrixAsync } from './data/matrix';
import { inputs, type SampleShape } from './data/samples';
import type { NativeNetwork } from './native';
import { type Prediction, prediction } from './predictor';

/** Predicts off the main thread. */
export function predictAsync(network: NativeNetwork, shape: SampleShape, x: unknown): Promise<Prediction> {
  return givingBack(shape, async (room) => {
    const { data, rows } = await toMatrixAsync(x, 'x', inputs(room, 'shared'));
    return prediction(await network.predictAsync(data, rows), rows, shape.outputSize);
  });
}
