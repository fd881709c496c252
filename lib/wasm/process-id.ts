// In the place of lib/process-id.ts (scripts/wasm-stand-ins.mjs): the module's memory is its thread's own, so every thread is as good as a process.

/** A number for each WebAssembly module: others cannot share its memory. */
export const processId: number = crypto.getRandomValues(new Uint32Array(1))[0] as number;
