// The command line.
import os from 'node:os';
import { parseArgs } from 'node:util';
import { drivers } from './drivers.mjs';

export const usage = `Usage: npm run bench -- [options]

  --only PATTERN   cases whose name matches this regular expression, ignoring case
  --drivers LIST   of ${Object.keys(drivers).join(',')} (default: all)
  --threads LIST   numbers of threads for large work, "all" among them (default: 1,all)
  --rounds N       measurements of everything; the best counts (default: 5)
  --seconds S      that one measurement takes, roughly (default: 0.5)
  --curves         curves over batch and width, in place of the table's cases: two rounds of a quarter of the seconds
  --json FILE      write the results there too
  --from FILE      measure nothing: the results are those of such a file; of several, a later one has precedence
  --svg FILE       where the picture of the curves is drawn (default: build/bench/curves.svg)
  --readme         put the table into bench/README.md and README.md, the picture into bench/curves.svg
  --list           only name the cases
  --help

CHAINRULE_ISA=avx2 (or another) forces our kernels and the peak they are compared with.`;

export function readOptions(args) {
  const string = (value) => ({ type: 'string', ...(value && { default: value }) });
  const { values } = parseArgs({
    args,
    options: {
      only: string('.'),
      drivers: string(Object.keys(drivers).join()),
      threads: string('1,all'),
      rounds: string('5'),
      seconds: string('0.5'),
      curves: { type: 'boolean', default: false },
      json: string(),
      from: { type: 'string', multiple: true, default: [] },
      svg: string(),
      readme: { type: 'boolean', default: false },
      list: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const all = os.availableParallelism();
  const chosen = values.drivers.split(',');
  const unknown = chosen.find((name) => !drivers[name]);
  if (unknown !== undefined) throw new Error(`there is no driver "${unknown}": ${Object.keys(drivers).join(', ')}`);
  const threads = [...new Set(values.threads.split(',').map((count) => (count === 'all' ? all : Number(count))))].sort((a, b) => a - b);
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
  if (![...threads, rounds].every((count) => Number.isInteger(count) && count > 0))
    throw new Error('--threads and --rounds are whole numbers');
  if (!(seconds > 0)) throw new Error('--seconds is a number above 0');
  const perPoint = values.curves ? { rounds: Math.min(rounds, 2), seconds: seconds / 4 } : { rounds, seconds };
  return { ...values, ...perPoint, only: new RegExp(values.only, 'i'), chosen, threads, all };
}
