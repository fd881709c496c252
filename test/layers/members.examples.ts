import { dense, dropout, members, type NetworkOptions } from '../../lib';

/** Networks with members for the tests that go over all kinds of layers. */
export const examples: { name: string; options: NetworkOptions }[] = [
  { name: 'members', options: { inputSize: 5, layers: [members(3), dense(19, 'tanh'), dense(2)], seed: 3 } },
  {
    name: 'members of classes, behind a layer, with dropout',
    options: {
      inputSize: 5,
      layers: [dense(7, 'silu'), members(4, { initializer: 'normal' }), dropout(0.25), dense(17, 'relu'), dense(3, 'softmax')],
      seed: 4,
    },
  },
  {
    name: 'members with scales',
    options: {
      inputSize: 17,
      layers: [
        members(2),
        dense(20, 'gelu', { perMember: 'scales', biasInitializer: 'normal' }),
        dense(33, 'tanh', { perMember: 'scales' }),
        dense(2, 'sigmoid', { perMember: 'scales' }),
      ],
      seed: 5,
    },
  },
  {
    name: 'members with weights',
    options: {
      inputSize: 18,
      layers: [
        members(3, { initializer: 'ones' }),
        dense(19, 'gelu', { perMember: 'weights', biasInitializer: 'normal' }),
        dropout(0.2),
        dense(18, 'tanh', { perMember: 'weights' }),
        dense(17, 'softmax', { perMember: 'weights' }),
      ],
      seed: 6,
    },
  },
  {
    name: 'TabM-mini',
    options: {
      inputSize: 4,
      layers: [members(8), dense(32, 'relu'), dense(32, 'relu'), dense(1, 'linear', { perMember: 'weights' })],
      seed: 7,
    },
  },
];
