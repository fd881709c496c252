import { wrongOption } from '../../errors';
import { inputsOf, type LayerPlace, layersOf, type NetworkSpec, type TensorPlace, tensorName, tensorsOf } from '../../options';

/* A network as the modules of PyTorch that have tensors. */

/** A tensor of a module. */
export interface TorchTensor {
  /** Its name in the module: `weight`. */
  key: string;
  /** Its shape there. */
  shape: readonly number[];
  /** Whether ours is the transpose. */
  transposed: boolean;
  /** Where its elements begin among all of the network's parameters. */
  offset: number;
}

/** A module with its tensors. */
export interface TorchModule {
  /** Of our layer or input: `layers.3.layers.0`, `inputs.1`, or `inputs.1.2` for one of several columns. */
  name: string;
  tensors: TorchTensor[];
}

/** All modules, those of inputs first. Refuses what PyTorch has no module for. */
export function torchModules(spec: NetworkSpec): TorchModule[] {
  const tensors = new Map(Array.from(tensorsOf(spec), (tensor) => [tensor.name, tensor]));
  return [...inputModules(spec, tensors), ...Array.from(layersOf(spec)).flatMap((place) => layerModule(place, tensors))];
}

type Tensors = ReadonlyMap<string, TensorPlace>;

function* inputModules(spec: NetworkSpec, tensors: Tensors): Generator<TorchModule> {
  for (const { name, index, spec: input, row, tensors: own } of inputsOf(spec)) {
    const { tensor } = row.pytorch?.(input) ?? {};
    if (own.some((row) => row.name !== tensor)) throw nothingLike(name, input.type);
    if (tensor === undefined) continue;
    const { shape, offset } = tensors.get(`inputs.${index}.${tensor}`) as TensorPlace;
    const [rows = 0, width = 0] = shape.slice(-2);
    for (let column = 0; column < input.columns; column++) {
      const called = input.columns === 1 ? `inputs.${index}` : `inputs.${index}.${column}`;
      yield { name: called, tensors: [{ key: 'weight', shape: [rows, width], transposed: false, offset: offset + column * rows * width }] };
    }
  }
}

function layerModule({ name, path, spec, row, tensors: own }: LayerPlace, tensors: Tensors): TorchModule[] {
  if (own.length === 0) return [];
  const { tensors: names = {}, transposed = [] } = row.pytorch ?? {};
  const theirs = Object.entries(names);
  if (own.some((tensor) => !theirs.some(([, ours]) => ours === tensor.name))) throw nothingLike(name, spec.type);
  const torch = theirs.map(([key, ours]): TorchTensor => {
    const { shape, offset } = tensors.get(tensorName(path, ours)) as TensorPlace;
    const isTransposed = transposed.includes(key) && shape.length === 2;
    return { key, shape: isTransposed ? [...shape].reverse() : shape, transposed: isTransposed, offset };
  });
  return [{ name: tensorName(path, '').slice(0, -1), tensors: torch }];
}

/** The error for something that PyTorch does not have. */
export function nothingLike(name: string, type: string): Error {
  return wrongOption(`PyTorch has no module like ${name}, which is of the kind "${type}": state dicts hold those of the others alone`);
}

/** The elements of a matrix in the order of its transpose. */
export function transposeInto(
  from: ArrayLike<number>,
  rows: number,
  columns: number,
  into: { [index: number]: number },
  offset: number,
): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) into[offset + column * rows + row] = from[row * columns + column] as number;
  }
}
