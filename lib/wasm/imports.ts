import { TextEncoder } from 'node:util'; // jsdom has no global one
import type { CustomLosses } from './custom-loss';
import type { Address } from './exports';

type CustomLoss = CustomLosses['compute'] extends (memory: never, ...call: infer Call) => boolean ? (...call: Call) => boolean : never;

/**
 * The module's imports from its host: custom losses, a clock, and environment variables (CHAINRULE_ISA is one). The names and types of the
 * latter are those of WASI, preview 1.
 */
export function imports(memory: () => WebAssembly.Memory, environment: readonly string[], customLoss: CustomLoss): WebAssembly.Imports {
  const view = (): DataView => new DataView(memory().buffer);
  const success = 0;
  const texts = environment.map((text) => new TextEncoder().encode(`${text}\0`));
  return {
    env: { emscripten_notify_memory_growth: () => {} },
    chainrule: {
      custom_loss: (rows: number, gradient: number, ...addresses: [Address, Address, Address, Address]) =>
        Number(customLoss(rows, gradient !== 0, ...(addresses.map((address) => address >>> 0) as typeof addresses))),
    },
    wasi_snapshot_preview1: {
      clock_time_get: (_clock: number, _precision: bigint, time: Address) => {
        view().setBigUint64(time, BigInt(Math.round(performance.now() * 1e6)), true);
        return success;
      },
      environ_sizes_get: (count: Address, size: Address) => {
        view().setUint32(count, texts.length, true);
        view().setUint32(
          size,
          texts.reduce((sum, { length }) => sum + length, 0),
          true,
        );
        return success;
      },
      environ_get: (addresses: Address, room: Address) => {
        let next = room;
        for (const [index, text] of texts.entries()) {
          view().setUint32(addresses + 4 * index, next, true);
          new Uint8Array(memory().buffer, next, text.length).set(text);
          next += text.length;
        }
        return success;
      },
      proc_exit: (status: number) => {
        throw new Error(`the WebAssembly module has ended (${status})`);
      },
    },
  };
}
