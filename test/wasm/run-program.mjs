// Runs a WebAssembly program: node run-program.mjs <file> [argument]. It gets what C++'s standard library needs of WASI: standard output, a
// clock, its argument and the environment. (Node 20's own WASI crashes now and then when the program's memory grows.)
import { readFileSync, writeSync } from 'node:fs';

const [file, ...args] = process.argv.slice(2);
const texts = {
  args: [file, ...args],
  environ: Object.entries(process.env).map(([name, value]) => `${name}=${value}`),
};
const success = 0;
const badFile = 8;
const view = () => new DataView(instance.exports.memory.buffer);

/** The two functions by which a program gets a list of texts. */
function list(name) {
  const encoded = texts[name].map((text) => new TextEncoder().encode(`${text}\0`));
  return {
    [`${name}_sizes_get`](count, size) {
      const bytes = encoded.reduce((sum, { length }) => sum + length, 0);
      view().setUint32(count, encoded.length, true);
      view().setUint32(size, bytes, true);
      return success;
    },
    [`${name}_get`](addresses, room) {
      let next = room;
      for (const [index, text] of encoded.entries()) {
        view().setUint32(addresses + 4 * index, next, true);
        new Uint8Array(instance.exports.memory.buffer, next, text.length).set(text);
        next += text.length;
      }
      return success;
    },
  };
}

function write(descriptor, pieces, count, written) {
  let sum = 0;
  for (let piece = pieces; piece < pieces + 8 * count; piece += 8) {
    const length = view().getUint32(piece + 4, true);
    writeSync(descriptor, new Uint8Array(instance.exports.memory.buffer, view().getUint32(piece, true), length));
    sum += length;
  }
  view().setUint32(written, sum, true);
  return success;
}

const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), {
  env: { emscripten_notify_memory_growth() {} },
  wasi_snapshot_preview1: {
    ...list('args'),
    ...list('environ'),
    clock_time_get(_clock, _precision, time) {
      view().setBigUint64(time, BigInt(Math.round(performance.now() * 1e6)), true);
      return success;
    },
    fd_write: write,
    fd_read: () => badFile,
    fd_seek: () => badFile,
    fd_close: () => badFile,
    proc_exit: (status) => process.exit(status),
  },
});
instance.exports._start();
