import { wrongOption, wrongType } from '../errors';
import type { NativeSamples } from '../native';
import type { Samples } from './samples';

/** Batches, one after the other. */
export type BatchIterable = Iterable<Samples> | AsyncIterable<Samples>;

/**
 * Batches for training: an iterable, or a function that returns a new one for each epoch (which is needed for more than one epoch where the
 * iterable can be walked only once, like a generator's). The function is given the epoch's number, from 1: after a training was resumed
 * too, it is the number in the whole training.
 */
export type SampleStream = BatchIterable | ((epoch: number) => BatchIterable | Promise<BatchIterable>);

type BatchIterator = Iterator<unknown> | AsyncIterator<unknown>;

/** Whether training data are a stream rather than `{ x, y }`. */
export function isStream(data: unknown): data is SampleStream {
  if (typeof data === 'function') return true;
  return typeof data === 'object' && data !== null && !('x' in data) && iteratorMethod(data) !== undefined;
}

function iteratorMethod(value: object): (() => BatchIterator) | undefined {
  const { [Symbol.asyncIterator]: async, [Symbol.iterator]: sync } = value as Record<symbol, unknown>;
  const method = async ?? sync;
  return typeof method === 'function' ? (method as () => BatchIterator) : undefined;
}

function iterate(value: unknown, name: string): BatchIterator {
  const method = typeof value === 'object' && value !== null ? iteratorMethod(value) : undefined;
  if (method === undefined) throw wrongType(name, 'an iterable of { x, y } batches', value);
  return method.call(value);
}

/** A stream that can be opened once for each epoch. */
export class Stream {
  readonly #source: SampleStream;
  #first: BatchIterator | undefined;
  /** How often the stream has been opened, in this training's earlier parts too. */
  opened = 0;
  /** The batch that was read last, in memory of our own. */
  latest: NativeSamples | undefined;

  constructor(source: SampleStream, epochs: number) {
    this.#source = source;
    if (typeof source === 'function') return;
    this.#first = iterate(source, 'data');
    if (epochs > 1 && (this.#first as unknown) === source) {
      throw wrongOption(
        `data can be walked only once, but epochs is ${epochs}: pass a function that returns a new iterable for each epoch`,
      );
    }
  }

  /** The iterator of the next epoch. */
  async open(): Promise<BatchIterator> {
    this.opened++;
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) return first;
    return typeof this.#source === 'function' ? iterate(await this.#source(this.opened), 'data()') : iterate(this.#source, 'data');
  }
}
