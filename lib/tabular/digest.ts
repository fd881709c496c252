import { createHash } from 'node:crypto';
import { inSlices, type Pieces } from '../event-loop';
import type { NeuralNetwork } from '../index';

const bytesAtOnce = 2 ** 18;

/** The SHA-256 digest of all weights in their order, in hex: the same model has the same on every machine. */
export const weightsDigest = (network: NeuralNetwork): Promise<string> => inSlices(digesting(network));

function* digesting(network: NeuralNetwork): Pieces<string> {
  const hash = createHash('sha256');
  for (const { parameters } of [...network.inputs, ...network.layers]) {
    for (const { data } of Object.values(parameters)) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      for (let begin = 0; begin < bytes.length; begin += bytesAtOnce) {
        hash.update(bytes.subarray(begin, begin + bytesAtOnce));
        yield;
      }
    }
  }
  return hash.digest('hex');
}
