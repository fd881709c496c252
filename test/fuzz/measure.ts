import { openSync, writeSync } from 'node:fs';

// Time and memory of one piece of work. The memory is that of the whole process, engine and libraries included: its resident pages.

export interface Measured {
  /** Of the processor, or of the clock if that is less: others may have the processor, and a process may have several. */
  milliseconds: number;
  /** The largest growth meanwhile. */
  bytes: number;
}

/** Linux forgets the largest size so far when a 5 is written here. Elsewhere a growth is seen where it exceeds all before. */
const reset = process.platform === 'linux' ? openSync('/proc/self/clear_refs', 'w') : undefined;

const largest = (): number => process.resourceUsage().maxRSS * 1024;

export async function measure<Result>(work: () => Promise<Result>): Promise<Measured & { result: Result }> {
  if (reset !== undefined) writeSync(reset, '5');
  const [before, peak] = [process.memoryUsage.rss(), largest()];
  const [begin, used] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(used);
  const milliseconds = Math.min(performance.now() - begin, (user + system) / 1000);
  const after = largest();
  return { result, milliseconds, bytes: reset === undefined && after <= peak ? 0 : Math.max(0, after - before) };
}
