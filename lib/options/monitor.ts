import { wrongType } from '../errors';
import type { Check } from './check';

/** The name of a column of the history; whether there is such a column is known later. */
export const checkMonitor: Check<string> = (value, name) => {
  if (typeof value !== 'string') throw wrongType(name, 'the name of a column of the history', value);
  return value;
};
