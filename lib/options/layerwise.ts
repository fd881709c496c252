import { boolean, record, withDefault } from './check';

/** The options of `forward` and `backward`. */
export interface LayersOptions {
  /** Whether the result shows the matrices between the layers, too. Default false. */
  layers?: boolean;
}

const check = record<{ layers: boolean }>({ layers: withDefault(boolean, false) }, { bare: true });

export function checkLayers(value: unknown): { layers: boolean } {
  return check(value, 'options');
}
