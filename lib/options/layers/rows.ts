import { wrongOption, wrongValue } from '../../errors';
import type { NativeLayer } from '../../native';
import { wrongCall } from '../arguments';
import { object, oneOf } from '../check';
import { type ActivationOptions, type ActivationSpec, activationRow } from './activation';
import { type BatchNormOptions, type BatchNormSpec, batchNormRow } from './batch-norm';
import { type DenseOptions, type DenseSpec, denseRow } from './dense';
import { type DropoutOptions, type DropoutSpec, dropoutRow } from './dropout';
import { type GaussianNoiseOptions, type GaussianNoiseSpec, gaussianNoiseRow } from './gaussian-noise';
import { type LayerNormOptions, type LayerNormSpec, layerNormRow } from './layer-norm';
import { type MembersOptions, type MembersSpec, membersRow } from './members';
import { type NormalizeOptions, type NormalizeSpec, normalizeRow } from './normalize';
import { type ResidualOptions, type ResidualSpec, residualRow } from './residual';
import { type AnyLayer, type LayerRow, mostLayers } from './row';
import { type ScaleOptions, type ScaleSpec, scaleRow } from './scale';

/** A layer as plain JSON; the functions `dense()`, `dropout()` and so on build it. */
export type LayerOptions =
  | DenseOptions
  | DropoutOptions
  | BatchNormOptions
  | LayerNormOptions
  | ActivationOptions
  | GaussianNoiseOptions
  | NormalizeOptions
  | ResidualOptions<LayerOptions>
  | ScaleOptions
  | MembersOptions;

/** A checked layer: every default is filled in. Plain JSON, and itself a `LayerOptions`. */
export type LayerSpec =
  | DenseSpec
  | DropoutSpec
  | BatchNormSpec
  | LayerNormSpec
  | ActivationSpec
  | GaussianNoiseSpec
  | NormalizeSpec
  | ResidualSpec<LayerSpec>
  | ScaleSpec
  | MembersSpec;

/** The name of a kind of layer. */
export type LayerKind = LayerSpec['type'];

type RowOf<Kind extends LayerKind> = LayerRow<Extract<LayerSpec, { type: Kind }>>;

/** Every kind, in the order of native/nn/layers.inc. */
const rows: { readonly [Kind in LayerKind]: RowOf<Kind> } = {
  dense: denseRow,
  dropout: dropoutRow,
  batchNorm: batchNormRow,
  layerNorm: layerNormRow,
  activation: activationRow,
  gaussianNoise: gaussianNoiseRow,
  normalize: normalizeRow,
  residual: residualRow as RowOf<'residual'>,
  scale: scaleRow,
  members: membersRow,
};

export const layerKinds: readonly LayerKind[] = Object.keys(rows) as LayerKind[];

/** The row of a layer's kind. */
export function rowOf(layer: AnyLayer): LayerRow<AnyLayer> {
  return rows[layer.type as LayerKind] as LayerRow<AnyLayer>;
}

const layerType = oneOf(layerKinds);

/** How deep layers may be in layers. */
export const deepestLayer = 8;

/** A layer's options, checked and with defaults. `left` counts down the layers that the network may still have. */
export function checkLayer(value: unknown, name: string, left: { layers: number }, depth = 0): LayerSpec {
  if (typeof value !== 'object' || value === null) throw wrongCall(name, 'an object', value, 'layers: [8, 1]');
  const type = layerType(object(value, name).type, `${name}.type`);
  if (depth > deepestLayer) throw wrongValue(name, `in at most ${deepestLayer} other layers`, type);
  if (--left.layers < 0) throw wrongOption(`layers has more than ${mostLayers} layers, those in other layers included`);
  return rowOf({ type }).check(value, name, (inner, at) => checkLayer(inner, at, left, depth + 1)) as LayerSpec;
}

/** A checked layer for the border. */
export function nativeLayer(layer: AnyLayer): NativeLayer {
  const row = rowOf(layer);
  const inner = row.layers?.(layer) ?? [];
  return { type: layer.type, settings: row.settings(layer), layers: inner.map(nativeLayer) };
}
