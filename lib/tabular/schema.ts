import type { DroppedColumn, Encoder, Feature } from './encoder';
import type { FeatureType } from './features';
import type { Target } from './target';

/** A column that a model uses. */
export interface SchemaColumn {
  name: string;
  type: FeatureType;
  /** Those that training had. */
  categories?: readonly string[];
  /** The range in training: numbers, and of dates milliseconds since 1970. */
  min?: number;
  max?: number;
  mean?: number;
  /** Whether a value may be missing, as some were in training. */
  missing: boolean;
}

/** The columns of a model, as plain JSON: for forms, JSON Schema, and tables that are to be read as the model needs them. */
export interface Schema {
  target: { name: string; kind: 'regression' | 'classes'; classes?: readonly string[]; min?: number; max?: number };
  columns: SchemaColumn[];
  /** Columns that training had and the model does not use. */
  dropped: DroppedColumn[];
}

export function schemaOf(encoder: Encoder, target: Target, dropped: readonly DroppedColumn[]): Schema {
  const { name, kind } = target;
  const range = target.kind === 'regression' ? { min: target.min, max: target.max } : { classes: [...target.classes] };
  return { target: { name, kind, ...range }, columns: encoder.features.map(columnOf), dropped: dropped.map((one) => ({ ...one })) };
}

function columnOf(feature: Feature): SchemaColumn {
  const { name, type } = feature;
  const missing = feature.missing > 0;
  if (feature.type === 'number') return { name, type, min: feature.min, max: feature.max, mean: feature.mean, missing };
  if (feature.type === 'date') return { name, type, min: feature.min, max: feature.max, missing };
  return { name, type, categories: [...feature.categories], missing };
}
