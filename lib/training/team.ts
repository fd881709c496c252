import { createHash } from 'node:crypto';
import { ChainruleError } from '../errors';
import { inSlices, type Pieces } from '../event-loop';
import { type Group, groupTable, sliceOf } from '../group';
import type { FloatArray, NativeSamples } from '../native';
import { findingDifference } from './difference';

/** A rank tells the others one of these when they meet. */
const goOn = 0;
const stop = 1;
/** In the place of any number: this rank has stopped with an error. */
const failed = Number.NaN;

/** Plain values that all ranks must have in common. */
export type Description = Record<string, unknown>;

/** The ranks that train one network together. All of them make the same calls in the same order. */
export class Team {
  readonly #group: Group;

  constructor(group: Group) {
    this.#group = group;
  }

  /**
   * Meets the other ranks.
   *
   * @throws `ERR_CHAINRULE_MPI` if one trains something else, or if one of them is missing.
   */
  async join(description: Description): Promise<void> {
    const texts = await this.#gatherBytes(Buffer.from(JSON.stringify(description)));
    const all = texts.map((text) => JSON.parse(Buffer.from(text).toString()) as Description);
    for (const [rank, theirs] of all.entries()) {
      const difference = await inSlices(findingDifference(all[0], theirs));
      if (difference === undefined) continue;
      const { name, values } = difference;
      throw unlike(`rank ${rank} does not train the same as rank 0: ${name} is ${values[0]} on rank 0, but ${values[1]} on rank ${rank}`);
    }
  }

  get rank(): number {
    return this.#group.rank;
  }

  get size(): number {
    return this.#group.size;
  }

  /** For the engine. */
  get table(): unknown {
    return Reflect.get(this.#group, groupTable);
  }

  /** Whether this rank writes what is written once. */
  get writes(): boolean {
    return this.rank === 0;
  }

  /**
   * A number of each rank.
   *
   * @throws `ERR_CHAINRULE_MPI` if one of them has stopped with an error.
   */
  async gather(own: number): Promise<number[]> {
    const parts = await this.#gatherEqual(new Uint8Array(Float64Array.of(own).buffer));
    const all = parts.map((part) => new Float64Array(Uint8Array.from(part).buffer)[0] as number);
    const other = all.findIndex(Number.isNaN);
    if (other >= 0) throw unlike(`rank ${other} has stopped with an error, which it says itself`);
    return all;
  }

  /**
   * Does what each rank does for itself before it hears from the others. They are told if it fails.
   *
   * @throws what `work` has thrown.
   */
  async alone<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      await this.gather(failed).catch(() => {}); // always: this rank is among those that have stopped
      throw error;
    }
  }

  /**
   * Does what each rank does for itself, and then waits for the others.
   *
   * @throws as `meet`.
   */
  async together(work: () => Promise<void>): Promise<void> {
    await this.alone(work);
    await this.gather(goOn);
  }

  /**
   * Does what each rank does for itself, and then waits for the others. Returns whether any of them wants to stop.
   *
   * @throws what `work` has thrown; `ERR_CHAINRULE_MPI` if that of another rank has.
   */
  async meet(work: () => Promise<boolean>): Promise<boolean> {
    const own = await this.alone(work);
    return (await this.gather(own ? stop : goOn)).includes(stop);
  }

  /**
   * Takes what this rank has read from the checkpoint; undefined where there is none.
   *
   * @throws `ERR_CHAINRULE_MPI` on all ranks if one has read something else.
   */
  async checkCheckpoint(own: { epochs: number; values: Uint8Array } | undefined): Promise<void> {
    const found = await this.gather(own?.epochs ?? -1);
    const values = await this.#gatherBytes(own?.values ?? new Uint8Array());
    const [first, ...others] = found.map((epochs, rank) => [epochs, Buffer.from(values[rank] as Uint8Array).toString('hex')] as const);
    const other = 1 + others.findIndex(([epochs, hash]) => epochs !== first?.[0] || hash !== first[1]);
    if (other === 0) return;
    const said = (rank: number): string => (found[rank] === -1 ? 'none' : `one of ${found[rank]} epochs`);
    const but = found[0] === found[other] ? 'another one of as many' : said(other);
    throw unlike(`rank 0 has found ${said(0)}, and rank ${other} ${but}, as the checkpoint: all ranks must read the same file`);
  }

  /**
   * The rows of all ranks, of which each has its share.
   *
   * @throws `ERR_CHAINRULE_MPI` on all ranks if one has not.
   */
  async sumRows(own: number, name: string): Promise<number> {
    const rows = await this.gather(own);
    const all = rows.reduce((sum, count) => sum + count, 0);
    for (const [rank, count] of rows.entries()) {
      const { begin, end } = sliceOf(all, rank, this.size);
      if (count === end - begin) continue;
      throw unlike(
        `rank ${rank} has ${count} rows of ${name}, of which there are ${all} in all: group.slice(${all}) gives it ${end - begin}`,
      );
    }
    return all;
  }

  /**
   * The rows of all ranks in a batch of their streams; undefined at the end, which must be that of all.
   *
   * @throws `ERR_CHAINRULE_MPI` on all ranks if not, or if one has not its share.
   */
  async rowsOfBatch(own: number | undefined, name: string): Promise<number | undefined> {
    const ends = await this.gather(own === undefined ? 1 : 0);
    const [ended, goesOn] = [ends.indexOf(1), ends.indexOf(0)];
    if (ended >= 0 && goesOn >= 0) throw unlike(`the stream of rank ${ended} ends before ${name}, which rank ${goesOn} has`);
    return own === undefined ? undefined : this.sumRows(own, name);
  }

  /**
   * Notices where each rank has all rows instead of its own.
   *
   * @throws `ERR_CHAINRULE_MPI` on all ranks.
   */
  async checkParts({ x, y, index, rows }: NativeSamples): Promise<void> {
    if (this.size === 1) return;
    const own = await inSlices(digesting([x, y, index], somePieces));
    const [first, ...others] = (await this.#gatherBytes(own)).map((bytes) => Buffer.from(bytes));
    // One row may well be that of another rank.
    if (rows < 2 || others.some((other) => !other.equals(first as Buffer))) return;
    throw unlike(
      `every rank has given the same ${rows} rows: each is to give its own part of them, rows begin to end of group.slice(${rows})`,
    );
  }

  /** Bytes of each rank, of any length. */
  async #gatherBytes(own: Uint8Array): Promise<Uint8Array[]> {
    const lengths = await this.gather(own.length);
    const padded = new Uint8Array(Math.max(...lengths));
    padded.set(own);
    const parts = await this.#gatherEqual(padded);
    return parts.map((part, rank) => part.subarray(0, lengths[rank]));
  }

  /** Bytes of each rank, of one length: neighbours first, then neighbouring pairs, and so on. */
  async #gatherEqual(own: Uint8Array): Promise<Uint8Array[]> {
    let parts = own;
    for (let distance = 1; distance < this.size; distance *= 2) {
      const partner = (this.rank ^ distance) >>> 0;
      const theirs = await this.#group.exchange(partner, parts);
      parts = Buffer.concat(partner < this.rank ? [theirs, parts] : [parts, theirs]);
    }
    return Array.from({ length: this.size }, (_, rank) => parts.subarray(rank * own.length, (rank + 1) * own.length));
  }
}

function unlike(message: string): ChainruleError {
  return new ChainruleError('ERR_CHAINRULE_MPI', message);
}

type Numbers = FloatArray | Int32Array | Uint32Array | undefined;

/** Of all values of arrays; with `pieces`, of as many from all over each. */
export function* digesting(arrays: readonly Numbers[], pieces: number = Infinity): Pieces<Uint8Array> {
  const hash = createHash('sha256');
  for (const array of arrays) {
    if (array === undefined) continue;
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    const step = Math.max(pieceSize, Math.ceil(bytes.length / pieces));
    for (let begin = 0; begin < bytes.length; begin += step) {
      hash.update(bytes.subarray(begin, begin + pieceSize));
      yield;
    }
  }
  return hash.digest();
}

/** Bytes that are hashed between two looks at the clock. */
const pieceSize = 2 ** 16;
/** As many tell parts of the data apart. */
const somePieces = 2 ** 6;
