import { beforeAll, expect, test } from 'vitest';
import { benchModule } from '../support/bench';

// The drivers of the benchmark inherit no setting that changes the speed of what ours is compared with.

interface Functions {
  environment: (settings: object, inherited: NodeJS.ProcessEnv) => NodeJS.ProcessEnv;
}
let environment: Functions['environment'];

beforeAll(async () => {
  ({ environment } = await benchModule<Functions>('environment.mjs'));
});

const one = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };

test('OpenBLAS gets its kernels from the benchmark, not from the shell', () => {
  const inherited = { PATH: '/bin', OPENBLAS_CORETYPE: 'Prescott', OPENBLAS_L2_SIZE: '1', OMP_NUM_THREADS: '7', OPENBLAS_NUM_THREADS: '7' };
  expect(environment({ kernels: 'SkylakeX' }, inherited)).toEqual({ PATH: '/bin', OPENBLAS_CORETYPE: 'SkylakeX', ...one });
  expect(environment({ threads: 2 }, inherited)).toEqual({ PATH: '/bin', OMP_NUM_THREADS: '2', OPENBLAS_NUM_THREADS: '2' });
});

test.each([
  ...['GOTO_NUM_THREADS', 'OMP_WAIT_POLICY', 'GOMP_SPINCOUNT', 'KMP_AFFINITY', 'MKL_NUM_THREADS', 'MKL_DEBUG_CPU_TYPE', 'DNNL_MAX_CPU_ISA'],
  ...['ATEN_CPU_CAPABILITY', 'PYTHONMALLOC', 'NODE_OPTIONS', 'NODE_V8_COVERAGE', 'MALLOC_ARENA_MAX', 'UV_THREADPOOL_SIZE'],
])('%s is not inherited', (name) => {
  expect(environment({}, { [name]: '1' })).toEqual(one);
});

test.each(['PATH', 'HOME', 'PYTHON', 'PYTHONPATH', 'LD_LIBRARY_PATH', 'NODE_EXTRA_CA_CERTS', 'CHAINRULE_ISA'])(
  '%s is inherited',
  (name) => {
    expect(environment({}, { [name]: '1' })).toEqual({ [name]: '1', ...one });
  },
);

test('a way to run a peer has the last word, and a forced instruction set is ours alone', () => {
  expect(environment({ threads: 2, more: { OMP_NUM_THREADS: '1' } }, {})).toEqual({ OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '2' });
  expect(environment({ isa: 'avx2' }, { CHAINRULE_ISA: 'scalar' })).toMatchObject({ CHAINRULE_ISA: 'avx2' });
});
