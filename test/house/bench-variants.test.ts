import { beforeAll, expect, test } from 'vitest';
import { benchModule } from '../support/bench';

// Each peer is run in every sensible way, and the best one counts.

interface Way {
  name: string;
  more?: Record<string, string>;
  spec?: object;
}
type Measurements = Map<string, { best?: number }[]>;
interface Functions {
  divisions: (spec: { threads: number }, machine?: { isas: string[] }) => Way[];
  sessions: (spec: { threads: number }) => Way[];
  contenders: (measurements: Measurements) => string[];
  winner: (measurements: Measurements) => [string, { best?: number }[]];
  fastest: (names: (string | undefined)[], measure: (name?: string) => number) => string | undefined;
  candidates: (isas: string[]) => (string | undefined)[];
}
let divisions: Functions['divisions'];
let sessions: Functions['sessions'];
let contenders: Functions['contenders'];
let winner: Functions['winner'];
let fastest: Functions['fastest'];
let candidates: Functions['candidates'];

beforeAll(async () => {
  ({ divisions, sessions, contenders, winner } = await benchModule<Functions>('variants.mjs'));
  ({ fastest, candidates } = await benchModule<Functions>('openblas.mjs'));
});

const threadsOf = ({ more }: Way) => [more?.OMP_NUM_THREADS, more?.OPENBLAS_NUM_THREADS];

test('PyTorch divides its threads between OpenMP and OpenBLAS in each way', () => {
  expect(divisions({ threads: 1 }).map(threadsOf)).toEqual([['1', '1']]);
  const two = divisions({ threads: 2 });
  expect(two.map(threadsOf)).toEqual(expect.arrayContaining([...[['1', '2']], ...[['2', '2']], ...[['2', '1']]]));
  expect(new Set(two.map(({ name }) => name)).size).toBe(two.length);
  expect(divisions({ threads: 2 }, { isas: ['avx512'] })).toHaveLength(two.length + 1);
});

test('onnxruntime is told the number of threads, and may choose where it is more than one', () => {
  expect(sessions({ threads: 1 })).toMatchObject([{ spec: { session: { intraOpNumThreads: 1 } } }]);
  expect(sessions({ threads: 4 })).toMatchObject([{ spec: { session: { intraOpNumThreads: 4 } } }, { spec: { session: {} } }]);
});

test('later rounds keep the best way, and a second one that is nearly as fast', () => {
  const measurements: Measurements = new Map([
    ['slow', [{ best: 3 }]],
    ['best', [{ best: 1.2 }, { best: 1 }]],
    ['near', [{ best: 1.1 }]],
    ['nearer', [{ best: 1.05 }]],
    ['failed', [{}]],
  ]);
  expect(contenders(measurements)).toEqual(['best', 'nearer']);
  expect(winner(measurements)[0]).toBe('best');
  expect(contenders(new Map([...measurements].filter(([name]) => !name.startsWith('near'))))).toEqual(['best']);
});

test('the one way of a driver that fails stays, to be told', () => {
  const failed: Measurements = new Map([['only', [{}]]]);
  expect(contenders(failed)).toEqual(['only']);
  expect(winner(failed)[0]).toBe('only');
});

test('OpenBLAS gets the kernels whose products are the fastest', () => {
  expect(candidates(['avx512', 'avx2', 'scalar'])).toEqual([undefined, 'SkylakeX', 'SapphireRapids', 'Haswell', 'Zen']);
  expect(candidates(['avx2', 'scalar'])).toEqual([undefined, 'Haswell', 'Zen']);
  expect(candidates(['neon', 'scalar'])).toEqual([undefined]);
  const times = { Haswell: 2, SkylakeX: 1, Zen: Infinity };
  expect(fastest([undefined, 'Haswell', 'SkylakeX', 'Zen'], (name) => times[name as keyof typeof times] ?? 1.5)).toBe('SkylakeX');
  expect(fastest([undefined], () => Infinity)).toBeUndefined();
});
