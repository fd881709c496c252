// Which of its kernels OpenBLAS is told to take: versions older than a CPU choose others than the best. Short products decide, once a run.
import { drivers } from './drivers.mjs';
import { progress, runJson } from './process.mjs';

/** Names of OPENBLAS_CORETYPE for CPUs with these instruction sets; undefined: its own choice. */
export const candidates = (isas) => [
  undefined,
  ...(isas.includes('avx512') ? ['SkylakeX', 'SapphireRapids'] : []),
  ...(isas.includes('avx2') ? ['Haswell', 'Zen'] : []),
];

const products = [
  { pass: 'forward', batch: 256, inputs: 1024, units: 1024 },
  { pass: 'dW', batch: 256, inputs: 1024, units: 1024 },
  { pass: 'dX', batch: 32, inputs: 784, units: 128 },
];

/** The name whose products are the fastest, measured by `measure(name, product)` in seconds. */
export function fastest(names, measure) {
  const best = new Map(names.map((name) => [name, products.map(() => Infinity)]));
  for (let round = 0; round < 2; round++) {
    for (const [name, times] of best) {
      for (const [i, product] of products.entries()) times[i] = Math.min(times[i], measure(name, product));
    }
  }
  const worth = (times) => products.reduce((sum, { batch, inputs, units }, i) => sum + Math.log(times[i] / (batch * inputs * units)), 0);
  return [...best].sort(([, a], [, b]) => worth(a) - worth(b))[0][0];
}

/** The kernels for a run; undefined: OpenBLAS's own choice, or there is no OpenBLAS to ask. */
export function chooseKernels(isas) {
  if (drivers.openblas.install() !== '') return isas.includes('avx512') ? 'SkylakeX' : undefined;
  return fastest(candidates(isas), (kernels, product) => {
    progress(`kernels of OpenBLAS: ${kernels ?? 'its own choice'}`);
    return runJson(drivers.openblas.command({ ...product, seconds: 0.05 }), { kernels }).best ?? Infinity;
  });
}
