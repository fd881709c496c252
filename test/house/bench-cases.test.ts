import { beforeAll, expect, test } from 'vitest';
import { benchModule } from '../support/bench';

// The cases of the benchmark are consistent: a goal that names an absent peer or roof would never be judged.

interface Case {
  name: string;
  threads: number;
  peers: string[];
  goals: { share?: number; ratio?: number; over?: string }[];
  flops?: number;
  bytes?: number;
  roof?: 'fma' | 'read' | 'copy';
}
interface Functions {
  selectCases: (choice: { only: RegExp; withCurves: boolean; threads: number[] }) => Case[];
  drivers: Record<string, object>;
}
let table: Case[];
let curves: Case[];
let drivers: Functions['drivers'];

beforeAll(async () => {
  const { selectCases } = await benchModule<Functions>('cases.mjs');
  ({ drivers } = await benchModule<Functions>('drivers.mjs'));
  [table, curves] = [false, true].map((withCurves) => selectCases({ only: /./, withCurves, threads: [1, 2] })) as [Case[], Case[]];
});

test('a name and a number of threads occur once', () => {
  const keys = [...table, ...curves].map(({ name, threads }) => `${name}, ${threads}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect(table.length).toBeGreaterThan(50);
});

test('every peer has a driver, and every goal what it is about', () => {
  for (const { name, peers, goals, roof, flops, bytes } of [...table, ...curves]) {
    for (const peer of peers) expect(drivers, name).toHaveProperty([peer]);
    for (const { share, over } of goals) {
      if (over !== undefined) expect(peers, name).toContain(over);
      if (share !== undefined) expect([roof, share < 1], name).toEqual([expect.any(String), true]);
    }
    if (roof !== undefined) expect(roof === 'fma' ? flops : bytes, name).toBeGreaterThan(0);
  }
});

test('goals of large work differ between one thread and more', () => {
  const goals = table.filter(({ name }) => name === 'train 784-2048-2048-10 batch 256 sgd').map((work) => work.goals);
  expect(goals).toEqual([[{ share: 0.9 }], [{ share: 0.86 }, { ratio: 1.4, over: 'pytorch' }]]);
});
