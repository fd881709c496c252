// The benchmark: case x driver, every measurement in a process of its own, rounds interleaved, so that the machine's moods hit all alike.
import fs from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { selectCases } from './cases.mjs';
import { drivers, nativeBench, openblasKernels, runJson } from './drivers.mjs';
import { judge, sum } from './judge.mjs';
import { printReport } from './report.mjs';

const usage = `Usage: npm run bench -- [options]

  --only PATTERN   cases whose name matches this regular expression, ignoring case
  --drivers LIST   of ${Object.keys(drivers).join(',')} (default: all)
  --threads LIST   numbers of threads for large work, "all" among them (default: 1,all)
  --rounds N       measurements of everything; the best counts (default: 5)
  --seconds S      that one measurement takes, roughly (default: 0.5)
  --curves         also the curves over batch and width
  --json FILE      write the results there too
  --list           only name the cases
  --help

CHAINRULE_ISA=avx2 (or another) forces our kernels and the peak they are compared with.`;

function readOptions() {
  const string = (value) => ({ type: 'string', ...(value && { default: value }) });
  const { values } = parseArgs({
    options: {
      only: string('.'),
      drivers: string(Object.keys(drivers).join()),
      threads: string('1,all'),
      rounds: string('5'),
      seconds: string('0.5'),
      curves: { type: 'boolean' },
      json: string(),
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
  return { ...values, only: new RegExp(values.only, 'i'), chosen, threads, rounds, seconds, all };
}

const nativeMissing = { name: 'native_bench, so no peak', install: 'npm run prebench' };

const progress = (text) => process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : '');

/** The peak of arithmetic, or of reading `bytes` bytes, by native_bench. */
const roofCommand = (kind, threads, seconds, bytes) => [nativeBench, seconds, threads, kind, ...(kind === 'read' ? [bytes] : [])];

function measureCase(work, names, { rounds, seconds, isas }) {
  const spec = { ...work.spec, threads: work.threads, seconds };
  const results = Object.fromEntries(names.map((name) => [name, []]));
  const roofs = [];
  for (let round = 0; round < rounds; round++) {
    progress(`${work.name}, ${work.threads} thread(s), round ${round + 1} of ${rounds}`);
    if (work.roof && isas.length > 0) roofs.push(runJson(roofCommand(work.roof, work.threads, seconds / 2, work.bytes)));
    for (const name of names) results[name].push(runJson(drivers[name].command(spec), { threads: work.threads, isas }));
  }
  const { ours, ...peers } = Object.fromEntries(names.map((name) => [name, sum(results[name])]));
  return { ours, peers, roof: roofs.length > 0 ? sum(roofs) : undefined };
}

/** Peaks and bandwidths of every instruction set, on one thread and on all. */
function measureRoofs(isas, { rounds, seconds, all }) {
  const rows = [];
  for (const isa of isas) {
    for (const threads of new Set([1, all])) {
      progress(`peak of ${isa}, ${threads} thread(s)`);
      const measured = (kind) => {
        const command = roofCommand(kind, threads, seconds / 2, 1 << 28);
        return sum(Array.from({ length: rounds }, () => runJson(command, { isa })));
      };
      const [fma, read] = [measured('fma'), measured('read')];
      rows.push({ isa, threads, flops: fma.flops / fma.best, bytes: read.bytes / read.best });
    }
  }
  return rows;
}

function main() {
  const options = readOptions();
  if (options.help) return console.log(usage);
  const cases = selectCases({ only: options.only, withCurves: options.curves, threads: options.threads });
  if (options.list) return console.log(cases.map(({ name, threads }) => `${name}, ${threads} thread(s)`).join('\n'));
  if (cases.length === 0) throw new Error('no case has such a name; --list shows them');

  const wanted = new Set(cases.flatMap(({ peers }) => ['ours', ...peers]).filter((name) => options.chosen.includes(name)));
  const missing = [...wanted].filter((name) => drivers[name].isMissing());
  const machine = runJson([nativeBench, 'isas']);
  const isas = machine.isas ?? [];
  const roofs = cases.some(({ roof }) => roof) ? measureRoofs(isas, options) : [];
  const results = cases.map((work) => {
    const asked = ['ours', ...work.peers].filter((name) => wanted.has(name));
    const { ours, peers, roof } = measureCase(
      work,
      asked.filter((name) => !missing.includes(name)),
      { ...options, isas },
    );
    for (const name of asked.filter((name) => missing.includes(name))) peers[name] = { missing: drivers[name].install };
    return judge({ ...work, ours, peers, roof });
  });
  progress('');

  const { version } = JSON.parse(fs.readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const report = {
    date: new Date().toISOString().slice(0, 10),
    version,
    machine: {
      cpu: os.cpus()[0]?.model,
      cores: options.all,
      memory: os.totalmem(),
      system: `${os.type()} ${os.arch()}`,
      node: process.version,
    },
    isa: machine.isa,
    openblas: openblasKernels(isas) ?? 'its own choice',
    options: { rounds: options.rounds, seconds: options.seconds, threads: options.threads },
    roofs,
    results,
    missing: [...missing.map((name) => ({ name, install: drivers[name].install })), ...(isas.length > 0 ? [] : [nativeMissing])],
  };
  if (options.json) fs.writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  printReport(report);
}

try {
  main();
} catch (error) {
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
