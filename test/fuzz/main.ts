import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { add, type Counts, type Fault, memoryAllowance, mostMemory, none } from './cases';
import { serve, type Task } from './child';
import { base } from './files';
import { allFormats, formats } from './formats';

/*
 * The command `npm run fuzz`: damaged inputs of all formats, in processes of their own, which may crash or hang.
 */

/** Cases that a process gets at a time. */
const most = 1000;
/** Seconds on one case after which a process hangs: of the processor, where Linux tells. Each case is allowed one second, three times. */
const patience = 20;
/** The same by the clock, where other processes may have the processor. */
const longPatience = 300;

const usage = `npm run fuzz -- [--cases 20000] [--seed 1] [--format ${Object.keys(formats).join('|')}] [--first 0] [--json]
  --cases   the number of cases, shared out to the formats
  --format  one format, or several with commas
  --first   the number of the first case: with --cases 1, one case alone`;

interface Options {
  cases: number;
  seed: number;
  first: number;
  names: readonly string[];
  json: boolean;
}

function options(): Options {
  const { values } = parseArgs({
    options: {
      ...{ cases: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' }, first: { type: 'string', default: '0' } },
      ...{ format: { type: 'string' }, json: { type: 'boolean', default: false } },
    },
  });
  const [cases, seed, first] = [values.cases, values.seed, values.first].map(Number) as [number, number, number];
  const names = values.format?.split(',') ?? Object.keys(formats);
  const isKnown = names.every((name) => Object.hasOwn(allFormats, name));
  if (!isKnown || ![cases, seed, first].every((value) => Number.isSafeInteger(value) && value >= 0)) throw new Error(usage);
  return { cases, seed, first, names, json: values.json };
}

/** Tasks for all formats in turn, so that a slow one does not come last alone. */
function tasksOf({ cases, seed, first, names }: Options, progress: string): Task[] {
  const tasks: Task[] = [];
  const each = names.map((_, index) => Math.floor(cases / names.length) + (index < cases % names.length ? 1 : 0));
  for (let done = 0; done < Math.max(...each); done += most) {
    for (const [index, format] of names.entries()) {
      const [begin, end] = [first + done, first + Math.min(done + most, each[index] as number)];
      if (begin < end) tasks.push({ format, seed, begin, end, progress });
    }
  }
  return tasks;
}

/** The young generation is kept small, or else its growth would hide that of the reader. */
const flags = ['--expose-gc', '--max-semi-space-size=4'];

class Processes {
  readonly counts: Record<string, Counts> = {};
  readonly #tasks: Task[];

  constructor(tasks: Task[]) {
    this.#tasks = tasks;
  }

  /** Starts no more tasks. */
  stop(): void {
    this.#tasks.length = 0;
  }

  /** One process at a time, and another one where it ends. */
  async work(progress: string): Promise<void> {
    let child: ChildProcess | undefined;
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) {
      child ??= fork(__filename, ['child', path.dirname(progress)], {
        execArgv: flags,
        stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
        serialization: 'advanced',
      });
      const { counts, problem } = await done(child, { ...task, progress });
      this.#add(task.format, counts);
      if (problem === undefined) continue;
      child.kill('SIGKILL');
      child = undefined;
      // The cases before it were good, or will be reported when the rest of the task is done.
      const index = Number(readFileSync(progress, 'utf8') || task.begin);
      this.#add(task.format, { ...none(), cases: 1, faults: [{ format: task.format, index, problem }] });
      if (index > task.begin) this.#tasks.push({ ...task, end: index });
      if (index + 1 < task.end) this.#tasks.push({ ...task, begin: index + 1 });
    }
    child?.disconnect();
  }

  #add(format: string, counts: Counts): void {
    this.counts[format] ??= none();
    add(this.counts[format], counts);
  }
}

/** The processor's seconds that a process has had; 0 where that is not known. */
function secondsOf({ pid }: ChildProcess): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
    // The 14th and 15th field, in hundredths of a second; these begin with the third.
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

/** The result of a task; a problem if its process ended or hangs. */
function done(child: ChildProcess, task: Task): Promise<{ counts: Counts; problem?: string }> {
  return new Promise((resolve) => {
    let output = '';
    const onError = (text: Buffer): void => {
      output = (output + text).slice(-2000);
    };
    const end = (counts: Counts, problem?: string): void => {
      clearInterval(watch);
      child.stderr?.off('data', onError);
      child.removeAllListeners('message').removeAllListeners('exit');
      resolve({ counts, ...(problem !== undefined && { problem }) });
    };
    let [index, since, used] = ['', performance.now(), secondsOf(child)];
    const watch = setInterval(() => {
      const now = readFileSync(task.progress, { encoding: 'utf8', flag: 'a+' });
      const hangs = secondsOf(child) - used > patience || performance.now() - since > 1000 * longPatience;
      if (now !== index) [index, since, used] = [now, performance.now(), secondsOf(child)];
      else if (hangs) end(none(), 'it hangs');
    }, 1000);
    child.stderr?.on('data', onError);
    child.once('message', (counts) => end(counts as Counts));
    child.once('exit', (code, signal) => end(none(), `the process ended: ${signal ?? `code ${code}`} ${output}`));
    child.send(task);
  });
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

function report(counts: Readonly<Record<string, Counts>>, seconds: number): string {
  const total = none();
  const rows = [['format', 'cases', 'loaded', 'refused', 'faults', 'longest', 'largest memory (input)']];
  const row = (name: string, { cases, loaded, refused, faults, longest, largest }: Counts): string[] => [
    ...[name, ...[cases, loaded, refused, faults.length].map(String)],
    ...[`${longest.milliseconds.toFixed(0)} ms`, `${mebibytes(largest.bytes)} (${largest.size} bytes, case ${largest.index})`],
  ];
  for (const [name, own] of Object.entries(counts)) {
    add(total, own);
    rows.push(row(name, own));
  }
  rows.push(row('all', total));
  const widths = (rows[0] as string[]).map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] as number))
      .join('  ')
      .trimEnd(),
  );
  const limit = `memory may be ${mostMemory} times the input and ${mebibytes(memoryAllowance)}; ${seconds.toFixed(0)} s`;
  return [...total.faults.map(shown), ...lines, limit].join('\n');
}

const shown = ({ format, index, problem }: Fault): string => `FAULT --format ${format} --first ${index} --cases 1: ${problem}`;

async function main(): Promise<void> {
  const given = options();
  const own = mkdtempSync(path.join(base, 'chainrule-fuzz-'));
  const processes = new Processes(tasksOf(given, own));
  // The report is about the cases so far.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => processes.stop());
  const begin = performance.now();
  const count = Math.min(given.names.length, os.availableParallelism());
  await Promise.all(Array.from({ length: count }, (_, index) => processes.work(path.join(own, String(index)))));
  rmSync(own, { recursive: true });
  console.log(given.json ? JSON.stringify(processes.counts) : report(processes.counts, (performance.now() - begin) / 1000));
  process.exitCode = Object.values(processes.counts).some(({ faults }) => faults.length > 0) ? 1 : 0;
}

if (process.argv[2] === 'child') serve();
else
  main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 2;
  });
