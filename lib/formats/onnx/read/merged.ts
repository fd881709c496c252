import type { FloatArray } from '../../../native';
import { type Affine, type BatchNormalized, filled, type Layered, type LayerNormalized } from './expressions';

/*
 * Factors and summands of columns become part of the layer before them, or of the dense layer behind them: bias, scaled weights and the like
 * are not layers of their own.
 */

/** `(x * inputScale + inputSummands) · weights * outputScale + bias`. */
export interface MergedAffine extends Affine {
  inputScale?: FloatArray;
  inputSummands?: FloatArray;
  outputScale?: FloatArray;
  bias: FloatArray;
}

export interface MergedLayerNormalized extends LayerNormalized {
  scale: FloatArray;
  bias: FloatArray;
}

/** Any other expression stays what it is. */
export type Merged = MergedAffine | MergedLayerNormalized | BatchNormalized | Exclude<Layered, Affine | LayerNormalized | BatchNormalized>;

/** `y * factors + summands` of each column. */
interface Scale {
  factors: Float64Array;
  summands: Float64Array;
}

const isIdentity = ({ factors, summands }: Scale): boolean =>
  factors.every((factor) => factor === 1) && summands.every((summand) => summand === 0);

/** An expression and all that scales it, as one. `to` is where the chain of layers ends: nothing is merged beyond it. */
export function merged(from: Layered, to: Layered | undefined): Merged {
  const scale: Scale = { factors: filled(from.columns, 1), summands: new Float64Array(from.columns) };
  let at = from;
  while (at.op === 'scaled' && at !== to) {
    for (let i = 0; i < at.columns; i++) {
      const factor = scale.factors[i] as number;
      scale.summands[i] = (scale.summands[i] as number) + factor * (at.summands[i] as number);
      scale.factors[i] = factor * (at.factors[i] as number);
    }
    at = at.of;
  }
  if (at !== to) {
    if (at.op === 'affine') return mergedAffine(at, scale, to);
    if (at.op === 'layerNormalized') return { ...at, scale: scale.factors, bias: scale.summands };
    if (at.op === 'batchNormalized') return isIdentity(scale) ? at : { ...at, ...through(at, scale) };
  }
  if (isIdentity(scale)) return at as Merged;
  return { op: 'scaled', columns: at.columns, of: at, ...scale };
}

function through({ scale, bias }: BatchNormalized, { factors, summands }: Scale): Pick<BatchNormalized, 'scale' | 'bias'> {
  return {
    scale: factors.map((factor, i) => factor * (scale[i] as number)),
    bias: factors.map((factor, i) => factor * (bias[i] as number) + (summands[i] as number)),
  };
}

/** A scaling before the product becomes part of it; that of `x` itself stays, as a layer of its own. */
function mergedAffine(given: Affine, { factors, summands }: Scale, to: Layered | undefined): MergedAffine {
  const outputScale = factors.every((factor) => factor === 1) ? undefined : factors;
  const own: MergedAffine = { ...given, bias: summands, ...(outputScale && { outputScale }) };
  const input = merged(given.of, to);
  if (input.op !== 'scaled' || input === to || (to === undefined && input.of.op === 'input')) return own;
  return { ...own, of: input.of, inputScale: input.factors, inputSummands: input.summands };
}
