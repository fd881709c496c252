// In the place of node:crypto's hashes. A browser's own are asynchronous, and missing in pages that are not secure.

/** The fractional bits of the roots of the first primes. */
function primeRoots(count: number, root: (prime: number) => number): Uint32Array {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return Uint32Array.from(primes, (prime) => (root(prime) % 1) * 2 ** 32);
}

const start = primeRoots(8, Math.sqrt);
const constants = primeRoots(64, Math.cbrt);
const blockLength = 64;

const rotate = (word: number, bits: number): number => (word >>> bits) | (word << (32 - bits));

/** FIPS 180-4. */
class Sha256 {
  readonly #state = Uint32Array.from(start);
  readonly #words = new Uint32Array(64);
  readonly #block = new Uint8Array(blockLength);
  readonly #view = new DataView(this.#block.buffer);
  #filled = 0;
  #length = 0;

  update(part: string | Uint8Array): this {
    const bytes = typeof part === 'string' ? new TextEncoder().encode(part) : part;
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + blockLength - this.#filled);
      this.#block.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === blockLength) this.#mix();
    }
    this.#length += bytes.length;
    return this;
  }

  digest(_: 'hex'): string {
    const length = this.#length;
    this.update(Uint8Array.of(0x80));
    while (this.#filled !== blockLength - 8) this.update(Uint8Array.of(0));
    this.#view.setBigUint64(blockLength - 8, BigInt(length) * 8n);
    this.#mix();
    return Array.from(this.#state, (word) => word.toString(16).padStart(8, '0')).join('');
  }

  #mix(): void {
    const words = this.#words;
    for (let i = 0; i < 16; i++) words[i] = this.#view.getUint32(4 * i);
    for (let i = 16; i < 64; i++) {
      const [before, last] = [words[i - 15] as number, words[i - 2] as number];
      const low = rotate(before, 7) ^ rotate(before, 18) ^ (before >>> 3);
      const high = rotate(last, 17) ^ rotate(last, 19) ^ (last >>> 10);
      words[i] = (words[i - 16] as number) + low + (words[i - 7] as number) + high;
    }
    let [a, b, c, d, e, f, g, h] = this.#state as unknown as [number, number, number, number, number, number, number, number];
    for (let i = 0; i < 64; i++) {
      const choice = (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g));
      const first = (h + choice + (constants[i] as number) + (words[i] as number)) | 0;
      const second = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) this.#state[i] = (this.#state[i] as number) + word;
    this.#filled = 0;
  }
}

export function createHash(_: 'sha256'): Sha256 {
  return new Sha256();
}
