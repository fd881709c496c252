import type { Pieces } from '../../event-loop';

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** The number of bytes that are summed at a time: less than a millisecond. */
const pieceLength = 2 ** 17;

/** The checksum of entries in ZIP files. */
export function* summing(bytes: Uint8Array): Pieces<number> {
  let crc = 0xffffffff;
  for (let begin = 0; begin < bytes.length; begin += pieceLength) {
    const end = Math.min(begin + pieceLength, bytes.length);
    for (let index = begin; index < end; index++) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[index] as number)) & 255] as number);
    yield;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
