/** How the records of a file are written. Characters are bytes of ASCII. */
export interface Dialect {
  readonly delimiter: number;
  readonly quote: number;
  /** The bytes with which comment lines begin; undefined if there are none. */
  readonly comment: Uint8Array | undefined;
}

export const newline = 0x0a;
export const carriageReturn = 0x0d;
export const space = 0x20;
export const tab = 0x09;
