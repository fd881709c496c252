// The machine's other work: processor time that neither this process nor its children took. Linux only; elsewhere nothing is known.
import fs from 'node:fs';

const ticksPerSecond = 100; // USER_HZ, the unit of these files on every architecture that Node runs on

const parseRanges = (text) =>
  text.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });

/** Ticks of /proc/stat in which one of `cpus` was neither idle nor waiting for a disk; those stolen by other machines count. */
export function busyTicks(stat, cpus) {
  return stat
    .split('\n')
    .map((line) => line.match(/^cpu(\d+) (.*)/))
    .filter((match) => match && cpus.includes(Number(match[1])))
    .map(([, , fields]) => fields.trim().split(' ').map(Number))
    .reduce((sum, [user, nice, system, , , irq, softirq, steal = 0]) => sum + user + nice + system + irq + softirq + steal, 0);
}

/** Ticks that a process and its children that have ended took, from its /proc/PID/stat. */
export function ownTicks(stat) {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}

const read = (name) => fs.readFileSync(`/proc/${name}`, 'utf8');
const known = process.platform === 'linux' && fs.existsSync('/proc/stat');
const cpus = known ? parseRanges(read('self/status').match(/^Cpus_allowed_list:\s*(\S+)/m)[1]) : [];

const snapshot = () => ({
  at: performance.now() / 1e3,
  others: (busyTicks(read('stat'), cpus) - ownTicks(read('self/stat'))) / ticksPerSecond,
});

/** Does `work` and says how many cores' time others took meanwhile; undefined: not known. */
export function watched(work) {
  if (!known) return { result: work() };
  const before = snapshot();
  const result = work();
  const after = snapshot();
  return { result, others: (after.others - before.others) / (after.at - before.at) };
}

/** Whether work on `threads` threads had to share cores with what others took: a tenth of a core is what a quiet system takes. */
export const isDisturbed = (threads, others, cores = cpus.length) =>
  others !== undefined && others > cores - Math.min(threads, cores) + 0.1;

const sleep = (milliseconds) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

/** Waits until as many cores are idle as a measurement has threads, at most `seconds` in all waits together. */
export class Patience {
  waited = 0;
  #seconds;

  constructor(seconds) {
    this.#seconds = seconds;
  }

  wait(threads) {
    const start = performance.now();
    const spent = () => this.waited + (performance.now() - start) / 1e3;
    while (spent() < this.#seconds && isDisturbed(threads, watched(() => sleep(200)).others));
    this.waited = spent();
  }

  get isExhausted() {
    return this.waited >= this.#seconds;
  }
}
