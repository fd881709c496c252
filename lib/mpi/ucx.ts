import { readFileSync } from 'node:fs';

/** The least distance that is taken for room to grow: glibc grows the heap by 132 KiB at a time. */
const room = 2 ** 20;

/**
 * Settings for UCX, over which MPI libraries send messages; it reads them when it is loaded. Those of the user stay.
 *
 * Its handlers of signals would replace those of V8. It also tries its hooks for memory by `sbrk(page)` and `sbrk(-page)`. Where the first one fails,
 * the second one takes a page of the heap away (UCX 1.13). It fails where V8 has its memory for code directly behind the heap, which happens to one
 * process in some hundreds. Without the hooks, UCX keeps no memory registered with a network card.
 */
export function prepareUcx(env: NodeJS.ProcessEnv = process.env, maps: string = memoryMaps()): void {
  env.UCX_HANDLE_ERRORS ??= 'none';
  if (!heapCanGrow(maps)) {
    env.UCX_MEM_MMAP_HOOK_MODE ??= 'none';
    env.UCX_MEM_EVENTS ??= 'no';
  }
}

/** Whether nothing is mapped behind the heap, in lines of /proc/self/maps. */
function heapCanGrow(maps: string): boolean {
  const lines = maps.split('\n');
  const at = lines.findIndex((line) => line.endsWith('[heap]'));
  const [end, next] = [/^\w+-(\w+)/.exec(lines[at] ?? '')?.[1], /^\w+/.exec(lines[at + 1] ?? '')?.[0]];
  return end === undefined || next === undefined || Number(`0x${next}`) - Number(`0x${end}`) >= room;
}

function memoryMaps(): string {
  try {
    return readFileSync('/proc/self/maps', 'utf8');
  } catch {
    return ''; // not on Linux
  }
}
