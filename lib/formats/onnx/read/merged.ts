import type { FloatArray } from '../../../native';
import { type Affine, type BatchNormalized, filled, type Layered, type LayerNormalized, type MemberAffine } from './expressions';

/*
 * Factors and summands of columns become part of the layer before them, or of the dense layer behind them: bias, scaled weights and the like
 * are not layers of their own.
 */

/** `(x * inputScale + inputSummands) · weights * outputScale + bias`. Each of these may have a row for each member. */
interface Scales {
  inputScale?: FloatArray;
  inputSummands?: FloatArray;
  outputScale?: FloatArray;
  bias: FloatArray;
}

export type MergedAffine = (Affine | MemberAffine) & Scales;

export interface MergedLayerNormalized extends LayerNormalized {
  scale: FloatArray;
  bias: FloatArray;
}

/** Any other expression stays what it is. */
export type Merged =
  | MergedAffine
  | MergedLayerNormalized
  | BatchNormalized
  | Exclude<Layered, Affine | MemberAffine | LayerNormalized | BatchNormalized>;

/** `y * factors + summands` of each column, or of each column of `count` members. */
export interface Scale {
  factors: Float64Array;
  summands: Float64Array;
  count: number;
}

const isIdentity = ({ factors, summands }: Scale): boolean =>
  factors.every((factor) => factor === 1) && summands.every((summand) => summand === 0);

/** An expression and all that scales it, as one. `to` is where the chain of layers ends: nothing is merged beyond it. */
export function merged(from: Layered, to: Layered | undefined): Merged {
  const { at, scale } = scaleOf(from, to);
  if (at !== to) {
    if (at.op === 'affine' || at.op === 'memberAffine') return mergedAffine(at, scale, to);
    if (at.op === 'layerNormalized' && scale.count === 1) return { ...at, scale: scale.factors, bias: scale.summands };
    if (at.op === 'batchNormalized' && scale.count === 1) return isIdentity(scale) ? at : { ...at, ...through(at, scale) };
  }
  if (isIdentity(scale)) return at as Merged;
  return { op: scale.count === 1 ? 'scaled' : 'memberScaled', columns: at.columns, of: at, ...scale };
}

/** The expression that an expression is a scaling of. */
export function scaleOf(from: Layered, to: Layered | undefined): { at: Layered; scale: Scale } {
  const scale: Scale = { factors: filled(from.columns, 1), summands: new Float64Array(from.columns), count: 1 };
  let at = from;
  while ((at.op === 'scaled' || at.op === 'memberScaled') && at !== to) {
    if (at.op === 'memberScaled' && scale.count === 1) {
      scale.factors = forMembers(scale.factors, at.count);
      scale.summands = forMembers(scale.summands, at.count);
      scale.count = at.count;
    }
    const { factors, summands } = at;
    for (let i = 0; i < scale.factors.length; i++) {
      const factor = scale.factors[i] as number;
      const own = i % factors.length;
      scale.summands[i] = (scale.summands[i] as number) + factor * (summands[own] as number);
      scale.factors[i] = factor * (factors[own] as number);
    }
    at = at.of;
  }
  return { at, scale };
}

/** The same row for each member. */
export function forMembers(values: FloatArray, count: number): Float64Array {
  const all = new Float64Array(values.length * count);
  for (let member = 0; member < count; member++) all.set(values, member * values.length);
  return all;
}

function through({ scale, bias }: BatchNormalized, { factors, summands }: Scale): Pick<BatchNormalized, 'scale' | 'bias'> {
  return {
    scale: factors.map((factor, i) => factor * (scale[i] as number)),
    bias: factors.map((factor, i) => factor * (bias[i] as number) + (summands[i] as number)),
  };
}

/** Whether a layer takes over a scaling of its output. */
function takesScale({ op }: Layered, { count }: Scale): boolean {
  return op === 'affine' || op === 'memberAffine' || (count === 1 && (op === 'layerNormalized' || op === 'batchNormalized'));
}

/** A scaling before the product becomes part of it; that of `x` itself stays, as a layer of its own. */
function mergedAffine(given: Affine | MemberAffine, { factors, summands }: Scale, to: Layered | undefined): MergedAffine {
  const outputScale = factors.every((factor) => factor === 1) ? undefined : factors;
  const own: MergedAffine = { ...given, bias: summands, ...(outputScale && { outputScale }) };
  const { at, scale } = scaleOf(given.of, to);
  const isOwnLayer = at !== to && (at.op === 'input' ? to === undefined : takesScale(at, scale));
  if (isIdentity(scale) || isOwnLayer) return own;
  return { ...own, of: at, inputScale: scale.factors, inputSummands: scale.summands };
}
