import type { Pieces } from '../../event-loop';

/** The sums of single bytes; made at first use. */
const table = new Uint32Array(256);

function makeTable(): void {
  if (table[1] !== 0) return;
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    table[byte] = crc;
  }
}

/** The number of bytes that are summed at a time: less than a millisecond. */
const pieceLength = 2 ** 17;

/** The checksum of entries in ZIP files. */
export function* summing(bytes: Uint8Array): Pieces<number> {
  makeTable();
  let crc = 0xffffffff;
  for (let begin = 0; begin < bytes.length; begin += pieceLength) {
    const end = Math.min(begin + pieceLength, bytes.length);
    for (let index = begin; index < end; index++) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[index] as number)) & 255] as number);
    yield;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
