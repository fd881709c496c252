import { describe, expect, test } from 'vitest';
import type { Group } from '../../lib/group';
import type { NativeSamples } from '../../lib/native';
import { Team } from '../../lib/training/team';

// The meetings of ranks, which are promises of this process here; test/mpi has processes.

type Message = (data: Uint8Array) => void;

/** Ranks that exchange with each other. */
function makeTeams(size: number): Team[] {
  const waiting = new Map<string, { data: Uint8Array; deliver: Message }[]>();
  const exchange = (rank: number, partner: number, data: Uint8Array): Promise<Uint8Array> => {
    const theirs = waiting.get(`${partner}-${rank}`)?.shift();
    if (theirs !== undefined) {
      theirs.deliver(data);
      return Promise.resolve(theirs.data);
    }
    return new Promise((deliver) => {
      const key = `${rank}-${partner}`;
      waiting.set(key, [...(waiting.get(key) ?? []), { data, deliver }]);
    });
  };
  return Array.from({ length: size }, (_, rank) => {
    const group = { rank, size, exchange: (partner: number, data: Uint8Array) => exchange(rank, partner, data) };
    return new Team(group as unknown as Group);
  });
}

/** Each rank does something; all results, or the messages of the errors. */
const all = async <Result>(teams: readonly Team[], work: (team: Team) => Promise<Result>): Promise<(Result | string)[]> =>
  Promise.all(teams.map((team) => work(team).catch((error: Error) => error.message)));

const samples = (rows: number, value: number, index?: readonly number[]): NativeSamples => ({
  x: new Float32Array(3 * rows).fill(value),
  y: new Float32Array(rows),
  rows: index?.length ?? rows,
  ...(index && { index: Uint32Array.from(index) }),
});

describe.each([1, 2, 4, 8])('%i ranks', (size) => {
  const teams = makeTeams(size);
  const ranks = teams.map((_, rank) => rank);

  test('gather a number of each', async () => {
    expect(await all(teams, (team) => team.gather(10 + team.rank))).toEqual(ranks.map(() => ranks.map((rank) => 10 + rank)));
  });

  test('add up their rows', async () => {
    const rows = 2 * size + 1; // the last rank has one more
    expect(await all(teams, (team) => team.sumRows(team.rank === size - 1 ? 3 : 2, 'data'))).toEqual(ranks.map(() => rows));
  });

  test('meet, and stop if one wants to', async () => {
    expect(await all(teams, (team) => team.meet(async () => false))).toEqual(ranks.map(() => false));
    expect(await all(teams, (team) => team.meet(async () => team.rank === size - 1))).toEqual(ranks.map(() => true));
  });

  test('hear of an error', async () => {
    const found = await all(teams, (team) => team.meet(async () => (team.rank === 0 ? Promise.reject(new Error('no')) : false)));
    expect(found).toEqual(ranks.map((rank) => (rank === 0 ? 'no' : 'rank 0 has stopped with an error, which it says itself')));
  });
});

describe('parts', () => {
  const teams = makeTeams(2);
  const check = (of: (rank: number) => NativeSamples) => all(teams, (team) => team.checkParts(of(team.rank)));
  const fine = [undefined, undefined];

  test('the same rows on all ranks are noticed', async () => {
    expect((await check(() => samples(4, 1)))[1]).toMatch(/every rank has given the same 4 rows: .* group.slice\(4\)/);
  });

  test.each([
    ['other rows', (rank: number) => samples(4, rank)],
    ['a rank with one row, and one with two', (rank: number) => samples(1 + rank, 1)],
    ['one row each, the same', () => samples(1, 1)],
    ['rows by their indices, in the same memory', (rank: number) => samples(8, 1, rank === 0 ? [0, 1, 2] : [3, 4, 5])],
  ])('%s', async (_, of) => {
    expect(await check(of)).toEqual(fine);
    expect(await all(teams, (team) => team.gather(team.rank))).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });
});
