import type { Activation, LayerOptions, NeuralNetwork, Tensor } from '../../lib';
import { activate, affine, type Matrix } from '../support/plain-backprop';

/*
 * Every layer's forward pass of prediction in plain loops, in double precision: slow, obvious, and independent of the addon. Rows are an array
 * of matrices, one for each member of an ensemble; a network without members has one.
 */

interface PlainLayer {
  options: Record<string, unknown>;
  tensor(name: string): Tensor;
}

type Plain = (layer: PlainLayer, members: Matrix[]) => Matrix[];

const vector = ({ data }: Tensor): number[] => Array.from(data);

/** The matrix of a tensor, or the one of a member in a tensor of three dimensions. */
function matrix({ data, shape }: Tensor, member = 0): Matrix {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const from = shape.length > 2 ? member * rows * columns : 0;
  return Array.from({ length: rows }, (_, row) => Array.from(data.slice(from + row * columns, from + (row + 1) * columns)));
}

const everyRow = (members: Matrix[], f: (row: number[], member: number) => number[]): Matrix[] =>
  members.map((rows, member) => rows.map((row) => f(row, member)));

const times = (row: number[], factors: number[]): number[] => row.map((value, i) => value * (factors[i] as number));

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const normalizedRow = (row: number[], center: (i: number) => number, variance: (i: number) => number, epsilon: number): number[] =>
  row.map((value, i) => (value - center(i)) / Math.sqrt(variance(i) + epsilon));

function plainDense({ options, tensor }: PlainLayer, members: Matrix[]): Matrix[] {
  const { perMember = 'none', activation } = options as { perMember?: string; activation: Activation };
  const of = (name: string, member: number): number[] => (matrix(tensor(name))[member] as number[]) ?? [];
  return members.map((rows, member) => {
    const weights = matrix(tensor('weights'), member);
    const bias = perMember === 'none' ? vector(tensor('bias')) : of('bias', member);
    if (perMember !== 'scales') return activate(activation, affine(rows, { weights, bias, activation }));
    const scaled = rows.map((row) => times(row, of('inputScale', member)));
    const products = affine(scaled, { weights, bias: bias.map(() => 0), activation });
    const z = products.map((row) => times(row, of('outputScale', member)).map((value, i) => value + (bias[i] as number)));
    return activate(activation, z);
  });
}

const unchanged: Plain = (_, members) => members;

const plain: Record<string, Plain> = {
  dense: plainDense,
  dropout: unchanged,
  gaussianNoise: unchanged,
  activation: ({ options }, members) => members.map((rows) => activate(options.activation as Activation, rows)),
  scale: ({ tensor }, members) => everyRow(members, (row) => times(row, vector(tensor('scale')))),
  normalize({ tensor }, members) {
    const [means, deviations] = [vector(tensor('mean')), vector(tensor('deviation'))];
    const one = (value: number, i: number) => (deviations[i] === 0 ? 0 : (value - (means[i] as number)) / (deviations[i] as number));
    return everyRow(members, (row) => row.map(one));
  },
  batchNorm({ options, tensor }, members) {
    const [means, variances] = [vector(tensor('runningMean')), vector(tensor('runningVariance'))];
    const [scale, bias] = [vector(tensor('scale')), vector(tensor('bias'))];
    return everyRow(members, (row) => {
      const { epsilon } = options as { epsilon: number };
      const normalized = normalizedRow(
        row,
        (i) => means[i] as number,
        (i) => variances[i] as number,
        epsilon,
      );
      return times(normalized, scale).map((value, i) => value + (bias[i] as number));
    });
  },
  layerNorm({ options, tensor }, members) {
    const [scale, bias] = [vector(tensor('scale')), vector(tensor('bias'))];
    return everyRow(members, (row) => {
      const center = mean(row);
      const variance = mean(row.map((value) => (value - center) ** 2));
      const normalized = normalizedRow(
        row,
        () => center,
        () => variance,
        (options as { epsilon: number }).epsilon,
      );
      return times(normalized, scale).map((value, i) => value + (bias[i] as number));
    });
  },
  residual({ options, tensor }, members) {
    const inner = plainLayers(options.layers as LayerOptions[], (index, name) => tensor(`layers.${index}.${name}`), members);
    return everyRow(members, (row) => row).map((rows, m) => rows.map((row, r) => row.map((value, i) => value + at(inner, m, r, i))));
  },
  members({ options, tensor }, [rows]) {
    const scales = matrix(tensor('inputScale'));
    return Array.from({ length: options.count as number }, (_, m) => (rows as Matrix).map((row) => times(row, scales[m] as number[])));
  },
};

const at = (members: Matrix[], member: number, row: number, column: number): number => members[member]?.[row]?.[column] as number;

/** Some columns of a row of `x` into those of the first layer's input. */
type Encode = (input: PlainLayer, row: number[]) => number[];

const encoders: Record<string, Encode> = {
  numeric: (_, row) => row,
  categorical({ options, tensor }, row) {
    const { categories, width } = options as { categories: number; width?: number };
    return row.flatMap((category, column) => {
      if (width === undefined) return Array.from({ length: categories }, (_, i) => (i === category ? 1 : 0));
      return matrix(tensor('embedding'), column)[category] as number[];
    });
  },
  periodic({ tensor }, row) {
    const [frequencies, bias] = [matrix(tensor('frequencies')), matrix(tensor('bias'))];
    return row.flatMap((value, column) => {
      const angles = (frequencies[column] as number[]).map((frequency) => 2 * Math.PI * frequency * value);
      const waves = [...angles.map(Math.cos), ...angles.map(Math.sin)];
      const dense = { weights: matrix(tensor('weights'), column), bias: bias[column] as number[], activation: 'relu' as const };
      return activate('relu', affine([waves], dense))[0] as number[];
    });
  },
};

/** The kinds of layers, and of inputs, that have a plain version. */
export const plainKinds: readonly string[] = Object.keys(plain);
export const plainInputs: readonly string[] = Object.keys(encoders);

/** The columns that a row of `x` becomes before the first layer: the same row where the network has no list of inputs. */
export function plainEncoding({ inputs }: NeuralNetwork, row: readonly number[]): number[] {
  if (inputs.length === 0) return [...row];
  let first = 0;
  return inputs.flatMap(({ options, parameters }) => {
    const columns = row.slice(first, first + options.columns);
    first += options.columns;
    return (encoders[options.type] as Encode)({ options: { ...options }, tensor: (name) => parameters[name] as Tensor }, columns);
  });
}

function plainLayers(layers: readonly LayerOptions[], tensor: (index: number, name: string) => Tensor, members: Matrix[]): Matrix[] {
  let passed = members;
  for (const [index, options] of layers.entries()) {
    const run = plain[options.type] as Plain;
    passed = run({ options: { ...options }, tensor: (name) => tensor(index, name) }, passed);
  }
  return passed;
}

/** A prediction: the mean of those of all members. */
export function plainPrediction(nn: NeuralNetwork, x: Matrix): Matrix {
  const layers = nn.layers.map(({ options }) => options);
  const encoded = x.map((row) => plainEncoding(nn, row));
  const outputs = plainLayers(layers, (index, name) => nn.layers[index]?.parameters[name] as Tensor, [encoded]);
  return x.map((_, row) => Array.from({ length: nn.outputSize }, (_unit, i) => mean(outputs.map((_m, m) => at(outputs, m, row, i)))));
}
