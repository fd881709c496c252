import { integer } from '../options/check';
import type { Info } from '../threads';
import { native } from './native';

// In the place of lib/threads.ts (scripts/wasm-stand-ins.mjs): there is one thread.

export type { Info } from '../threads';

/** The package's version, put in by scripts/wasm-stand-ins.mjs. */
declare const CHAINRULE_VERSION: string;

const count = integer({ min: 1, max: 256 });

/** Checks its argument. There is one thread, whatever it says. */
export function setThreads(threads: number): void {
  count(threads, 'threads');
}

export function threads(): number {
  return 1;
}

export function info(): Info {
  return { version: CHAINRULE_VERSION, ...native.info() };
}
