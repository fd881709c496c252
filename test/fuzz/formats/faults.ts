import type { RandomNumbers } from '../../support/random-numbers';
import type { Format } from '../format';

// Readers with faults, one for each that the fuzzer has to find: they are not among the formats unless they are named.

/** Reads 100 bytes; some are damaged. */
function faulty(read: () => unknown, check: (found: unknown) => void = () => {}): () => Format {
  return () => ({
    make: (random: RandomNumbers) => {
      const isDamaged = random.below(4) === 0;
      return { size: 100, isUnchanged: false, read: async () => (isDamaged ? read() : undefined), check };
    },
  });
}

const mebibyte = 2 ** 20;
const kept: Uint8Array[] = [];

export const faults: Readonly<Record<string, () => Format>> = {
  'fault-exit': faulty(() => process.abort()),
  'fault-slow': faulty(() => {
    for (const begin = process.cpuUsage(); process.cpuUsage(begin).user < 1_200_000; );
  }),
  'fault-memory': faulty(() => void kept.push(new Uint8Array(32 * mebibyte).fill(1))),
  'fault-code': faulty(() => {
    throw new TypeError('no code');
  }),
  'fault-internal': faulty(() => {
    throw Object.assign(new Error('a bug'), { code: 'ERR_CHAINRULE_INTERNAL' });
  }),
  'fault-model': faulty(
    () => 1,
    (found) => {
      if (found === 1) throw new Error('wrong shape');
    },
  ),
  'fault-prototype': faulty(() => Object.assign(Object.prototype, { polluted: 1 }) && undefined),
};
