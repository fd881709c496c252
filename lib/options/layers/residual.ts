import { wrongOption, wrongValue } from '../../errors';
import { elements, object, record } from '../check';
import { type AnyLayer, type LayerRow, mostLayers } from './row';
import { type TrainedOptions, trainable } from './trained';

/** A residual block: adds to its input what its layers make of it. */
export interface ResidualOptions<Inner = AnyLayer> extends Pick<TrainedOptions, 'trainable'> {
  type: 'residual';
  /** Of any kind, residual blocks included. The last one has as many outputs as the first one has inputs. */
  layers: readonly Inner[];
}

/** A checked residual block. */
export interface ResidualSpec<Inner = AnyLayer> extends Pick<TrainedOptions, 'trainable'> {
  type: 'residual';
  layers: Inner[];
}

const checkSettings = record<Pick<TrainedOptions, 'trainable'>>({ trainable });

const expected = 'an array of at least one layer';

export const residualRow: LayerRow<ResidualSpec> = {
  check(value, name, inner) {
    const layers = (given: unknown, at: string): AnyLayer[] => elements(given, at, expected, inner);
    const spec = record<ResidualSpec>({ type: () => 'residual', layers, trainable })(value, name);
    if (spec.layers.length === 0) throw wrongValue(`${name}.layers`, expected, spec.layers);
    return spec;
  },
  outputs({ layers }, { name, input }, inner) {
    const last = `${name}.layers[${layers.length - 1}]`;
    if (inner.columns !== input.columns) {
      throw wrongOption(
        `${name} adds the output of its layers to its input, which must be equally wide: ${last} has ` +
          `${inner.columns} ${inner.columns === 1 ? 'column' : 'columns'}, the input ${input.columns}`,
      );
    }
    if (inner.members !== input.members) {
      throw wrongOption(`${name} must not change the number of members: it has ${input.members} before, ${inner.members} after its layers`);
    }
    return input;
  },
  settings: () => [],
  layers: ({ layers }) => layers,
  pytorch: { modules: () => ['Residual({})'] },
  javascript: {
    settings: [],
    source: `(rows, { layers }) => {
  const changes = run(rows, layers);
  return rows.map((row, m) => row.map((value, i) => value + changes[m][i]));
}`,
  },
  belongs: 'put a dense layer behind it',
  words: ({ layers }) => ({ setting: `of ${layers.length} ${layers.length === 1 ? 'layer' : 'layers'}` }),
  shows: { forward: ['output'], backward: ['input', 'delta'] },
};

/**
 * A residual block as plain JSON: `x + block(x)`, where the block is `layers`. The last of them has as many outputs as the first has inputs.
 *
 * ```ts
 * residual([layerNorm(), dense(64, 'relu'), dense(64)])
 * ```
 *
 * @param layers Of any kind, residual blocks included; `new NeuralNetwork` checks them.
 * @param settings `trainable: false` freezes all of them.
 * @throws TypeError if `layers` is anything but an array, or `settings` are not what they have to be.
 */
export function residual<const Inner extends AnyLayer>(
  layers: readonly Inner[],
  settings: Pick<TrainedOptions, 'trainable'> = {},
): ResidualSpec<Inner> {
  const all = elements(layers, 'residual().layers', expected, (layer) => layer as Inner, mostLayers);
  return { type: 'residual', layers: all, ...checkSettings(object(settings, 'residual() settings'), 'residual()') };
}
