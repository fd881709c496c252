import type { EpochInfo } from '../../index';
import type { Chart, Curves, Points } from '../page/data';

/** Points that a curve has at most: more than the pixels of a wide chart. */
const most = 2000;

const notMetrics = ['epoch', 'epochs', 'learningRate', 'steps', 'seconds', 'isLast'];
const ofValidation = /^val_/;

/**
 * The curves of a training of any length in bounded memory: when they are full, every second point is dropped, and from then on only every
 * second epoch is kept.
 */
export class TrainingHistory {
  readonly curves: Curves = { epoch: [], learningRate: [], charts: [] };
  #every = 1;
  #sent = 0;
  #thinned = false;

  /** @param epoch counted over all parts of the training, which `info` knows nothing of. */
  add(info: EpochInfo, epoch: number): void {
    const { curves } = this;
    if (curves.epoch.length > 0 && (epoch - 1) % this.#every !== 0 && !info.isLast) return;
    const before = curves.epoch.length;
    curves.epoch.push(epoch);
    curves.learningRate.push(finite(info.learningRate));
    for (const [name, value] of Object.entries(info)) {
      if (typeof value !== 'number' || notMetrics.includes(name)) continue;
      const chart = this.#chart(name.replace(ofValidation, ''));
      const kind = ofValidation.test(name) ? 'validation' : 'training';
      chart[kind] ??= Array(before).fill(null);
      chart[kind].push(finite(value));
    }
    for (const values of this.#series()) if (values.length === before) values.push(null);
    if (curves.epoch.length >= most) this.#thin();
  }

  /** The points since the last call, or all of them if earlier ones have changed. */
  news(): { set?: Curves; append?: Points } {
    const { curves } = this;
    const from = this.#sent;
    const isWhole = this.#thinned || from === 0;
    this.#sent = curves.epoch.length;
    this.#thinned = false;
    if (isWhole) return { set: curves };
    return {
      append: {
        from,
        epoch: curves.epoch.slice(from),
        learningRate: curves.learningRate.slice(from),
        charts: curves.charts.map(({ name, training, validation }) => ({
          name,
          ...(training && { training: training.slice(from) }),
          ...(validation && { validation: validation.slice(from) }),
        })),
      },
    };
  }

  #chart(name: string): Chart {
    const found = this.curves.charts.find((chart) => chart.name === name);
    if (found !== undefined) return found;
    const chart: Chart = { name };
    this.curves.charts.push(chart);
    this.#thinned = true; // the page has to learn of it
    return chart;
  }

  #series(): (number | null)[][] {
    return this.curves.charts.flatMap(({ training, validation }) => [training, validation].filter((values) => values !== undefined));
  }

  #thin(): void {
    this.#every *= 2;
    this.#thinned = true;
    for (const values of [this.curves.epoch, this.curves.learningRate, ...this.#series()]) {
      for (let from = 0, to = 0; from < most; from += 2, to++) values[to] = values[from] as number;
      values.length = most / 2;
    }
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
