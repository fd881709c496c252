// The environment of a measured process. A comparison must not depend on the shell that it is started from: a setting there can make a peer half as fast.

/** Variables that OpenBLAS, OpenMP, MKL, oneDNN, PyTorch, onnxruntime, Python, glibc's malloc and Node read. */
const settings = [
  /^(OPENBLAS|GOTO|OMP|GOMP|KMP|MKL|BLIS|DNNL|ONEDNN|ATEN|TORCH|PYTORCH|ORT|MALLOC|UV)_/,
  /^(GLIBC_TUNABLES|NODE_OPTIONS|NODE_V8_COVERAGE|NODE_DEBUG|NODE_DEBUG_NATIVE)$/,
  /^PYTHON(MALLOC|MALLOCSTATS|DEVMODE|TRACEMALLOC|FAULTHANDLER|PROFILEIMPORTTIME|OPTIMIZE)$/,
];

/**
 * The variables for a process that works on `threads` threads. `isa` forces our kernels, `kernels` OpenBLAS's; `more` comes last.
 * `CHAINRULE_ISA` is the only setting of ours that counts.
 */
export function environment({ threads = 1, kernels, isa, more = {} }, inherited = process.env) {
  const kept = Object.entries(inherited).filter(([name]) => !settings.some((pattern) => pattern.test(name)));
  return {
    ...Object.fromEntries(kept),
    OMP_NUM_THREADS: `${threads}`,
    OPENBLAS_NUM_THREADS: `${threads}`,
    ...(kernels && { OPENBLAS_CORETYPE: kernels }),
    ...(isa && { CHAINRULE_ISA: isa }),
    ...more,
  };
}
