/**
 * Ctrl-C while a model is trained. The first one ends training and keeps the best so far, the second one ends the program.
 */
export class Interrupt {
  readonly #abort = new AbortController();
  #isTraining = false;
  #stopped = false;
  readonly #onSignal = (): void => this.#stop();

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, this.#onSignal);
  }

  /** For `train`: aborted where there is nothing to keep yet, or where only figures are left to do. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** An epoch is complete: there is a model to keep from now on. */
  trained(): void {
    this.#isTraining = true;
  }

  /** Something else than training is done now. */
  measuring(): void {
    this.#isTraining = false;
  }

  close(): void {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, this.#onSignal);
  }

  #stop(): void {
    const newline = process.stderr.isTTY ? '\n' : '';
    if (this.#stopped) {
      process.stderr.write(`${newline}ended\n`);
      process.exit(130);
    }
    this.#stopped = true;
    process.stderr.write(`${newline}stopping after this epoch: the best model so far is kept (once more: end at once)\n`);
    if (!this.#isTraining) this.#abort.abort();
  }
}
