import { readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { RandomNumbers } from '../../support/random-numbers';
import type { Mpi } from '../ranks/implementations';
import { answers, failure, newFolder, same } from './programs';

/*
 * Schedules of the end of one rank, as Horovod's elastic tests have them. The job fails, the others say why, and the checkpoint is whole. Any
 * number of ranks resumes it, with the bits of a training that never stopped. With CHAINRULE_LONG_TESTS=1 there are 100 rounds;
 * CHAINRULE_TEST_SEED draws others.
 */

const isLong = process.env.CHAINRULE_LONG_TESTS !== undefined;
const seed = Number(process.env.CHAINRULE_TEST_SEED ?? 1);
const hows = ['throw', 'kill', 'exit', 'memory'] as const;
const places = ['step', 'callback', 'before the new file', 'batch', 'after the new file'] as const;

interface Round {
  ranks: number;
  rank: number;
  epoch: number;
  how: (typeof hows)[number];
  where: (typeof places)[number];
  delay: number;
  resumedBy: number | 'alone';
}

/** Every way to end meets every place within 20 rounds. */
function draw(count: number): Round[] {
  const random = new RandomNumbers(seed);
  return Array.from({ length: count }, (_, index) => {
    const where = places[index % places.length] as Round['where'];
    const ranks = random.pick([2, 4]);
    return {
      ranks,
      // Rank 0 writes the checkpoints.
      rank: where.endsWith('file') ? 0 : random.below(ranks),
      epoch: 1 + random.below(5),
      how: hows[index % hows.length] as Round['how'],
      where,
      delay: Math.round(random.between(0, 20)),
      resumedBy: random.pick(['alone', 1, 2, 4] as const),
    };
  });
}

const reason = {
  throw: 'Error: planted',
  memory: 'RangeError: Array buffer allocation failed',
  exit: '',
  kill: '',
};

export function testFailures(mpi: Mpi): void {
  describe('one rank ends, and the training is resumed', () => {
    let expected: string;
    beforeAll(() => {
      [expected] = answers<string>(mpi, 'alone', ['failures', 'whole', 'alone']) as [string];
    });

    test.each(draw(isLong ? 100 : 6))('$how, $where, epoch $epoch: rank $rank of $ranks; resumed by $resumedBy', (round) => {
      const { ranks, rank, how, resumedBy } = round;
      const folder = newFolder();
      const file = path.join(folder, 'checkpoint');
      const { status, printed, seconds } = failure(mpi, ranks, ['failures', 'fail', file, JSON.stringify(round)]);
      expect(printed).not.toContain('it was to end earlier');
      expect(seconds).toBeLessThan(15);
      if (how === 'exit') expect(status).toBe(3);
      if (how !== 'kill') {
        expect(printed).toContain(reason[how]);
        expect(printed).toMatch(new RegExp(`rank ${rank} has (stopped with an error|ended with exit code)`));
      }
      expect(same(answers<string>(mpi, resumedBy, ['failures', 'whole', '<how>', file]))).toBe(expected);
      expect(readdirSync(folder)).toEqual(['checkpoint']);
    });
  });
}
