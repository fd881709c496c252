import { type EpochInfo, progressBar } from '../../index';
import type { TabularProgress } from '../../tabular/index';
import { short } from '../lines';

/** `progressBar` writes at most 100 lines where there is no terminal; one in five is enough for a log. */
const mostLines = 100;
const oneIn = 5;

/** Shows training on the standard error. */
export class Progress {
  readonly #isTerminal = process.stderr.isTTY === true;
  #phase: TabularProgress['phase'] | undefined;
  #bar: ((info: EpochInfo) => unknown) | undefined;
  #isOpen = false;

  /** Another part of the work begins. */
  phase(text: string): void {
    this.close();
    if (this.#isTerminal || text.startsWith('training')) process.stderr.write(`${text}\n`);
  }

  epoch(progress: TabularProgress): void {
    const { phase, epoch, epochs, rows, loss, validationLoss, metric, learningRate, seconds } = progress;
    if (phase !== this.#phase) {
      this.#phase = phase;
      this.#bar = progressBar({ stream: process.stderr, rows, text: (info) => textOf(info, metric?.name) });
    }
    const isLast = epoch === epochs;
    const every = oneIn * Math.ceil(epochs / mostLines);
    this.#isOpen = this.#isTerminal && !isLast;
    if (!this.#isTerminal && !isLast && epoch % every !== 0) return;
    this.#bar?.({
      ...{ epoch, epochs, loss, learningRate, seconds, isLast, steps: epoch },
      ...(validationLoss !== undefined && { val_loss: validationLoss }),
      ...(metric !== undefined && { metric: metric.value }),
    } as EpochInfo);
  }

  /** Ends a line that a bar has left open. */
  close(): void {
    if (this.#isOpen) process.stderr.write('\n');
    this.#isOpen = false;
  }
}

function textOf(info: EpochInfo, metric: string | undefined): string {
  const { loss, val_loss: validation, metric: value } = info as unknown as Record<string, number | undefined>;
  const [name, measured] = metric === undefined || metric === 'loss' ? ['validation', validation] : [metric, value];
  return `loss ${short(loss as number)}${measured === undefined ? '' : `  ${name} ${short(measured)}`}`;
}
