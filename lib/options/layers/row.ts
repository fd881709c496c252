import type { NativeSetting } from '../../native';
import type { Check } from '../check';
import type { Activation } from '../outputs';
import type { TrainedSpec } from './trained';

/*
 * A row declares everything about one kind of layer. Other code in lib/ asks a layer's row, and never which kind it has.
 */

/** The most layers of a network: each has random numbers of its own (`kMaxLayers` in native/math/random.h). */
export const mostLayers = 65_536;

/** A layer of any kind. */
export interface AnyLayer extends TrainedSpec {
  type: string;
}

/** The shape of the activations between two layers, without their rows. */
export interface Shape {
  columns: number;
  /** Rows for each row of `x`: 1, unless a layer before this one makes an ensemble. */
  members: number;
  /** Whether one does, be it of one member. */
  ensemble?: boolean;
}

/** A tensor of a layer. */
export interface TensorRow {
  /** Its name in the layer; files put the layer's own name before it. */
  name: string;
  /** At most 2^31 - 1 each. The last one is along the columns of the engine's matrix, the others are its rows. */
  shape: readonly number[];
  /** The name of its columns in messages. Default `'columns'`. */
  columnsAre?: string;
  /** Whether the optimizer moves it. Default true. Otherwise it is measured, like running statistics. */
  trained?: boolean;
  /** The least value that its elements may have. Default: any. */
  min?: number;
}

/** Each column of a matrix, measured in double precision. */
export interface ColumnStatistics {
  /** The rows that were measured. */
  rows: number;
  mean: Float64Array;
  /** Population standard deviations. Exactly 0 for a column that has one value in all rows, and that value is its mean. */
  deviation: Float64Array;
}

/** A first layer that is measured, not trained. */
export interface Adapts {
  /** The tensor whose first element is the number of rows that were measured; 0: none yet. */
  count: string;
  /** Its tensors by their names, from the statistics of the network's inputs. */
  values(statistics: ColumnStatistics): Readonly<Record<string, ArrayLike<number>>>;
}

/** Where a layer stands in its network. */
export interface Place {
  /** How messages call it: `layers[3]`. */
  name: string;
  /** Its index among its neighbours. */
  index: number;
  /** 0, or how many layers it is in. */
  depth: number;
  input: Shape;
}

/** A last layer, as the loss sees it. */
export interface LastLayer {
  activation: Activation;
  units: number;
}

/** The words about a layer in a table of layers. */
export interface Words {
  /** Beside its type: `0.5` of `dropout 0.5`. */
  setting?: string;
  /** `3 -> 8`. */
  sizes?: string;
  activation?: Activation;
}

/** The units of a layer that are alike unless their initial weights differ. */
export interface Units {
  activation: Activation;
  /** The initializer of the tensor `weights`, and whether all its values are the same. */
  initializer: string;
  isConstant: boolean;
}

/**
 * How a kind of layer or input predicts in JavaScript that needs nothing else, for `toJavaScript`. A row is an array of numbers, or a
 * `Float64Array`.
 */
export interface PortableSource<Spec> {
  /** The settings that the function reads. */
  settings: readonly (keyof Spec & string)[];
  /**
   * The source of a function. Of a layer: `(rows, layer) => rows`, where there is a row for each member, and one without members. Of an
   * input: `(values, input, first) => values`, where `first` is its first column in `x`. The second argument has the settings and the tensors
   * by their names. lib/formats/javascript.ts has what else it may call.
   */
  source: string;
}

/** The place of a kind of layer in PyTorch. */
export interface TorchSource<Spec> {
  /**
   * The modules that follow each other in its place, as Python, with `{}` where those inside it stand: PyTorch's own, or those of
   * lib/formats/pytorch/classes.ts. Its tensors are those of the first.
   */
  modules(spec: Spec, input: Shape): readonly string[];
  /** Its tensors by the names in a state dict, those too that not all of its kind have; `weights: [outputs, inputs]` where it is `transposed`. */
  tensors?: Readonly<Record<string, string>>;
  /** The names in a state dict of matrices that are transposed there. */
  transposed?: readonly string[];
}

/** The layers of Keras, and so of TensorFlow.js, that a kind of layer stands for. */
export interface KerasSource {
  /**
   * By the names of their classes: the options of this kind for a layer's `config`, of which nothing is known; or why there are none, as the end
   * of "a layer that …".
   */
  classes: Readonly<Record<string, (config: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>> | string>>;
  /** Its tensors by the names of the weights. */
  weights?: Readonly<Record<string, string>>;
}

export interface LayerRow<Spec extends AnyLayer> {
  /** Options into a specification with every default filled in. `inner` checks a layer inside this one. */
  check(value: unknown, name: string, inner: Check<AnyLayer>): Spec;
  /**
   * The shape of its outputs. `inner` is that of the layers inside it. Throws `wrongOption`, with the layer's name, where `place.input` does
   * not fit.
   */
  outputs(spec: Spec, place: Place, inner: Shape): Shape;
  /** Its own tensors, without those of layers inside it, in the order of native/nn/layers. Default: none. */
  tensors?(spec: Spec, input: Shape): readonly TensorRow[];
  /** Only for a first layer whose tensors are measured on the training data before the first step. */
  adapts?: Adapts;
  /** Whether it brings the columns of its input to a common scale. Default false. */
  levels?: boolean;
  /** For the border, in the order in which native/nn/layers reads them. */
  settings(spec: Spec): readonly NativeSetting[];
  /** The layers inside it. */
  layers?(spec: Spec): readonly AnyLayer[];
  /** Its prediction; undefined: it predicts what it is given. */
  javascript: PortableSource<Spec> | undefined;
  /** Undefined: Keras has nothing like it. */
  keras?: KerasSource;
  pytorch: TorchSource<Spec>;
  /** Only for what can be a network's last layer. */
  last?(spec: Spec): LastLayer;
  /** Where else it belongs, for the message to one that is last and cannot be. */
  belongs?: string;
  /** Whether it draws random numbers in training. Default false. */
  random?: boolean;
  /** The fewest rows that a batch must have in training, unless the layer is frozen. Default 1. */
  leastRows?: number;
  /** Refuses what cannot work in this place: throws `wrongOption` with the layer's name. Default: nothing. */
  refuse?(spec: Spec, place: Place): void;
  words?(spec: Spec, input: Shape): Words;
  units?(spec: Spec): Units;
  /** The matrices that the engine shows of it in `{ layers: true }`; those of one list are as wide as its outputs, but for `input`. */
  shows?: { forward: readonly ('z' | 'output')[]; backward: readonly ('input' | 'delta')[] };
}
