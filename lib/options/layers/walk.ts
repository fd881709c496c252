import { encodedSizeOf, type Inputs, inputsOf } from '../inputs/walk';
import type { AnyLayer, LayerRow, Place, Shape, TensorRow } from './row';
import { rowOf } from './rows';

/** The part of a network's specification that says what its layers are. */
export interface Layers extends Inputs {
  layers: readonly AnyLayer[];
}

/** A layer in its place, with its row and the shapes around it. */
export class LayerPlace implements Place {
  /** The indices that lead to it: `[3, 0]` is the first layer in layer 3. */
  readonly path: readonly number[];
  readonly spec: AnyLayer;
  readonly row: LayerRow<AnyLayer>;
  readonly input: Shape;
  readonly output: Shape;
  /** Its own tensors, without those of the layers inside it. */
  readonly tensors: readonly TensorRow[];
  /** The layers inside it, each followed by those inside that one. */
  readonly inside: readonly LayerPlace[];

  constructor(path: readonly number[], spec: AnyLayer, input: Shape) {
    this.path = path;
    this.spec = spec;
    this.row = rowOf(spec);
    this.input = input;
    const layers = this.row.layers?.(spec) ?? none;
    const places = layers.length === 0 ? none : placed(layers, input, path);
    this.inside = layers.length === 0 ? none : places.flatMap((place) => [place, ...place.inside]);
    this.output = this.row.outputs(spec, this, places.at(-1)?.output ?? input);
    this.tensors = this.row.tensors?.(spec, input) ?? none;
  }

  get name(): string {
    return `layers[${this.path.join('].layers[')}]`;
  }

  get index(): number {
    return this.path.at(-1) as number;
  }

  get depth(): number {
    return this.path.length - 1;
  }
}

const none: readonly never[] = [];

function placed(layers: readonly AnyLayer[], from: Shape, path: readonly number[]): LayerPlace[] {
  let input = from;
  return layers.map((spec, index) => {
    const place = new LayerPlace([...path, index], spec, input);
    input = place.output;
    return place;
  });
}

/** A layer that needs more than one row in every batch of training. */
export interface RowsNeeded {
  rows: number;
  /** Its name, and its kind. */
  layer: string;
  type: string;
}

/** The layer that needs the most rows of those that are not frozen; undefined if one is enough for all. */
export function rowsNeeded(places: Iterable<LayerPlace>): RowsNeeded | undefined {
  let most: RowsNeeded | undefined;
  const frozen: boolean[] = [];
  for (const place of places) {
    const { spec, depth } = place;
    frozen[depth] = spec.trainable === false || (frozen[depth - 1] ?? false);
    const { leastRows = 1 } = place.row;
    if (!frozen[depth] && leastRows > (most?.rows ?? 1)) most = { rows: leastRows, layer: place.name, type: spec.type };
  }
  return most;
}

/** A tensor of a network. */
export interface TensorPlace {
  /** Its index in the list of all tensors. */
  index: number;
  /** Among all tensors: `layers.3.layers.0.weights`. */
  name: string;
  /** Whose it is: one of the `layers`, or one of the `inputs`; */
  list: 'layers' | 'inputs';
  /** the index of its layer, or input, in that list, */
  layer: number;
  /** and its name there: `weights`, `layers.0.weights`. */
  key: string;
  shape: readonly number[];
  columnsAre: string;
  trained: boolean;
  /** The least value that its elements may have; undefined: any. */
  min: number | undefined;
  /** The number of its elements, */
  length: number;
  /** and where they begin in an array with the elements of all tensors. */
  offset: number;
}

/** All layers: each is followed by those inside it. */
export function* layersOf({ layers, ...inputs }: Layers): Generator<LayerPlace> {
  let input: Shape = { columns: encodedSizeOf(inputs), members: 1 };
  for (let index = 0; index < layers.length; index++) {
    const place = new LayerPlace([index], layers[index] as AnyLayer, input);
    yield place;
    yield* place.inside;
    input = place.output;
  }
}

/**
 * The list of all tensors: first the trained ones, those of the inputs before those of the layers in order, then the others. It is the
 * order of native/nn/parameters.h, of files, and of all arrays that hold all parameters.
 */
export function* tensorsOf(network: Layers, places: Iterable<LayerPlace> = layersOf(network)): Generator<TensorPlace> {
  let index = 0;
  let offset = 0;
  const next = (
    place: Pick<TensorPlace, 'list' | 'layer' | 'key'>,
    { shape, columnsAre = 'columns', min, trained = true }: TensorRow,
  ): TensorPlace => {
    const length = shape.reduce((product, size) => product * size, 1);
    const tensor = { index, name: `${place.list}.${place.layer}.${place.key}`, ...place, shape, columnsAre, trained, min, length, offset };
    index++;
    offset += length;
    return tensor;
  };
  for (const { index: layer, tensors } of inputsOf(network)) {
    for (const tensor of tensors) yield next({ list: 'inputs', layer, key: tensor.name }, tensor);
  }
  let others = 0;
  for (const trained of [true, false]) {
    if (!trained && others === 0) return;
    for (const { path, tensors } of trained ? places : layersOf(network)) {
      for (const tensor of tensors) {
        if ((tensor.trained ?? true) !== trained) {
          others++;
          continue;
        }
        const layer = path[0] as number;
        const key = path.length === 1 ? tensor.name : tensorName(path.slice(1), tensor.name);
        yield next({ list: 'layers', layer, key }, tensor);
      }
    }
  }
}

/** How a tensor of the layer at the end of a path is called. */
export function tensorName(path: readonly number[], name: string): string {
  return `layers.${path.join('.layers.')}.${name}`;
}

/** How a tensor is called where it is a property: `layers[3].weights`, `layers[3].parameters.scale`. */
export function propertyOf({ list, layer, key }: Pick<TensorPlace, 'list' | 'layer' | 'key'>): string {
  if (list === 'layers' && (key === 'weights' || key === 'bias')) return `layers[${layer}].${key}`;
  return `${list}[${layer}].parameters${/^\w+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`}`;
}

/** The row and column, or the like, of an element of a tensor. */
export function indicesOf(element: number, shape: readonly number[]): number[] {
  const indices: number[] = [];
  let rest = element;
  for (const size of [...shape].reverse()) {
    indices.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return indices;
}
