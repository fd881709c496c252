/** The cells of some records: places in bytes. */
export interface Cells {
  readonly bytes: Buffer;
  /** The beginning of each cell, record by record. */
  readonly starts: Int32Array;
  /** The end of each cell; negative if the cell has doubled quotes. */
  readonly ends: Int32Array;
  readonly quote: number;
  readonly records: number;
  /** The line of each record. */
  readonly lines: readonly number[];
}

/** Records of any numbers of cells. */
export interface Block extends Cells {
  /** Whether the file has no more. */
  readonly isLast: boolean;
  /** For each record, the index of the first cell after it. */
  readonly lastCells: readonly number[];
}

/** Records of equal numbers of cells. */
export interface Rows extends Cells {
  readonly columns: number;
  readonly isLast: boolean;
}

/** The bytes of a cell with doubled quotes, with single ones. */
export function unescaped(bytes: Uint8Array, start: number, end: number, quote: number): Uint8Array {
  const plain = new Uint8Array(end - start);
  let length = 0;
  for (let at = start; at < end; at++) {
    plain[length++] = bytes[at] as number;
    if (bytes[at] === quote) at++;
  }
  return plain.subarray(0, length);
}

/** The text of a cell. */
export function cellText({ bytes, starts, ends, quote }: Cells, index: number): string {
  const [start, end] = [starts[index] as number, ends[index] as number];
  if (end >= 0) return bytes.toString('utf8', start, end);
  const plain = unescaped(bytes, start, -end, quote);
  return Buffer.from(plain.buffer, 0, plain.length).toString();
}
