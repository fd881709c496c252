import { object, record } from '../check';
import type { LayerRow } from './row';
import { type TrainedOptions, trainedChecks } from './trained';

/** Multiplies each column with a trained factor, which starts at 1. */
export interface ScaleOptions extends TrainedOptions<'scale'> {
  type: 'scale';
}

/** A checked scale layer. */
export interface ScaleSpec extends TrainedOptions<'scale'> {
  type: 'scale';
}

const check = record<ScaleSpec>({ type: () => 'scale', ...trainedChecks('scale') });

export const scaleRow: LayerRow<ScaleSpec> = {
  check,
  outputs: (_, { input }) => input,
  tensors: (_, { columns }) => [{ name: 'scale', shape: [columns] }],
  settings: () => [],
  pytorch: { modules: (_, { columns }) => [`Scale(${columns})`], tensors: { scale: 'scale' } },
  javascript: { settings: [], source: '(rows, { scale }) => rows.map((row) => row.map((value, i) => value * scale[i]))' },
  belongs: 'scale belongs before a dense layer',
  shows: { forward: ['output'], backward: ['input', 'delta'] },
};

/**
 * A scale layer as plain JSON: it multiplies each column with a trained factor, which starts at 1.
 *
 * @throws TypeError or RangeError if an option is not what it has to be.
 */
export function scale(options: Omit<ScaleOptions, 'type'> = {}): ScaleSpec {
  return check({ ...object(options, 'scale() options'), type: 'scale' }, 'scale()');
}
