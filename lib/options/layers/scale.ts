import { record } from '../check';
import type { LayerRow } from './row';

/** Multiplies each column with a trained factor, which starts at 1. */
export interface ScaleOptions {
  type: 'scale';
}

/** A checked scale layer. */
export interface ScaleSpec {
  type: 'scale';
}

const check = record<ScaleSpec>({ type: () => 'scale' });

export const scaleRow: LayerRow<ScaleSpec> = {
  check,
  outputs: (_, { input }) => input,
  tensors: (_, { columns }) => [{ name: 'scale', shape: [columns] }],
  settings: () => [],
  belongs: 'scale belongs before a dense layer',
  shows: { forward: ['output'], backward: ['input', 'delta'] },
};

/** A scale layer as plain JSON: it multiplies each column with a trained factor, which starts at 1. */
export function scale(): ScaleSpec {
  return { type: 'scale' };
}
