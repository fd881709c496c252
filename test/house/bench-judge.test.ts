import { beforeAll, expect, test } from 'vitest';
import { benchModule } from '../support/bench';

// The benchmark's way from measurements to figures.

interface Measured {
  best: number;
  gap?: number;
  disturbed?: boolean;
  flops?: number;
}
interface Judged {
  share?: number;
  busy?: boolean;
  goals: { reached?: boolean }[];
  peers: Record<string, { ratio?: number; share?: number }>;
}
interface Functions {
  judge: (measured: object) => Judged;
  sum: (measured: Measured[]) => Measured & { busy?: boolean };
  withCommonRoofs: (results: object[]) => { roof?: { best: number } }[];
  busyTicks: (stat: string, cpus: number[]) => number;
  ownTicks: (stat: string) => number;
  isDisturbed: (threads: number, others: number | undefined, cores?: number) => boolean;
}
let judge: Functions['judge'];
let sum: Functions['sum'];
let withCommonRoofs: Functions['withCommonRoofs'];
let busyTicks: Functions['busyTicks'];
let ownTicks: Functions['ownTicks'];
let isDisturbed: Functions['isDisturbed'];

beforeAll(async () => {
  ({ judge, sum, withCommonRoofs } = await benchModule<Functions>('judge.mjs'));
  ({ busyTicks, ownTicks, isDisturbed } = await benchModule<Functions>('machine.mjs'));
});

const work = {
  flops: 90,
  roof: { best: 1, flops: 100 },
  ours: { best: 1, gap: 0.02 },
  peers: { openblas: { best: 1.2 }, absent: { missing: 'it' } },
};
const reached = (goals: object[], more: object = {}) => judge({ ...work, ...more, goals }).goals.map((goal) => goal.reached);

test('a case may have several goals, each judged by itself', () => {
  expect(reached([{ share: 0.9 }, { share: 0.91 }, { ratio: 1.2, over: 'openblas' }, { ratio: 1.3, over: 'openblas' }])).toEqual([
    ...[true, false],
    ...[true, false],
  ]);
  expect(reached([{ seconds: 1 }, { seconds: 0.9 }, { bytes: 2 }, { gap: 0.01 }, { gap: 0.03 }])).toEqual([true, false, true, false, true]);
});

test('a goal whose figure is missing is neither reached nor missed', () => {
  expect(
    reached([
      { ratio: 1, over: 'absent' },
      { ratio: 1, over: 'nobody' },
    ]),
  ).toEqual([undefined, undefined]);
  expect(reached([{ share: 0.9 }], { roof: undefined })).toEqual([undefined]);
});

test('shares and ratios are those of ours and of each peer', () => {
  expect(judge(work)).toMatchObject({ share: 0.9, peers: { openblas: { ratio: 1.2, share: 0.75 } } });
  const copied = judge({ ...work, bytes: 50, roof: { best: 1, flops: 0, bytes: 100 } });
  expect(copied.share).toBe(0.5);
});

test('the best round counts; busy is a case that shared its cores in every round of one of them', () => {
  expect(
    sum([
      { best: 2, gap: 3, disturbed: true },
      { best: 1, gap: 4 },
    ]),
  ).toMatchObject({ best: 1, spread: 1, gap: 3 });
  expect(sum([{ best: 2, disturbed: true }, { best: 1 }]).busy).toBeUndefined();
  const peer = sum([
    { best: 2, disturbed: true },
    { best: 3, disturbed: true },
  ]);
  expect(peer.busy).toBe(true);
  expect(judge(work).busy).toBeUndefined();
  expect(judge({ ...work, peers: { peer } }).busy).toBe(true);
});

test('the points of a curve have the best of their roofs', () => {
  const point = (group: string, best: number) => ({ curve: { group }, roof: { best } });
  const results = [point('a', 2), point('a', 1), point('b', 3), { roof: { best: 9 } }, { curve: { group: 'c' } }];
  expect(withCommonRoofs(results).map(({ roof }) => roof?.best)).toEqual([1, 1, 3, 9, undefined]);
});

test('others take what the machine took and this process and its children did not', () => {
  const stat = 'cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 10 1 5 900 7 1 1 2 0 0\ncpu1 20 0 0 900 0 0 0 0 0 0\nintr 5\n';
  expect(busyTicks(stat, [0])).toBe(20);
  expect(busyTicks(stat, [0, 1])).toBe(40);
  expect(ownTicks('12 (a (b) c) S 1 1 1 0 -1 0 0 0 0 0 7 2 30 4 20 0 1 0')).toBe(43);
});

test('a measurement is disturbed when others leave too few cores to it', () => {
  expect(isDisturbed(1, 1.05, 2)).toBe(false);
  expect(isDisturbed(1, 1.2, 2)).toBe(true);
  expect(isDisturbed(2, 0.2, 2)).toBe(true);
  expect(isDisturbed(4, 0.05, 2)).toBe(false);
  expect(isDisturbed(2, undefined, 2)).toBe(false);
});
