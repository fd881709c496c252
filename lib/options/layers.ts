import { boolean, record, withDefault } from './check';

/** What `forward` and `backward` take. */
export interface LayersOptions {
  /** Whether to give what passes from layer to layer, too. Default false. */
  layers?: boolean;
}

const check = record<{ layers: boolean }>({ layers: withDefault(boolean, false) }, { bare: true });

export function checkLayers(value: unknown): { layers: boolean } {
  return check(value, 'options');
}
