import { integer, maxCount, record, withDefault } from './check';

/** The options of `session`. */
export interface SessionOptions {
  /** How many rows a run predicts. Default 1. */
  rows?: number;
}

const check = record<{ rows: number }>({ rows: withDefault(integer({ min: 1, max: maxCount }), 1) }, { bare: true, habits: 'session' });

export function checkSession(value: unknown): { rows: number } {
  return check(value, 'options');
}
