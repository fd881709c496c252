import { badModel } from '../state';

/*
 * The structure of ZIP files, as far as .npz files have it: entries that are stored or deflated, without encryption, with ZIP64 or without.
 * Nothing is trusted: every length, offset and signature is checked, no two entries share bytes, and none has a name twice.
 */

/** An entry, all of it checked but its contents. */
export interface ZipEntry {
  name: string;
  deflated: boolean;
  crc: number;
  /** Its bytes in the file: the first one, and how many. */
  begin: number;
  compressed: number;
  /** How many bytes it becomes. */
  size: number;
}

export const signatures = { local: 0x04034b50, central: 0x02014b50, end: 0x06054b50, end64: 0x06064b50, locator64: 0x07064b50 };
const lengths = { local: 30, central: 46, end: 22, end64: 56, locator64: 20 };
/** In a field of 16 bits; it is also the longest comment. */
const most16 = 0xffff;
/** In a field of 32 bits. There or above, a file needs the fields of ZIP64, which have 64 bits. */
export const most32 = 0xffffffff;
/** The extra field of an entry that has them. */
const extra64 = 1;
/** DEFLATE makes at most 1032 bytes of one. */
const mostFromOne = 1032;

/** The entries of a whole file; `name` is what the file is called in errors. */
export function readDirectory(bytes: Uint8Array, name: string): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { end, offset, count } = readEnd(view, name);
  const entries: ZipEntry[] = [];
  const spans: { begin: number; end: number }[] = [];
  const names = new Set<string>();
  let at = offset;
  for (let index = 0; index < count; index++) {
    const { entry, local, next } = readCentral(view, at, end, name);
    if (names.has(entry.name)) throw damaged(name, `it has two entries ${JSON.stringify(entry.name)}`);
    names.add(entry.name);
    entry.begin = readLocal(view, local, offset, entry, name);
    entries.push(entry);
    spans.push({ begin: local, end: entry.begin + entry.compressed });
    at = next;
  }
  if (at !== end) throw damaged(name, 'its directory has more bytes than entries');
  spans.sort((a, b) => a.begin - b.begin);
  if (spans.some(({ begin }, index) => begin < (spans[index - 1]?.end ?? 0))) throw damaged(name, 'its entries overlap');
  return entries;
}

/** The directory: its first byte, the byte behind it, and how many entries it has. */
function readEnd(view: DataView, name: string): { offset: number; end: number; count: number } {
  const last = findEnd(view, name);
  const counts = [4, 6, 8, 10].map((field) => view.getUint16(last + field, true));
  const sizes = [12, 16].map((field) => view.getUint32(last + field, true));
  const locator = last - lengths.locator64;
  if (locator < 0 || view.getUint32(locator, true) !== signatures.locator64) {
    if (counts.includes(most16) || sizes.includes(most32)) throw damaged(name, 'it has no ZIP64 directory');
    return directory(counts, sizes, last, name);
  }
  const end = long(view, locator + 8, name);
  if (end + lengths.end64 > locator || view.getUint32(end, true) !== signatures.end64)
    throw damaged(name, 'its ZIP64 directory is not where it should be');
  const counts64 = [
    ...[16, 20].map((field) => view.getUint32(end + field, true)),
    ...[24, 32].map((field) => long(view, end + field, name)),
  ];
  return directory(
    counts64,
    [40, 48].map((field) => long(view, end + field, name)),
    end,
    name,
  );
}

function directory(
  [disk, firstDisk, here, count = 0]: number[],
  [size = 0, offset = 0]: number[],
  end: number,
  name: string,
): { offset: number; end: number; count: number } {
  if (disk !== 0 || firstDisk !== 0 || here !== count) throw damaged(name, 'it is one of several parts');
  if (offset + size !== end) throw damaged(name, 'its directory does not end where it should');
  return { offset, end, count };
}

/** A field of 64 bits. */
function long(view: DataView, at: number, name: string): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged(name, `it has a length or offset of ${value}`);
  return Number(value);
}

/** Where the last record begins: it ends with a comment, which ends with the file. */
function findEnd(view: DataView, name: string): number {
  const last = view.byteLength - lengths.end;
  for (let at = last; at >= 0 && at >= last - most16; at--) {
    if (view.getUint32(at, true) === signatures.end && at + lengths.end + view.getUint16(at + 20, true) === view.byteLength) return at;
  }
  throw badModel(name, 'is not an .npz file, or is cut short: it has no ZIP directory');
}

function readCentral(view: DataView, at: number, end: number, name: string): { entry: ZipEntry; local: number; next: number } {
  if (at + lengths.central > end || view.getUint32(at, true) !== signatures.central) throw damaged(name, 'its directory is cut short');
  const [flags, method] = [8, 10].map((field) => view.getUint16(at + field, true)) as [number, number];
  const crc = view.getUint32(at + 16, true);
  const [nameLength, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [number, number, number];
  const next = at + lengths.central + nameLength + extra + comment;
  if (next > end) throw damaged(name, 'its directory is cut short');
  const fields = [24, 20, 42].map((field) => view.getUint32(at + field, true));
  const [size, compressed, local] = widened(fields, view, next - comment - extra, next - comment, name) as [number, number, number];
  const entryName = textAt(view, at + lengths.central, nameLength, name);
  const called = JSON.stringify(entryName);
  if ((flags & 1) !== 0) throw badModel(name, `has an encrypted entry ${called}`);
  if (method !== 0 && method !== 8) throw badModel(name, `has an entry ${called} that is compressed by method ${method}: DEFLATE is read`);
  if (method === 0 && compressed !== size) throw damaged(name, `${called} has two sizes`);
  if (size > compressed * mostFromOne) throw damaged(name, `${compressed} bytes of ${called} cannot become ${size}`);
  return { entry: { name: entryName, deflated: method === 8, crc, begin: 0, compressed, size }, local, next };
}

/** The fields of an entry. Those that are too small for their values have them in an extra field of ZIP64, in the same order. */
function widened(fields: number[], view: DataView, begin: number, end: number, name: string): number[] {
  if (!fields.includes(most32)) return fields;
  for (let at = begin; at + 4 <= end; ) {
    const next = at + 4 + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === extra64 && next <= end) {
      let value = at + 4;
      return fields.map((field) => {
        if (field !== most32) return field;
        value += 8;
        if (value > next) throw damaged(name, 'an entry has too few fields of ZIP64');
        return long(view, value - 8, name);
      });
    }
    at = next;
  }
  throw damaged(name, 'an entry has no fields of ZIP64');
}

/** The first byte of the contents. The header in front of them says the same as the directory. */
function readLocal(view: DataView, at: number, end: number, entry: ZipEntry, name: string): number {
  const called = JSON.stringify(entry.name);
  if (at + lengths.local > end || view.getUint32(at, true) !== signatures.local) throw damaged(name, `${called} is not where it should be`);
  const [nameLength, extra] = [26, 28].map((field) => view.getUint16(at + field, true)) as [number, number];
  const begin = at + lengths.local + nameLength + extra;
  if (begin + entry.compressed > end) throw damaged(name, `${called} reaches beyond the entries`);
  if (textAt(view, at + lengths.local, nameLength, name) !== entry.name) throw damaged(name, `${called} has two names`);
  return begin;
}

function textAt(view: DataView, at: number, length: number, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(view.buffer, view.byteOffset + at, length));
  } catch {
    throw damaged(name, 'the name of an entry is not UTF-8');
  }
}

const damaged = (name: string, problem: string): Error => badModel(name, `is damaged: ${problem}`);
