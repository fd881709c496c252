import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from 'vitest';

// The drivers of the benchmark inherit no setting that changes the kernels of the library that ours is compared with.

type Environment = (settings: object, inherited: NodeJS.ProcessEnv) => NodeJS.ProcessEnv;
let environment: Environment;

beforeAll(async () => {
  const drivers = pathToFileURL(path.join(__dirname, '../../bench/drivers.mjs')).href;
  ({ environment } = (await import(drivers)) as { environment: Environment });
});

const inherited = { PATH: '/bin', OPENBLAS_CORETYPE: 'Prescott', OPENBLAS_L2_SIZE: '1', OMP_NUM_THREADS: '7', OPENBLAS_NUM_THREADS: '7' };

test('OpenBLAS gets its kernels from the benchmark, not from the shell', () => {
  expect(environment({ isas: ['avx512', 'avx2', 'scalar'] }, inherited)).toEqual({
    PATH: '/bin',
    OPENBLAS_CORETYPE: 'SkylakeX',
    OMP_NUM_THREADS: '1',
    OPENBLAS_NUM_THREADS: '1',
  });
  expect(environment({ isas: ['avx2', 'scalar'], threads: 2 }, inherited)).toEqual({
    PATH: '/bin',
    OMP_NUM_THREADS: '2',
    OPENBLAS_NUM_THREADS: '2',
  });
});

test('a forced instruction set is ours alone', () => {
  expect(environment({ isa: 'avx2' }, { CHAINRULE_ISA: 'scalar' })).toMatchObject({ CHAINRULE_ISA: 'avx2' });
});
