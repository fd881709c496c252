import { describe } from '../../errors';
import { layerKinds, rowOf } from '../../options';
import { isArray } from '../../options/check';
import { badModel } from '../state';
import { arrayAt, isObject, type Members, objectAt, textAt } from './documents';

/* The `modelTopology` of TensorFlow.js: layers of Keras, one after the other. */

/** A layer of ours, and where its weights come from. */
export interface FoundLayer {
  /** Unchecked options of one of our kinds. */
  options: Members;
  /** The name of the layer of Keras, which the names of its weights begin with. */
  name: string;
  /** The weights that its config leaves out. */
  without: readonly string[];
}

export interface Topology {
  inputSize: unknown;
  layers: FoundLayer[];
}

/** Flags in a config, and the weight that each of them is about. */
const flags: Readonly<Record<string, string>> = { use_bias: 'bias', center: 'beta', scale: 'gamma' };

const classes = new Map(
  layerKinds.flatMap((type) =>
    Object.entries(rowOf({ type }).keras?.classes ?? {}).map(([className, read]) => [className, { type, read }] as const),
  ),
);

/** Layers that a row of numbers passes unchanged. */
const unchanged = ['InputLayer', 'Flatten', 'GaussianDropout', 'AlphaDropout', 'ActivityRegularization'];

export function readTopology(given: unknown, name: string): Topology {
  const outer = objectAt(given, 'modelTopology', name);
  const model = isObject(outer.model_config) ? outer.model_config : outer;
  const className = textAt(model.class_name, 'modelTopology.class_name', name);
  if (className !== 'Sequential' && className !== 'Model' && className !== 'Functional') {
    throw badModel(name, `is of the class ${describe(className)}: Sequential, and models whose layers follow each other, are read`);
  }
  const config = isArray(model.config) ? { layers: model.config } : objectAt(model.config, 'modelTopology.config', name);
  const all = arrayAt(config.layers, 'modelTopology.config.layers', name);
  let inputSize: unknown;
  let before: string | undefined;
  const layers: FoundLayer[] = [];
  for (let index = 0; index < all.length; index++) {
    const at = `layers[${index}]`;
    const layer = objectAt(all[index], at, name);
    const settings = objectAt(layer.config, `${at}.config`, name);
    const called = typeof layer.name === 'string' ? layer.name : textAt(settings.name, `${at}.config.name`, name);
    if (className !== 'Sequential') checkChain(layer.inbound_nodes, before, called, name);
    before = called;
    inputSize ??= sizeOf(settings.batch_input_shape ?? settings.batch_shape, called, name);
    add(layers, textAt(layer.class_name, `${at}.class_name`, name), settings, called, name);
  }
  if (inputSize === undefined) throw badModel(name, 'does not say how wide its inputs are: its first layer has no batch_input_shape');
  return { inputSize, layers };
}

/** Adds one of our layers, or an activation to the dense layer in front of it. */
function add(layers: FoundLayer[], className: string, config: Members, called: string, name: string): void {
  if (unchanged.includes(className)) return;
  const found = classes.get(className);
  if (found === undefined) {
    throw badModel(name, `has a layer ${describe(called)} of the class ${describe(className)}: ${[...classes.keys()].join(', ')} are read`);
  }
  const options = found.read(config);
  if (typeof options === 'string') throw badModel(name, `has a layer ${describe(called)} of the class ${className} that ${options}`);
  const last = layers.at(-1);
  if (found.type === 'activation' && last?.options.activation === 'linear') {
    last.options = { ...last.options, activation: options.activation };
    return;
  }
  const without = Object.entries(flags).flatMap(([flag, weight]) => (config[flag] === false ? [weight] : []));
  layers.push({ options: { type: found.type, ...options }, name: called, without });
}

/** The width in `[null, 4]`. */
function sizeOf(shape: unknown, called: string, name: string): unknown {
  if (shape === undefined || shape === null) return undefined;
  const sizes = arrayAt(shape, 'batch_input_shape', name);
  if (sizes.length !== 2)
    throw badModel(name, `has inputs of ${sizes.length - 1} dimensions at ${describe(called)}: rows of numbers are read`);
  return sizes[1];
}

/** `[[["before", 0, 0, {}]]]`: one input, which is the layer before. */
function checkChain(nodes: unknown, before: string | undefined, called: string, name: string): void {
  const inputs = isArray(nodes) && nodes.length <= 1 ? (nodes[0] ?? []) : undefined;
  const [first, ...others] = isArray(inputs) ? inputs : [undefined, undefined];
  const from = isArray(first) ? first[0] : undefined;
  if (from !== before || others.length > 0) {
    throw badModel(name, `has a layer ${describe(called)} that does not follow the one before alone: branches are not read`);
  }
}
