import { types } from 'node:util';
import { askingFor, ChainruleError, closed, wrongType } from '../errors';
import { type Group, groupTable, sliceOf } from '../group';
import { integer } from '../options/check';
import type { MpiBinding } from './binding';

const checkRows = integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

/** A failure in the words of the addon, which have the rank and the reason. */
export function mpiError(cause: unknown): ChainruleError {
  return new ChainruleError('ERR_CHAINRULE_MPI', (cause as Error).message, { cause });
}

/** The group over an addon that is open. Its methods need no `this`. `onClose` is called when it is closed. */
export function makeGroup(binding: MpiBinding, onClose: () => void): Group {
  const { rank, size, table } = binding.group();
  const checkPartner = integer({ min: 0, max: size - 1 });
  let closing: Promise<void> | undefined;

  async function exchange(partner: number, data: Uint8Array): Promise<Uint8Array> {
    const to = checkPartner(partner, 'partner');
    const send = copyOf(data);
    const receive = askingFor(send.length, () => new Uint8Array(send.length));
    if (closing !== undefined) throw closed('the group');
    return binding.exchange(to, send, receive).catch(fail);
  }

  async function barrier(): Promise<void> {
    if (closing !== undefined) throw closed('the group');
    return binding.barrier().catch(fail);
  }

  function close(): Promise<void> {
    if (closing === undefined) {
      closing = binding.close().catch(fail);
      onClose();
    }
    return closing;
  }

  const group: Group = { rank, size, slice: (rows) => sliceOf(checkRows(rows, 'rows'), rank, size), exchange, barrier, close };
  return Object.freeze(Object.defineProperty(group, groupTable, { value: table }));
}

function fail(cause: unknown): never {
  throw mpiError(cause);
}

/** The bytes of an array, in memory of our own: shared memory and resizable buffers may change at any time. */
function copyOf(data: unknown): Uint8Array<ArrayBuffer> {
  if (!types.isUint8Array(data)) throw wrongType('data', 'a Uint8Array', data);
  try {
    return askingFor(data.byteLength, () => new Uint8Array(data));
  } catch (error) {
    // The only other reason: the array's memory is detached, or its buffer has shrunk.
    if ((error as Error).name === 'TypeError')
      throw wrongType('data', 'a Uint8Array with its memory, which was transferred or resized', data);
    throw error;
  }
}
