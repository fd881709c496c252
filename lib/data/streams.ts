import { wrongOption, wrongShape, wrongType } from '../errors';
import type { NativeSamples } from '../native';
import { isArray, isCallable, isRevoked, lengthOf } from '../options/check';
import type { Samples } from './samples';
import { looksTyped } from './typed-arrays';

/** Batches, one after the other. */
export type BatchIterable = Iterable<Samples> | AsyncIterable<Samples>;

/**
 * Batches for training: an iterable, or a function that returns a new one for each epoch. An iterable that can be walked only once, like a
 * generator's, serves one epoch. The function is given the epoch's number, from 1: after a training was resumed
 * too, it is the number in the whole training.
 */
export type SampleStream = BatchIterable | ((epoch: number) => BatchIterable | Promise<BatchIterable>);

/** An iterator whose methods have been read, once each. */
export interface BatchIterator {
  next(): unknown;
  /** Tells it that no more will be asked for. */
  leave(): unknown;
}

/** Whether training data are a stream rather than `{ x, y }`. */
export function isStream(data: unknown): data is SampleStream {
  if (isRevoked(data)) return false;
  if (typeof data === 'function') return isCallable(data);
  return typeof data === 'object' && data !== null && !('x' in data) && iteratorMethod(data) !== undefined;
}

function iteratorMethod(value: object): (() => unknown) | undefined {
  if (looksTyped(value)) return undefined;
  const { [Symbol.asyncIterator]: async, [Symbol.iterator]: sync } = value as Record<symbol, unknown>;
  const method = async ?? sync;
  return isCallable(method) ? (method as () => unknown) : undefined;
}

/** Begins to walk an iterable. */
function iterate(value: unknown, name: string): { iterator: BatchIterator; own: unknown } {
  const isObject = typeof value === 'object' && value !== null && !isRevoked(value);
  const method = isObject ? iteratorMethod(value) : undefined;
  if (method === undefined) throw wrongType(name, 'an iterable of { x, y } batches', value);
  if (isArray(value)) lengthOf(value, name);
  const own = Reflect.apply(method, value, []);
  const expected = 'an iterator with a method next()';
  if (typeof own !== 'object' || own === null || isRevoked(own)) throw wrongType(`the iterator of ${name}`, expected, own);
  const { next } = own as { next?: unknown };
  if (!isCallable(next)) throw wrongType(`the iterator of ${name}`, expected, own);
  const leave = (): unknown => {
    const method = (own as { return?: unknown }).return;
    return isCallable(method) ? Reflect.apply(method, own, []) : undefined;
  };
  return { own, iterator: { next: () => Reflect.apply(next, own, []), leave } };
}

/** The parts of an answer of an iterator's, each read once. */
export function iteratorResult(result: unknown): { done: boolean; value: unknown } {
  if (typeof result !== 'object' || result === null || isRevoked(result)) {
    throw wrongType('the result of next() of the iterator of data', 'an object { done, value }', result);
  }
  const { done } = result as { done?: unknown };
  return done ? { done: true, value: undefined } : { done: false, value: awaitable((result as { value?: unknown }).value) };
}

/** Refuses what cannot be waited for: to ask a revoked proxy for `then` is an error of the engine. */
function awaitable(value: unknown): unknown {
  if (isRevoked(value)) throw wrongType('a batch of data', 'an object { x, y }', value);
  return value;
}

/** Waits for what the stream's owner promises, or throws where that takes no longer part. */
export type Wait = <T>(pending: T | PromiseLike<T>) => Promise<T>;

/** A stream, opened once for each epoch; or, with `stepsPerEpoch`, read on from epoch to epoch and opened anew where it ends. */
export class Stream {
  readonly #source: SampleStream;
  readonly #stepsPerEpoch: number | undefined;
  #first: BatchIterator | undefined;
  #iterator: BatchIterator | undefined;
  /** The epoch, from 1, and the batches that it has got so far. */
  #epoch = 0;
  #read = 0;
  /** Whether the latest epoch has got all its batches. */
  isAtEnd = false;
  /** The batch that was read last, in memory of our own. */
  latest: NativeSamples | undefined;

  constructor(source: SampleStream, epochs: number, stepsPerEpoch?: number) {
    this.#source = source;
    this.#stepsPerEpoch = stepsPerEpoch;
    if (typeof source === 'function') return;
    const { iterator, own } = iterate(source, 'data');
    this.#first = iterator;
    if (epochs > 1 && own === source && stepsPerEpoch === undefined) {
      throw wrongOption(
        `data can be walked only once, but epochs is ${epochs}: pass a function that returns a new iterable for each epoch`,
      );
    }
  }

  /** Begins an epoch, counted from 1 in the whole training. */
  async begin(epoch: number): Promise<void> {
    [this.#epoch, this.#read, this.isAtEnd] = [epoch, 0, false];
    this.#iterator ??= await this.#open();
  }

  /** The next batch of the epoch; undefined at its end. */
  async next(wait: Wait): Promise<{ value: unknown } | undefined> {
    if (this.#read === this.#stepsPerEpoch) return this.#end();
    for (let isNew = false; ; isNew = true) {
      this.#iterator ??= await wait(this.#open());
      const { done, value } = iteratorResult(await wait(this.#iterator.next()));
      if (!done) {
        this.#read++;
        return { value: await wait(value) };
      }
      this.#iterator = undefined;
      if (isNew || (this.#read === 0 && this.#stepsPerEpoch === undefined)) throw this.#lacksBatches();
      if (this.#stepsPerEpoch === undefined) return this.#end();
    }
  }

  /** Lets go of an iterator that is not at its end. One that is stuck is not waited for, and what it throws now comes too late. */
  close(): void {
    const iterator = this.#iterator;
    this.#iterator = undefined;
    Promise.resolve()
      .then(() => iterator?.leave())
      .catch(() => {});
  }

  async #open(): Promise<BatchIterator> {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) return first;
    return (
      typeof this.#source === 'function' ? iterate(await awaitable(this.#source(this.#epoch)), 'data()') : iterate(this.#source, 'data')
    ).iterator;
  }

  #end(): undefined {
    this.isAtEnd = true;
  }

  #lacksBatches(): Error {
    const hint = ' (a stream must start anew: pass a function that returns a new iterable)';
    if (this.#stepsPerEpoch !== undefined) {
      return wrongShape(
        `data ended after ${this.#read} of ${this.#stepsPerEpoch} batches of epoch ${this.#epoch}, and has no others${hint}`,
      );
    }
    const anew = this.#epoch > 1 ? ' (a stream must start anew in each epoch: pass a function that returns a new iterable)' : '';
    return wrongShape(`data must have at least one batch in each epoch, got none in epoch ${this.#epoch}${anew}`);
  }
}
