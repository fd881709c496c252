import type { InputSpec, NeuralNetwork, Tensor } from '../../lib';

/*
 * Every kind of input in plain loops, in double precision.
 */

/** A row of a tensor, whose last dimension is along the columns. */
function rowOf({ data, shape }: Tensor, row: number): number[] {
  const columns = shape.at(-1) as number;
  return Array.from(data.slice(row * columns, (row + 1) * columns));
}

type Tensors = Record<string, Tensor>;

function periodic(value: number, column: number, frequencies: number, tensors: Tensors): number[] {
  const turns = rowOf(tensors.frequencies as Tensor, column).map((frequency) => 2 * Math.PI * frequency * value);
  const features = [...turns.map(Math.cos), ...turns.map(Math.sin)];
  const weights = features.map((_, i) => rowOf(tensors.weights as Tensor, column * 2 * frequencies + i));
  const bias = rowOf(tensors.bias as Tensor, column);
  return bias.map((start, unit) =>
    Math.max(
      0,
      features.reduce((sum, feature, i) => sum + feature * (weights[i]?.[unit] as number), start),
    ),
  );
}

/** The columns that one column of `x` becomes. */
function encoded(value: number, column: number, options: InputSpec, tensors: Tensors): number[] {
  if (options.type === 'numeric') return [value];
  if (options.type === 'periodic') return periodic(value, column, options.frequencies, tensors);
  const { categories, width } = options;
  if (width !== undefined) return rowOf(tensors.embedding as Tensor, column * categories + value);
  return Array.from({ length: categories }, (_, category) => (category === value ? 1 : 0));
}

/** The columns that a row of `x` becomes before the first layer: the same row where the network has no list of inputs. */
export function plainInputs(nn: NeuralNetwork, row: readonly number[]): number[] {
  if (nn.inputs.length === 0) return [...row];
  let next = 0;
  return nn.inputs.flatMap(({ options, parameters }) =>
    Array.from({ length: options.columns }, (_, column) => encoded(row[next++] as number, column, options, parameters)).flat(),
  );
}
