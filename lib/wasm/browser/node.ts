import { ChainruleError } from '../../errors';

// In the place of Node.js's own modules (scripts/wasm-stand-ins.mjs): what there is in a browser, and an error where there are only files.

function noFiles(): never {
  throw new ChainruleError(
    'ERR_CHAINRULE_UNSUPPORTED',
    'there are no files in a browser: use toBytes and load(bytes), or toJSON and fromJSON, and no checkpoint',
  );
}

async function noFile(): Promise<never> {
  return noFiles();
}

const channel = new MessageChannel();
const waiting: (() => void)[] = [];
channel.port1.onmessage = () => waiting.shift()?.();

/** Lets the event loop turn. A timer would wait for four milliseconds. */
export function setImmediate(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(undefined);
  });
}

const TextDecoder: typeof globalThis.TextDecoder = globalThis.TextDecoder;
const TextEncoder: typeof globalThis.TextEncoder = globalThis.TextEncoder;

export { createHash } from './sha256';
export { deflateRaw, inflateRaw } from './zlib';
export {
  noFile as access,
  noFile as lstat,
  noFile as open,
  noFile as opendir,
  noFile as readFile,
  noFile as readlink,
  noFile as realpath,
  noFile as rename,
  noFile as rm,
  noFile as stat,
  noFiles as fileURLToPath,
  noFiles as hostname,
  noFiles as randomBytes,
  TextDecoder,
  TextEncoder,
};
export const constants: Record<string, number> = {};
/** The addon alone has externals. */
export const types = { isExternal: (_: unknown): boolean => false };
const path: Record<string, () => never> = { dirname: noFiles, join: noFiles, basename: noFiles, resolve: noFiles };
export default path;
