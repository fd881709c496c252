import { ChainruleRangeError } from '../errors';

/** Data that cannot be used, whatever the options; `message` says it all. */
export function wrongData(message: string): ChainruleRangeError {
  return new ChainruleRangeError('ERR_CHAINRULE_VALUE', message);
}
