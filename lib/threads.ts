import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { native } from './native';
import { integer } from './options/check';
import type { Precision } from './options/network';
import { warn } from './warnings';

/** The package's version, put in by the build: a bundle has no package.json beside it. */
declare const CHAINRULE_VERSION: string;

/** The most threads that the addon's pool can have. */
const maxThreads = 256;

const count = integer({ min: 1, max: maxThreads });

/** The version and the kernels in use. */
export interface Info {
  /** The version of this package. */
  version: string;
  /** The kernels in use: `'avx512'`, `'avx2'`, `'neon'`, `'simd128'` (WebAssembly) or `'scalar'`; the environment variable `CHAINRULE_ISA` forces one. */
  isa: string;
  /** All kernels that this machine can run, best first. */
  isas: string[];
  /** The values of `precision` that work here: `'f32'`, `'f64'`, and `'bf16'` where the CPU has instructions for it. */
  precisions: Precision[];
  /** The threads that one piece of work is shared between. */
  threads: number;
}

/**
 * Sets the number of threads that training and prediction use, for the whole process. At first it is the environment variable
 * `CHAINRULE_NUM_THREADS`, or the number of processors that the process may use (a container's limit counts). Results do not depend on it.
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

/** Says what is in use: version, kernels, threads. */
export function info(): Info {
  return { version: CHAINRULE_VERSION, ...native.info() };
}

/** The threads that this process should use unless it says otherwise. */
function defaultThreads(): number {
  const wanted = process.env.CHAINRULE_NUM_THREADS;
  if (wanted !== undefined && wanted !== '') {
    try {
      return count(Number(wanted), 'CHAINRULE_NUM_THREADS');
    } catch (error) {
      // An invalid value from outside causes a warning and is ignored.
      warn('WARN_CHAINRULE_THREADS', (error as Error).message);
    }
  }
  return Math.min(availableParallelism(), Math.ceil(cpuQuota()), maxThreads);
}

/** The processors' worth of time that the container grants this process, if it is limited; not every Node version asks. */
function cpuQuota(): number {
  const [quota, period] = process.platform === 'linux' ? (quotaOfVersion2() ?? quotaOfVersion1()) : [];
  const processors = Number(quota) / Number(period);
  return processors > 0 ? processors : Number.POSITIVE_INFINITY;
}

/** Control groups, version 2: one file holds `quota period`, or `max period`. */
function quotaOfVersion2(): string[] | undefined {
  return read('/sys/fs/cgroup/cpu.max')?.split(' ');
}

/** Control groups, version 1: a file each; no quota is -1. */
function quotaOfVersion1(): (string | undefined)[] {
  return ['quota', 'period'].map((name) => read(`/sys/fs/cgroup/cpu/cpu.cfs_${name}_us`));
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Sets the default once in a process: a worker that loads this module must not undo what was set since. */
function setDefault(): void {
  const key = 'chainrule.threads';
  if (getEnvironmentData(key) !== undefined) return;
  setEnvironmentData(key, true); // workers inherit it
  native.setThreads(defaultThreads());
}

setDefault();
