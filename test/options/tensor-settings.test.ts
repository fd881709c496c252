import { describe, expect, test } from 'vitest';
import { batchNorm, dense, dropout, layerNorm, members, type NetworkOptions, NeuralNetwork, normalize, residual, scale } from '../../lib';
import { checkNetwork, tensorSettings } from '../../lib/options';

// Options about training as settings of each trained tensor: [factor, decays, l1, l2, frozen].

const settings = (network: NetworkOptions, decays?: 'weights') => tensorSettings(checkNetwork(network), decays);
const plain = [1, 1, 0, 0, 0];
const frozen = [1, 1, 0, 0, 1];

test('a network without such options has none', () => {
  const layers = [normalize(), dense(3), dropout(0.5), residual([batchNorm(), dense(3)]), dense(1)];
  expect(settings({ inputSize: 2, layers })).toEqual([]);
});

test('weight decay of weights alone leaves biases, scales and embeddings alone', () => {
  const inputs = [
    { type: 'categorical', categories: 3, width: 2 },
    { type: 'periodic', columns: 1, frequencies: 2, width: 2, sigma: 0.1 },
  ] as const;
  const layers = [scale(), members(2), dense(3, 'relu', { perMember: 'scales' }), layerNorm(), dense(1)];
  const decays = settings({ inputs, layers }, 'weights').map(([, decay]) => decay);
  //                      embedding, frequencies weights bias, scale, inputScale, weights bias 2 scales, scale bias, weights bias
  expect(decays).toEqual([0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0]);
});

test('factors are of all tensors, or of each by its name', () => {
  const layers = [
    scale({ learningRateFactor: 6 }),
    dense(3, 'relu', { learningRateFactor: { weights: 0.5 } }),
    batchNorm({ learningRateFactor: { bias: 0.25, scale: 1 } }),
    dense(1),
  ];
  const factors = settings({ inputSize: 2, layers }).map(([factor]) => factor);
  expect(factors).toEqual([6, 0.5, 1, 1, 0.25, 1, 1]);
});

test('penalties are of the weights alone', () => {
  const [weights, bias] = settings({ inputSize: 2, layers: [dense(1, 'linear', { l1: 0.5, l2: 0.25 })] });
  expect(weights).toEqual([1, 1, 0.5, 0.25, 0]);
  expect(bias).toEqual(plain);
});

test('a frozen block freezes what is in it, and nothing behind it', () => {
  const inner = residual([dense(2), residual([dense(2)])], { trainable: false });
  expect(settings({ inputSize: 2, layers: [dense(2), inner, dense(1)] })).toEqual([
    plain,
    plain,
    ...new Array(4).fill(frozen),
    plain,
    plain,
  ]);
  const part = residual([dense(2, 'relu', { trainable: false }), dense(2)]);
  expect(settings({ inputSize: 2, layers: [part, dense(1)] })).toEqual([frozen, frozen, plain, plain, plain, plain]);
});

describe('a specification', () => {
  const own = { trainable: false, learningRateFactor: { weights: 0.5 }, l1: 0.5, l2: 0.25 };

  test('has the options where they are not the defaults, and only there', () => {
    expect(dense(1, 'linear', own)).toEqual({ ...dense(1), ...own });
    const defaults = { trainable: true, learningRateFactor: { weights: 1, bias: 1 }, l1: 0, l2: 0 };
    expect(JSON.stringify(dense(1, 'linear', defaults))).toBe(JSON.stringify(dense(1)));
    expect(dense(1, 'linear', { learningRateFactor: 1 })).toEqual(dense(1));
    expect(residual([dense(1)], { trainable: true })).toEqual(residual([dense(1)]));
  });

  test('keeps them in files and documents', () => {
    const inputs = [{ type: 'categorical', categories: 3, width: 2, learningRateFactor: 2, trainable: false }] as const;
    const layers = [residual([dense(2, 'relu', own)], { trainable: false }), scale({ learningRateFactor: 3 }), dense(1, 'linear', own)];
    const nn = new NeuralNetwork({ inputs, layers });
    for (const copy of [NeuralNetwork.fromBytes(nn.toBytes()), NeuralNetwork.fromJSON(JSON.parse(JSON.stringify(nn)))]) {
      expect(copy.toJSON()).toEqual(nn.toJSON());
      expect(tensorSettings(copy.toJSON().spec)).toEqual(tensorSettings(checkNetwork({ inputs, layers })));
      expect(copy.layers.map(({ trainable }) => trainable)).toEqual([false, true, false]);
      expect(copy.inputs[0]?.trainable).toBe(false);
    }
  });
});
