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

/** The kinds that have a plain version. */
export const plainKinds: readonly string[] = Object.keys(plain);

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
  const outputs = plainLayers(layers, (index, name) => nn.layers[index]?.parameters[name] as Tensor, [x]);
  return x.map((_, row) => Array.from({ length: nn.outputSize }, (_unit, i) => mean(outputs.map((_m, m) => at(outputs, m, row, i)))));
}
