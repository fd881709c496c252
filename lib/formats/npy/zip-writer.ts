import { signatures } from './zip-directory';

/** An entry to be written. */
export interface NewEntry {
  name: Uint8Array;
  deflated: boolean;
  crc: number;
  /** As they are in the file. */
  bytes: Uint8Array;
  size: number;
}

/** UTF-8 names. */
const utf8 = 0x800;
/** 1980-01-01: the same arrays give the same file at any time. */
const firstDate = 0x21;

/** The pieces of a whole file. */
export function writeZip(entries: readonly NewEntry[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, deflated, crc, bytes, size } of entries) {
    const shared: [bits: 16 | 32, value: number][] = [
      ...([20, utf8, deflated ? 8 : 0, 0, firstDate].map((value) => [16, value]) as [16, number][]),
      ...([crc, bytes.length, size].map((value) => [32, value]) as [32, number][]),
      ...([name.length, 0].map((value) => [16, value]) as [16, number][]),
    ];
    const local = [fields([[32, signatures.local], ...shared]), name, bytes];
    const rest = [...([0, 0, 0].map((value) => [16, value]) as [16, number][]), ...([0, at].map((value) => [32, value]) as [32, number][])];
    directory.push(fields([[32, signatures.central], [16, 20], ...shared, ...rest]), name);
    pieces.push(...local);
    at += sum(local);
  }
  const end = fields([
    ...([
      [32, signatures.end],
      [16, 0],
      [16, 0],
      [16, entries.length],
      [16, entries.length],
    ] as [16 | 32, number][]),
    ...([
      [32, sum(directory)],
      [32, at],
      [16, 0],
    ] as [16 | 32, number][]),
  ]);
  return [...pieces, ...directory, end];
}

export const sum = (pieces: readonly Uint8Array[]): number => pieces.reduce((total, { length }) => total + length, 0);

function fields(values: readonly [bits: 16 | 32, value: number][]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.reduce((total, [bits]) => total + bits / 8, 0)));
  let at = 0;
  for (const [bits, value] of values) {
    if (bits === 16) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bits / 8;
  }
  return new Uint8Array(view.buffer);
}
