/* Bytes as text in base64, in Node.js and browsers alike. */

/** The number of bytes that are converted at a time: a multiple of three, and few enough to be arguments. */
const pieceLength = 3 * 2 ** 13;

export function toBase64(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let begin = 0; begin < bytes.length; begin += pieceLength) {
    pieces.push(btoa(String.fromCharCode(...bytes.subarray(begin, begin + pieceLength))));
  }
  return pieces.join('');
}
