import { ChainruleError } from '../errors';

/** The error for a module that cannot be had, or not be compiled; `advice` is what helps. */
export function notLoaded(place: string, advice: string, cause: unknown): ChainruleError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ChainruleError('ERR_CHAINRULE_LOAD', `chainrule/wasm cannot load ${place}: ${why}. ${advice}`, { cause });
}
