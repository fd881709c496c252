// The ways to run a peer on a number of threads. The first round tries all of them, later rounds those that are still in the running.

const division = (omp, blas, name = `OMP ${omp}, OpenBLAS ${blas}`, more = {}) => ({
  name,
  more: { OMP_NUM_THREADS: `${omp}`, OPENBLAS_NUM_THREADS: `${blas}`, ...more },
  spec: { threads: omp },
});

/**
 * PyTorch has two pools: OpenMP's for everything but products, and OpenBLAS's. Threads of both wait actively for a while, and take the
 * cores from each other; which division suffers least differs from case to case.
 */
export function divisions({ threads }, { isas = [] } = {}) {
  const avx512 = { ATEN_CPU_CAPABILITY: 'avx512' }; // it takes AVX2 for its own loops by default
  const wide = isas.includes('avx512') ? [division(1, threads, `OMP 1, OpenBLAS ${threads}, ATen avx512`, avx512)] : [];
  if (threads === 1) return [division(1, 1), ...wide];
  const passive = division(threads, threads, `OMP ${threads} passive, OpenBLAS ${threads}`, { OMP_WAIT_POLICY: 'passive' });
  return [division(1, threads), division(threads, threads), division(threads, 1), passive, ...wide];
}

/** onnxruntime takes as many threads as it is told, or chooses: some versions choose one. */
export function sessions({ threads }) {
  const told = { name: `intraOpNumThreads ${threads}`, spec: { session: { intraOpNumThreads: threads, interOpNumThreads: 1 } } };
  return threads === 1 ? [told] : [told, { name: 'its default', spec: { session: {} } }];
}

const fastest = (measured) => Math.min(...measured.map(({ best }) => best ?? Infinity));

/** The names of the variants worth another round: at most two, the second only while it is within 15 % of the best. */
export function contenders(measurements) {
  const ranked = [...measurements].map(([name, measured]) => ({ name, best: fastest(measured) })).sort((a, b) => a.best - b.best);
  return ranked.slice(0, 2).flatMap(({ name, best }) => (best <= 1.15 * ranked[0].best ? [name] : []));
}

/** The variant that counts, and its measurements. */
export const winner = (measurements) => [...measurements].sort(([, a], [, b]) => fastest(a) - fastest(b))[0];
