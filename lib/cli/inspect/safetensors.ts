import { count, entry } from '../lines';

const prefixLength = 8;
const mostTensors = 100;

/** The tensors of a file in the safetensors format; undefined if it is not one. */
export function tensorLines(file: Uint8Array): string[] | undefined {
  if (file.length < prefixLength) return undefined;
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (length > file.length - prefixLength) return undefined;
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(prefixLength, prefixLength + length)));
  } catch {
    return undefined;
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) return undefined;
  const tensors = Object.entries(header as Record<string, { dtype?: unknown; shape?: unknown }>).filter(
    ([name]) => name !== '__metadata__',
  );
  const lines = tensors.slice(0, mostTensors).map(([name, { dtype, shape }]) => `${name}  ${dtype}  ${JSON.stringify(shape)}`);
  return [entry('tensors', ...lines, ...(tensors.length > mostTensors ? [`and ${count(tensors.length - mostTensors)} more`] : []))];
}
