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

/** All modules, those of inputs first. */
export function torchModules(spec: NetworkSpec): TorchModule[] {
  const tensors = new Map(Array.from(tensorsOf(spec), (tensor) => [tensor.name, tensor]));
  return [...inputModules(spec, tensors), ...Array.from(layersOf(spec)).flatMap((place) => layerModule(place, tensors))];
}

type Tensors = ReadonlyMap<string, TensorPlace>;

function* inputModules(spec: NetworkSpec, tensors: Tensors): Generator<TorchModule> {
  for (const { index, spec: input, row, tensors: own } of inputsOf(spec)) {
    if (own.length === 0) continue;
    const { tensors: names = {}, eachColumn = false } = row.pytorch(input);
    const modules = eachColumn ? input.columns : 1;
    for (let part = 0; part < modules; part++) {
      const theirs = Object.entries(names).map(([key, ours]): TorchTensor => {
        const { shape, offset, length } = tensors.get(`inputs.${index}.${ours}`) as TensorPlace;
        return { key, shape: modules === 1 ? shape : shape.slice(1), transposed: false, offset: offset + (part * length) / modules };
      });
      yield { name: modules === 1 ? `inputs.${index}` : `inputs.${index}.${part}`, tensors: theirs };
    }
  }
}

function layerModule({ path, row, tensors: own }: LayerPlace, tensors: Tensors): TorchModule[] {
  if (own.length === 0) return [];
  const { tensors: names = {}, transposed = [] } = row.pytorch;
  const theirs = Object.entries(names).filter(([, ours]) => own.some((tensor) => tensor.name === ours));
  const torch = theirs.map(([key, ours]): TorchTensor => {
    const { shape, offset } = tensors.get(tensorName(path, ours)) as TensorPlace;
    const isTransposed = transposed.includes(key) && shape.length === 2;
    return { key, shape: isTransposed ? [...shape].reverse() : shape, transposed: isTransposed, offset };
  });
  return [{ name: tensorName(path, '').slice(0, -1), tensors: torch }];
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
