import { askingFor } from '../errors';

/** The parts one behind the other. Throws `ERR_CHAINRULE_MEMORY` if there is no room for them. */
export function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = askingFor(length, () => new Uint8Array(length));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
