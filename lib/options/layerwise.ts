import { anything, boolean, record, withDefault } from './check';

/** The options of `forward` and `backward`. */
export interface LayersOptions {
  /** Whether the result shows the matrices between the layers, too. Default false. */
  layers?: boolean;
}

const check = record<{ layers: boolean }>({ layers: withDefault(boolean, false) }, { bare: true });

const checkSteps = record<{ layers: boolean; sampleWeight: unknown }>(
  { layers: withDefault(boolean, false), sampleWeight: anything },
  { bare: true },
);

export function checkBackwardOptions(value: unknown): { layers: boolean; sampleWeight?: unknown } {
  return checkSteps(value, 'options');
}

export function checkLayers(value: unknown): { layers: boolean } {
  return check(value, 'options');
}
