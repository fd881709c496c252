import { oneOf, record } from '../check';
import { type Activation, activationNames, activations, ofKeras } from '../outputs';
import type { LayerRow } from './row';

/** An activation as a layer of its own: where it does not directly follow a dense layer, as after `layerNorm`. */
export interface ActivationOptions {
  type: 'activation';
  activation: Activation;
}

/** A checked activation layer. */
export interface ActivationSpec {
  type: 'activation';
  activation: Activation;
}

const check = record<ActivationSpec>({ type: () => 'activation', activation: oneOf(activationNames) });

export const activationRow: LayerRow<ActivationSpec> = {
  check,
  outputs: (_, { input }) => input,
  settings: ({ activation }) => [['activations', activation]],
  pytorch: { modules: ({ activation }) => activations[activation].pytorch },
  keras: {
    classes: {
      Activation: (config) => ofKeras(config.activation, (activation) => ({ activation })),
      ReLU: ({ max_value: most = null, negative_slope: leak = null, threshold = null }) =>
        most === null && !leak && !threshold ? { activation: 'relu' } : 'has a limit, a slope or a threshold',
      LeakyReLU: ({ alpha, negative_slope: leak = alpha }) => (leak === 0.01 ? { activation: 'leakyRelu' } : 'has another slope than 0.01'),
      ELU: ({ alpha = 1 }) => (alpha === 1 ? { activation: 'elu' } : 'has another alpha than 1'),
      Softmax: ({ axis = -1 }) => (axis === -1 || axis === 1 ? { activation: 'softmax' } : 'is not over the columns'),
    },
  },
  javascript: { settings: ['activation'], source: '(rows, { activation }) => rows.map(activations[activation])' },
  belongs: 'give the last dense layer the activation',
  words: (spec) => spec,
  shows: { forward: ['output'], backward: [] },
};

/**
 * An activation as plain JSON: a layer of its own, for where it does not directly follow a dense layer.
 *
 * ```ts
 * [dense(64), layerNorm(), activation('gelu'), dense(1)]
 * ```
 *
 * @param activation Any activation, softmax over the columns of a row included.
 * @throws TypeError or RangeError if `activation` is something else.
 */
export function activation(activation: Activation): ActivationSpec {
  return check({ type: 'activation', activation }, 'activation()');
}
