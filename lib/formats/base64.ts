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

const values = new Uint8Array(128).fill(255);
for (const [value, letter] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) {
  values[letter.charCodeAt(0)] = value;
}

/** The number of characters that hold some bytes, with the padding. */
export const base64Length = (bytes: number): number => 4 * Math.ceil(bytes / 3);

/** Fills `bytes` from a text of the right length; false if the text is not base64. */
export function fromBase64(text: string, bytes: Uint8Array): boolean {
  const letters = Math.ceil((bytes.length * 4) / 3);
  for (let at = letters; at < text.length; at++) if (text[at] !== '=') return false;
  for (let at = 0, byte = 0; at < letters; at += 4, byte += 3) {
    let bits = 0;
    for (let i = at; i < at + 4; i++) {
      const value = i < letters ? (values[text.charCodeAt(i)] ?? 255) : 0;
      if (value === 255) return false;
      bits = (bits << 6) | value;
    }
    for (let i = 0; i < 3 && byte + i < bytes.length; i++) bytes[byte + i] = bits >> (16 - 8 * i);
  }
  return true;
}
