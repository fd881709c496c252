import { ChainruleError } from './errors';
import { native } from './native';
import type { Precision } from './options';

/** The instructions that a precision needs and not every CPU has. */
const needs: Partial<Record<Precision, string>> = {
  bf16: 'a CPU with AVX512_BF16 (AMD Zen 4, Intel Cooper Lake or Sapphire Rapids, or later) or Arm BF16 (Neoverse V1, Apple M2, or later)',
};

const isSupported = (precision: Precision) => needs[precision] === undefined || native.info().precisions.includes(precision);

/** Refuses a precision that the kernels in use cannot train in. */
export function checkSupported(precision: Precision): void {
  if (isSupported(precision)) return;
  throw new ChainruleError(
    'ERR_CHAINRULE_UNSUPPORTED',
    `precision "${precision}" needs ${needs[precision]}, and the avx512 or neon kernels; those in use here are ${native.info().isa}. ` +
      'Use precision "f32"',
  );
}

/** The precision to use for a model that was made elsewhere: what bf16 trains are weights in f32, which every CPU can use. */
export function supported(precision: Precision): Precision {
  return isSupported(precision) ? precision : 'f32';
}
