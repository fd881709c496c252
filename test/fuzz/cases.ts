import { RandomNumbers } from '../support/random-numbers';
import type { Case, Format } from './format';
import { type Measured, measure } from './measure';

// One case after another: what became of each.

/** Milliseconds that a case may take to be read. */
export const longest = 1000;

/** The multiple of the input's bytes that reading it may take. */
export const mostMemory = 4;

/**
 * The bytes that it may take besides, for what does not depend on the input. The engine keeps young objects in up to 12 MiB before it collects
 * garbage, and compiles code as it gets hot. A first network brings its threads. Of 20,000 cases none took more than 4 MiB.
 */
export const memoryAllowance: number = 16 * 2 ** 20;

export interface Fault {
  format: string;
  index: number;
  problem: string;
}

/** The results of some cases. */
export interface Counts {
  cases: number;
  loaded: number;
  refused: number;
  faults: Fault[];
  /** The longest case, in milliseconds, and its index. */
  longest: { milliseconds: number; index: number };
  /** The case that took the most memory beyond four times its input, which may be less than nothing. */
  largest: { bytes: number; size: number; index: number };
}

export const none = (): Counts => ({
  ...{ cases: 0, loaded: 0, refused: 0, faults: [] },
  longest: { milliseconds: 0, index: -1 },
  largest: { bytes: 0, size: 0, index: -1 },
});

const excess = ({ bytes, size }: { bytes: number; size: number }): number => bytes - mostMemory * size;

export function add(to: Counts, more: Counts): void {
  to.cases += more.cases;
  to.loaded += more.loaded;
  to.refused += more.refused;
  to.faults.push(...more.faults);
  if (more.longest.milliseconds > to.longest.milliseconds) to.longest = more.longest;
  if (more.largest.index >= 0 && (to.largest.index < 0 || excess(more.largest) > excess(to.largest))) to.largest = more.largest;
}

/** A case by its number. */
const caseOf = (format: Format, seed: number, index: number): Case => format.make(new RandomNumbers(Math.imul(seed, 0x9e3779b1) + index));

type Outcome = 'loaded' | 'refused' | { problem: string };

/** The result of reading: an outcome, or something to be checked. */
type Reading = { outcome: Outcome } | { found: unknown };

async function reading({ read, isUnchanged }: Case): Promise<Reading> {
  try {
    return { found: await read() };
  } catch (error) {
    const { code, message, stack } = error as { code?: unknown; message?: string; stack?: string };
    if (isUnchanged) return { outcome: { problem: `an unchanged input is refused: ${message}` } };
    if (isRefusal(error)) return { outcome: 'refused' };
    return { outcome: { problem: `${code === undefined ? 'an error without a code' : `the code ${code}`}: ${stack}` } };
  }
}

async function checking({ check }: Case, found: unknown): Promise<Outcome> {
  try {
    await check(found);
  } catch (error) {
    return { problem: `it loads, but then: ${(error as Error).stack}` };
  }
  return 'loaded';
}

/** Codes that say nothing about the input. Memory is asked for in small amounts here, so that a failure is one of the reader. */
const wrongCodes = ['ERR_CHAINRULE_INTERNAL', 'ERR_CHAINRULE_MEMORY'];
/** Errors of the system are about files that an input names. */
const systemCodes = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'EACCES'];

function isRefusal(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && (systemCodes.includes(code) || (code.startsWith('ERR_CHAINRULE_') && !wrongCodes.includes(code)));
}

const isWithin = ({ milliseconds, bytes }: Measured, size: number): boolean =>
  milliseconds <= longest && bytes <= mostMemory * size + memoryAllowance;

/** Collects garbage: the process runs with --expose-gc. */
const collect = (globalThis as { gc?: () => void }).gc ?? (() => {});

/** A case that took too much is repeated: another process may have had the time, and garbage of others the memory. */
const attempts = 3;

export async function runCase(format: Format, name: string, seed: number, index: number): Promise<Counts> {
  const counts = none();
  const fault = (problem: string) => counts.faults.push({ format: name, index, problem });
  let measured: Measured = { milliseconds: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
  let result: Outcome = 'refused';
  let size = 0;
  for (let attempt = 0; attempt < attempts && !isWithin(measured, size); attempt++) {
    if (attempt > 0) collect();
    const made = caseOf(format, seed, index);
    size = made.size;
    const { milliseconds, bytes, result: read } = await measure(() => reading(made));
    measured = { milliseconds: Math.min(measured.milliseconds, milliseconds), bytes: Math.min(measured.bytes, bytes) };
    result = 'outcome' in read ? read.outcome : await checking(made, read.found);
  }
  counts.cases = 1;
  counts.longest = { milliseconds: measured.milliseconds, index };
  counts.largest = { bytes: measured.bytes, size, index };
  if (typeof result === 'object') fault(result.problem);
  else counts[result] = 1;
  if (measured.milliseconds > longest) fault(`it took ${Math.round(measured.milliseconds)} ms`);
  if (!isWithin({ ...measured, milliseconds: 0 }, size)) fault(`it took ${measured.bytes} bytes of memory for ${size}`);
  for (const key in {}) fault(`the prototype of all objects has ${JSON.stringify(key)} now`);
  return counts;
}
