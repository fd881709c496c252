import type { NeuralNetwork } from '../../lib';
import { namedTensors } from './named-tensors';
import { RandomNumbers } from './random-numbers';

/** Gives every tensor other values than its first ones, as training would: biases, running statistics and all. */
export function randomize(nn: NeuralNetwork, seed = 1): NeuralNetwork {
  const random = new RandomNumbers(seed);
  for (const tensor of namedTensors(nn)) {
    const positive = /deviation|runningVariance/.test(tensor.name);
    tensor.values = random.array(tensor.values.length, positive ? 0.1 : -0.6, positive ? 2 : 0.6);
  }
  return nn;
}
