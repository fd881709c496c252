import { setImmediate as turn } from 'node:timers/promises';
import type { RowLike, TensorLike } from '../data/matrix';
import type { SampleShape } from '../data/samples';
import { closed } from '../errors';
import { disposeByClosing, type Handle } from '../handle';
import { type BatcherOptions, checkRequest, type Precision, type RequestOptions } from '../options';
import type { Prediction } from '../predictor';
import { checkMadeHere, guardReceivers } from '../receivers';
import { abortable, throwIfAborted } from '../training/abort';
import { printedAs } from '../visible';
import { Batch, oneRow } from './batch';

/** The most multiply-adds of a product on the calling thread; larger ones are worth the way to another thread and back. */
const largestOnThisThread = 2 ** 22;

/** Batches whose memory is kept for the next ones: one is filled while another is predicted. */
const spares = 2;

/**
 * Gathers concurrent requests of one row each into products; `nn.batcher()` makes it.
 *
 * A product starts with `maxBatch` rows, after a turn of the event loop without new ones, or after the first has waited for
 * `maxDelay`. Small products are computed at once, large ones off the main thread. Rows that come meanwhile are the next product.
 */
export class Batcher<P extends Precision = Precision> {
  readonly #network: Handle;
  readonly #shape: SampleShape;
  readonly #parameterCount: number;
  readonly #maxBatch: number;
  readonly #maxDelay: number;
  readonly #spare: Batch[];
  #filling: Batch | undefined;
  readonly #full: Batch[] = [];
  #running: Batch | undefined;
  #firstCame = 0;
  #rowsSeen = 0;
  #looking = false;
  #closed = false;
  readonly #whenIdle: (() => void)[] = [];

  static {
    const isOwn = (value: unknown) => typeof value === 'object' && value !== null && #network in value;
    guardReceivers(Batcher, { isOwn, promising: ['predict', 'close'] });
    printedAs(Batcher.prototype, (batcher) => {
      const { inputSize, outputSize, precision } = batcher.#shape;
      const limits = `at most ${batcher.#maxBatch} rows at once after ${batcher.#maxDelay} ms`;
      return `Batcher ${inputSize} -> ${outputSize}, ${precision}: ${batcher.waiting} waiting, ${batcher.#closed ? 'closed' : limits}`;
    });
  }

  /** @internal */
  constructor(key: symbol, network: Handle, shape: SampleShape, parameterCount: number, options: Required<BatcherOptions>) {
    checkMadeHere(key, 'Batcher', 'nn.batcher()');
    this.#network = network;
    this.#shape = shape;
    this.#parameterCount = parameterCount;
    this.#maxBatch = options.maxBatch;
    this.#maxDelay = options.maxDelay;
    this.#spare = [this.#newBatch()];
    Object.freeze(this);
  }

  /** How many requests have not been answered yet. */
  get waiting(): number {
    const rows = (batch: Batch | undefined): number => batch?.rows ?? 0;
    return this.#full.reduce((sum, batch) => sum + batch.rows, rows(this.#filling) + rows(this.#running));
  }

  /**
   * Predicts one row: the same bits as `nn.predict(row)`. Values are taken at once, so the row may be changed afterwards.
   *
   * @returns `data` and `shape: [1, outputSize]`; the memory is the caller's own.
   * @throws (rejects with) a TypeError or RangeError if the row is wrong, at once and without harm to others; `ERR_CHAINRULE_CLOSED` after
   * `close`; an `AbortError` if the signal is given before the answer is there.
   */
  predict(row: RowLike | readonly RowLike[] | TensorLike, options?: RequestOptions): Promise<Prediction<P>> {
    try {
      const signal = options === undefined ? undefined : checkRequest(options, 'options').signal;
      throwIfAborted(signal);
      const values = oneRow(row, this.#shape); // last: no code of the user's runs between the check and the copy
      if (this.#closed) throw closed('the batcher');
      this.#network.check();
      const answer = this.#add(values) as Promise<Prediction<P>>;
      return signal === undefined ? answer : abortable(answer, signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Takes no more rows; resolves when those that it has are answered, and the batcher has let go of the network. */
  close(): Promise<void> {
    this.#closed = true;
    this.#flush();
    if (this.#running === undefined) {
      this.#release();
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** The same as `close`: what `await using` calls. */
  declare [Symbol.asyncDispose]: () => Promise<void>;

  #release(): void {
    for (const batch of this.#spare.splice(0)) batch.close();
  }

  #add(values: Parameters<Batch['add']>[0]): Promise<Prediction> {
    if (this.#filling === undefined) {
      this.#filling = this.#spare.pop() ?? this.#newBatch();
      this.#firstCame = performance.now();
      this.#rowsSeen = 0;
    }
    const answer = this.#filling.add(values);
    if (this.#filling.rows === this.#maxBatch) this.#flush();
    else this.#look();
    return answer;
  }

  /** Looks at the end of this turn of the event loop whether it is time. */
  #look(): void {
    if (this.#looking) return;
    this.#looking = true;
    // Not the global: jsdom and browsers have none.
    void turn().then(() => {
      this.#looking = false;
      // A product under way takes what has come meanwhile when it ends.
      if (this.#filling === undefined || this.#running !== undefined) return;
      const { rows } = this.#filling;
      const moreMayCome = rows > this.#rowsSeen && performance.now() - this.#firstCame < this.#maxDelay;
      this.#rowsSeen = rows;
      if (moreMayCome) this.#look();
      else this.#flush();
    });
  }

  #flush(): void {
    if (this.#filling !== undefined) this.#full.push(this.#filling);
    this.#filling = undefined;
    this.#runNext();
  }

  #runNext(): void {
    while (this.#running === undefined) {
      const batch = this.#full.shift();
      if (batch === undefined) return;
      if (batch.rows * this.#parameterCount <= largestOnThisThread) {
        batch.run();
        this.#recycle(batch);
      } else {
        this.#running = batch;
        void batch.runAsync().then(() => this.#ran(batch));
      }
    }
  }

  #ran(batch: Batch): void {
    this.#running = undefined;
    this.#recycle(batch);
    if (this.#full.length > 0) this.#runNext();
    else this.#flush();
    if (this.#running !== undefined) return;
    if (this.#closed) this.#release();
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #recycle(batch: Batch): void {
    if (this.#closed || this.#spare.length >= spares) batch.close();
    else this.#spare.push(batch);
  }

  #newBatch(): Batch {
    return new Batch(this.#network, this.#shape, this.#maxBatch);
  }
}

disposeByClosing(Batcher.prototype, 'asyncDispose');
