import { wrongValue } from '../../errors';
import type { NativeLayer } from '../../native';
import { wrongCall } from '../arguments';
import { object, oneOf } from '../check';
import { type BatchNormOptions, type BatchNormSpec, batchNormRow } from './batch-norm';
import { type DenseOptions, type DenseSpec, denseRow } from './dense';
import { type DropoutOptions, type DropoutSpec, dropoutRow } from './dropout';
import { type LayerNormOptions, type LayerNormSpec, layerNormRow } from './layer-norm';
import { type MembersOptions, type MembersSpec, membersRow } from './members';
import type { AnyLayer, LayerRow } from './row';

/** A layer as plain JSON; the functions `dense()`, `dropout()` and so on build it. */
export type LayerOptions = DenseOptions | DropoutOptions | BatchNormOptions | LayerNormOptions | MembersOptions;

/** A checked layer: every default is filled in. Plain JSON, and itself a `LayerOptions`. */
export type LayerSpec = DenseSpec | DropoutSpec | BatchNormSpec | LayerNormSpec | MembersSpec;

/** The name of a kind of layer. */
export type LayerKind = LayerSpec['type'];

type RowOf<Kind extends LayerKind> = LayerRow<Extract<LayerSpec, { type: Kind }>>;

/** Every kind, in the order of native/nn/layers.inc. */
const rows: { readonly [Kind in LayerKind]: RowOf<Kind> } = {
  dense: denseRow,
  dropout: dropoutRow,
  batchNorm: batchNormRow,
  layerNorm: layerNormRow,
  members: membersRow,
};

export const layerKinds: readonly LayerKind[] = Object.keys(rows) as LayerKind[];

/** The row of a layer's kind. */
export function rowOf(layer: AnyLayer): LayerRow<AnyLayer> {
  return rows[layer.type as LayerKind] as LayerRow<AnyLayer>;
}

const layerType = oneOf(layerKinds);

/** How deep layers may be in layers. */
const deepest = 8;

/** A layer's options, checked and with defaults. */
export function checkLayer(value: unknown, name: string, depth = 0): LayerSpec {
  if (typeof value !== 'object' || value === null) throw wrongCall(name, 'an object', value, 'layers: [8, 1]');
  const type = layerType(object(value, name).type, `${name}.type`);
  if (depth > deepest) throw wrongValue(name, `in at most ${deepest} other layers`, type);
  return rowOf({ type }).check(value, name, (inner, at) => checkLayer(inner, at, depth + 1)) as LayerSpec;
}

/** A checked layer for the border. */
export function nativeLayer(layer: AnyLayer): NativeLayer {
  const row = rowOf(layer);
  const inner = row.layers?.(layer) ?? [];
  return { type: layer.type, settings: row.settings(layer), layers: inner.map(nativeLayer) };
}
