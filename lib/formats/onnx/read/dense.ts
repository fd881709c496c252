import type { Pieces } from '../../../event-loop';
import type { FloatArray } from '../../../native';
import { type Activation, dense, type LayerOptions } from '../../../options';
import { sameKind } from './constants';
import { filled } from './expressions';
import { forMembers, type MergedAffine } from './merged';
import { NotLayered } from './not-layered';

/** A layer, and the values of its tensors by their names. */
export interface ReadLayer {
  layer: LayerOptions;
  tensors: Readonly<Record<string, FloatArray>>;
  /** The layers inside it. */
  inside?: readonly ReadLayer[];
}

/** Weights that are multiplied at a time: a few tenths of a millisecond. */
const weightsAtOnce = 2 ** 15;

/** The most products of summands of members with weights: half a second. */
const mostProducts = 2 ** 28;

/** The dense layer of a product with all that scales it. */
export function* denseOf(product: MergedAffine, activation: Activation): Pieces<ReadLayer> {
  const { columns, of } = product;
  const { inputScale = filled(of.columns, 1), outputScale = filled(columns, 1), bias } = product;
  const shared = inputScale.length === of.columns && outputScale.length === columns && bias.length === columns;
  if (product.op === 'affine' && !shared) return yield* withScales(product, activation);
  return yield* withWeights(product, activation);
}

/** Factors become part of the weights, which each member may have of its own. */
function* withWeights(product: MergedAffine, activation: Activation): Pieces<ReadLayer> {
  const { of, columns, weights: given, inputScale, inputSummands, outputScale, bias: own } = product;
  const rows = of.columns;
  const [count, transposed] = product.op === 'affine' ? [1, product.transposed] : [product.count, false];
  const layer = dense(columns, activation, product.op === 'affine' ? {} : { perMember: 'weights' });
  const bias = forMembers(own, (count * columns) / own.length);
  if (!transposed && inputScale === undefined && outputScale === undefined) return { layer, tensors: { weights: given, bias } };
  const weights = sameKind(given);
  const rowsAtOnce = Math.ceil(weightsAtOnce / columns);
  for (let row = 0; row < count * rows; row++) {
    const at = row % (inputScale?.length ?? 1);
    const [factor, summand] = [inputScale?.[at] ?? 1, inputSummands?.[at] ?? 0];
    const first = Math.floor(row / rows) * columns;
    for (let i = 0; i < columns; i++) {
      const scale = outputScale === undefined ? 1 : (outputScale[(first + i) % outputScale.length] as number);
      const weight = (given[transposed ? i * rows + row : row * columns + i] as number) * scale;
      weights[row * columns + i] = weight * factor;
      if (summand !== 0) bias[first + i] = (bias[first + i] as number) + summand * weight;
    }
    if (row % rowsAtOnce === 0) yield;
  }
  return { layer, tensors: { weights, bias } };
}

/** Members share the weights, and each has factors of its own before and behind them. */
function* withScales(product: Extract<MergedAffine, { op: 'affine' }>, activation: Activation): Pieces<ReadLayer> {
  const { of, columns, inputScale = filled(of.columns, 1), inputSummands, outputScale = filled(columns, 1), bias: own } = product;
  const rows = of.columns;
  const count = Math.max(inputScale.length / rows, outputScale.length / columns, own.length / columns);
  const { transposed, weights: given } = product;
  const { tensors } = yield* withWeights(
    { op: 'affine', columns, of, transposed, weights: given, bias: new Float64Array(columns) },
    'linear',
  );
  const weights = tensors.weights as FloatArray;
  const spread = (values: FloatArray, width: number): Float64Array => forMembers(values, (count * width) / values.length);
  const scales = { inputScale: spread(inputScale, rows), outputScale: spread(outputScale, columns) };
  const bias = spread(own, columns);
  if (inputSummands?.some((summand) => summand !== 0)) {
    if (count * weights.length > mostProducts) throw new NotLayered('summands before the weights that members share are too many');
    const summands = spread(inputSummands, rows);
    for (let row = 0; row < count * rows; row++) {
      const [summand, first, from] = [summands[row] as number, Math.floor(row / rows) * columns, (row % rows) * columns];
      for (let i = 0; i < columns; i++)
        bias[first + i] = (bias[first + i] as number) + summand * (weights[from + i] as number) * (scales.outputScale[first + i] as number);
      if (row % Math.ceil(weightsAtOnce / columns) === 0) yield;
    }
  }
  return { layer: dense(columns, activation, { perMember: 'scales' }), tensors: { weights, bias, ...scales } };
}
