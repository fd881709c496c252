import { beforeAll, describe, expect, test } from 'vitest';
import { implementations, type Mpi } from '../ranks/implementations';
import { testFailures } from './planned-failures';
import { answers, failure, newFolder, same } from './programs';
import { errorsOfOne, refusedByAll } from './reasons';

// fit({ group }) under mpirun, with each MPI of this machine.

type Bits = Record<string, string>;

/** All tests with one MPI; none where the machine does not have it. */
export function testTraining(name: string): void {
  const mpi = implementations.find((found) => found.name === name);
  if (mpi === undefined) test.skip(`${name} is not installed`);
  else describe(name, () => testWith(mpi));
}

/** Those that this machine has, from the one that is usual here. */
const isas = ['avx512', 'avx2', 'neon'];

function testWith(mpi: Mpi): void {
  describe('any number of ranks gets the bits of one process', () => {
    let alone: { bits: Bits; isa: string };
    beforeAll(() => {
      [alone] = answers<typeof alone>(mpi, 'alone', ['bits', 'all', 'alone']) as [typeof alone];
    });

    test.each([1, 2, 8])('%i', (ranks) => {
      expect(same(answers<typeof alone>(mpi, ranks, ['bits', 'all', 'group'])).bits).toEqual(alone.bits);
    });

    test('4, each with threads and an instruction set of its own', () => {
      const own = [alone.isa, ...(isas.indexOf(alone.isa) === 0 ? ['avx2'] : []), 'scalar'];
      const all = answers<typeof alone>(mpi, 4, ['bits', 'all', 'group'], { CHAINRULE_TEST_ISAS: own.join() });
      expect(new Set(all.map(({ isa }) => isa))).toEqual(new Set(own));
      for (const { bits } of all) expect(bits).toEqual(alone.bits);
    });

    test('streams, of which each rank has its part of each batch', () => {
      const [expected] = answers<Bits>(mpi, 'alone', ['bits', 'allStreams', 'alone']);
      for (const ranks of [2, 4]) expect(same(answers<Bits>(mpi, ranks, ['bits', 'allStreams', 'group']))).toEqual(expected);
    });

    test('stopped and resumed by other numbers of ranks', () => {
      const upTo = (ranks: number | 'alone', folder: string, epoch: number) =>
        same(answers<Bits>(mpi, ranks, ['bits', 'upTo', '<how>', folder, String(epoch)]));
      const expected = upTo('alone', newFolder(), 6);
      const folder = newFolder();
      upTo(4, folder, 3);
      expect(upTo(2, folder, 6)).toEqual(expected);
      const other = newFolder();
      upTo('alone', other, 2);
      upTo(2, other, 3);
      expect(upTo('alone', other, 6)).toEqual(expected);
    });
  });

  test.each([
    [4, 2],
    [2, 0],
  ])('%i ranks stop together where rank %i does', (ranks, which) => {
    const stopped = { bits: expect.any(String) };
    const all = answers<Record<string, { end: string; epochs: number[]; bits: string }>>(mpi, ranks, ['stops', 'all', String(which)]);
    for (const [rank, found] of all.entries()) {
      for (const [name, { bits }] of Object.entries(found)) expect(bits, name).toBe(all[0]?.[name]?.bits);
      const error = rank === which ? 'AbortError' : `ERR_CHAINRULE_MPI: rank ${which} has stopped with an error, which it says itself`;
      expect(found).toEqual({
        'onEpoch is false': { ...stopped, end: 'callback after 2', epochs: [1, 2] },
        'onEpoch is false now and then': { ...stopped, end: 'callback after 6', epochs: [3, 6] },
        'onBatch is false': { ...stopped, end: 'callback after 2', epochs: [] },
        'the last batch of an epoch': { ...stopped, end: 'callback after 2', epochs: [] },
        'a signal between two epochs': { ...stopped, end: error, epochs: [1, 2, 3] },
        'a signal at any time': { ...stopped, end: error, epochs: [] },
        'a signal, in the time of a callback': { ...stopped, end: error, epochs: [1, 2] },
        'the time of all': { ...stopped, end: 'time', epochs: [] },
        'the time of one': { ...stopped, end: 'time', epochs: [] },
        'the best epoch': { ...stopped, end: 'callback after 4', epochs: [1, 2, 3, 4] },
        'onBatch of a stream is false': { ...stopped, end: 'callback after 1', epochs: [] },
        'a signal of a stream': { ...stopped, end: error, epochs: [] },
        'the time of a stream': { ...stopped, end: 'time', epochs: [] },
        afterwards: { ...stopped, end: 'epochs after 2', epochs: [] },
      });
    }
  });

  describe('refusals', () => {
    test('each rank gets the reason, and the group goes on', () => {
      const [first, second] = answers<Record<string, string>>(mpi, 2, ['refusals', 'all', newFolder()]);
      for (const found of [first, second]) {
        for (const [name, message] of Object.entries(refusedByAll)) expect(found?.[name], name).toMatch(message);
      }
      for (const [name, message] of Object.entries(errorsOfOne)) {
        expect(first?.[name], name).toBe('ERR_CHAINRULE_MPI: rank 1 has stopped with an error, which it says itself');
        expect(second?.[name], name).toMatch(message);
      }
      const names = [...Object.keys(refusedByAll), ...Object.keys(errorsOfOne), 'nothing wrong'];
      expect(Object.keys(first as object).sort()).toEqual(names.sort());
      expect([first?.['nothing wrong'], second?.['nothing wrong']]).toEqual(['trained', 'trained']);
    });

    test.each([
      ['options', 'ChainruleError: rank 1 does not train the same as rank 0'],
      ['all rows', 'ChainruleError: every rank has given the same 200 rows'],
      ['shards', 'Error: shards must be a multiple of the 2 ranks'],
      ['an error in onEpoch', 'Error: mine'],
    ])('the job fails: %s', (name, message) => {
      const { printed, seconds } = failure(mpi, 2, ['refusals', 'one', newFolder(), name]);
      expect(printed).toContain(message);
      expect(seconds).toBeLessThan(12);
    });
  });

  test.each(['callback', 'batch'])('a rank that throws and lives on does not keep the others waiting (%s)', (where) => {
    const all = answers<{ message: string; late: boolean }>(mpi, 4, ['failures', 'caught', where]);
    for (const [rank, { message, late }] of all.entries()) {
      expect(message).toBe(rank === 1 ? 'planted' : 'rank 1 has stopped with an error, which it says itself');
      expect(late).toBe(false);
    }
  });

  test('a rank that throws in the middle of a step and lives on does not keep the others waiting', () => {
    const { printed } = failure(mpi, 4, ['failures', 'caughtInStep']);
    const why = 'an error in the middle of a step';
    for (let rank = 0; rank < 4; rank++) {
      const [message, later] = rank === 1 ? ['planted', why] : [`rank 1 has failed: ${why}`, `rank 1 has failed: ${why}`];
      expect(printed).toContain(JSON.stringify({ rank, message, late: false, later }));
    }
  });

  testFailures(mpi);
}
