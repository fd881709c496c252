import { readFileSync } from 'node:fs';
import path from 'node:path';
import { native } from './native';
import { integer } from './options/check';

/** The most threads that the addon's pool can have. */
const maxThreads = 256;

const count = integer({ min: 1, max: maxThreads });

/** What is running. */
export interface Info {
  /** The version of this package. */
  version: string;
  /** The kernels in use: `'avx512'`, `'avx2'`, `'neon'` or `'scalar'`; the environment variable `CHAINRULE_ISA` forces one. */
  isa: string;
  /** All kernels that this machine can run, best first. */
  isas: string[];
  /** The threads that one piece of work is shared between. */
  threads: number;
}

/**
 * Sets the number of threads that training and prediction use, for the whole process. At first it is the environment variable
 * `CHAINRULE_NUM_THREADS`, or the number of cores. Results do not depend on it.
 *
 * @param threads From 1 to 256.
 * @throws TypeError or RangeError if it is something else.
 */
export function setThreads(threads: number): void {
  native.setThreads(count(threads, 'threads'));
}

/** The number of threads that training and prediction use. */
export function threads(): number {
  return native.info().threads;
}

/** What is running: version, kernels, threads. */
export function info(): Info {
  const manifest = readFileSync(path.join(__dirname, '..', 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  return { version, ...native.info() };
}

/** A wish from outside is no reason to fail: one that makes no sense is said so and forgotten. */
function followEnvironment(): void {
  const wanted = process.env.CHAINRULE_NUM_THREADS;
  if (wanted === undefined || wanted === '') return;
  try {
    native.setThreads(count(Number(wanted), 'CHAINRULE_NUM_THREADS'));
  } catch (error) {
    process.emitWarning((error as Error).message, { type: 'ChainruleWarning' });
  }
}

followEnvironment();
