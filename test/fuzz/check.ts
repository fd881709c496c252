import { NeuralNetwork } from '../../lib';

// Uses of what a damaged file gave: it has to be as good as any other.

/** A network predicts rows of zeros, and comes back from its own bytes and its own JSON. */
export function checkNetwork(found: unknown): void {
  const nn = found as NeuralNetwork;
  const { inputSize, outputSize } = nn;
  const { data, shape } = nn.predict({ data: new Float64Array(2 * inputSize), shape: [2, inputSize] });
  if (shape.join() !== `2,${outputSize}` || data.length !== 2 * outputSize) throw new Error(`predict gave ${shape}, ${data.length} values`);
  const bytes = nn.toBytes();
  const again = NeuralNetwork.fromBytes(bytes);
  const json = NeuralNetwork.fromJSON(nn.toJSON({ weights: 'base64' }));
  for (const copy of [again, json]) if (!same(copy.toBytes(), bytes)) throw new Error('its copy has other bytes');
  for (const network of [nn, again, json]) network.close();
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

interface FoundArray {
  data: ArrayLike<number>;
  shape: readonly number[];
}

export function checkArray(found: unknown): void {
  const { data, shape } = found as FoundArray;
  const length = shape.reduce((product, size) => product * size, 1);
  if (data.length !== length) throw new Error(`an array of the shape [${shape}] has ${data.length} elements`);
}

export function checkArrays(found: unknown): void {
  if (Object.getPrototypeOf(found) !== Object.prototype) throw new Error('the arrays have another prototype');
  for (const array of Object.values(found as Record<string, unknown>)) checkArray(array);
}
