import { dense, dropout, type NetworkOptions, NeuralNetwork } from '../../lib';
import { randomize } from '../support/trained';

// Small networks with something of everything, whose files are the good ones.

const options: readonly NetworkOptions[] = [
  { inputSize: 3, layers: [dense(5, 'tanh'), dropout(0.25), dense(2, 'softmax')], seed: 7 },
  { inputSize: 2, layers: [dense(3, 'relu'), { type: 'batchNorm' }, dense(1)], precision: 'f64' },
  { inputSize: 3, layers: [{ type: 'normalize' }, dense(4, 'gelu'), { type: 'layerNorm' }, { type: 'scale' }, dense(2)], loss: 'huber' },
  {
    inputSize: 4,
    layers: [{ type: 'residual', layers: [dense(6, 'silu'), { type: 'residual', layers: [{ type: 'layerNorm' }] }, dense(4)] }, dense(1)],
  },
  { inputSize: 2, layers: [{ type: 'members', count: 3 }, dense(4, 'relu'), dense(2, 'linear', { perMember: 'weights' })] },
  {
    inputs: [
      { type: 'numeric', columns: 2 },
      { type: 'categorical', categories: 5, width: 3 },
      { type: 'periodic', columns: 1, frequencies: 3, width: 2, sigma: 0.1 },
    ],
    layers: [dense(4, 'tanh'), dense(3, 'softmax')],
    classNames: ['a', 'b', 'c'],
  },
];

/** A network with weights in every tensor, and metadata. */
export const goodNetworks = (): NeuralNetwork[] =>
  options.map((given, index) => {
    const nn = randomize(new NeuralNetwork(given));
    if (index % 2 === 0) nn.metadata = { version: '3', 'a key': 'é\n"\u{1f600}' };
    return nn;
  });
