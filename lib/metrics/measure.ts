import { wrongOption, wrongType } from '../errors';
import { inSlices, type Pieces } from '../event-loop';
import type { FloatArray, NativeSamples } from '../native';
import { losses, middleOf, type NetworkSpec, pointOutput, targetColumns } from '../options';
import type { LastLayer } from '../options/layers/row';
import { type CheckedMetric, type MetricName, type MetricValues, metricRows } from '../options/metrics';
import { lastOf } from '../options/network';
import { exp } from './elementary';
import { measuring, type Pairs, takesLabels } from './formulas';
import { atOnce, type ClassPairs, type LabelPairs, type NumberPairs, type ScorePairs } from './input';

/*
 * Metrics of a network over a whole data set, from its predictions.
 */

/** How the outputs of a network are to be read. */
interface Reading {
  columns: number;
  last: LastLayer;
  /** Several outputs that do not exclude each other. */
  independent: boolean;
  /** Whether the outputs are logits, which the last activation does not change. */
  logits: boolean;
  /** Whether the outputs are probabilities, or logits of them. */
  probable: boolean;
  /** Where a single output changes from class 0 to class 1. */
  threshold: number;
}

/** The activations whose outputs are probabilities. */
const probabilityOf = { sigmoid: true, softmax: true } as const satisfies Partial<Record<LastLayer['activation'], true>>;

function readingOf(spec: NetworkSpec): Reading {
  const last = lastOf(spec);
  const columns = targetColumns(spec.loss, last.units);
  const { reads } = losses[spec.loss.type];
  const areProbabilities = Object.hasOwn(probabilityOf, last.activation);
  const logits = (reads === 'logits' || reads === 'classLogits') && !areProbabilities;
  return {
    columns,
    last,
    independent: columns > 1 && (reads === 'logits' || reads === 'scores'),
    logits,
    probable: areProbabilities || logits,
    threshold: middleOf(spec.loss.type, last.activation),
  };
}

/** Where a single output changes from class 0 to class 1. */
export const thresholdOf = (spec: NetworkSpec): number => readingOf(spec).threshold;

/** Refuses metrics that the network's outputs have not. `one`: each must be one number, for the reason given. */
export function checkMeasurable(metrics: readonly CheckedMetric[], spec: NetworkSpec, one?: string): void {
  const reading = readingOf(spec);
  for (const metric of metrics) {
    const problem = metric.type && (problemOf(metric.type, metric, reading) ?? listProblem(metric, one));
    if (problem !== undefined) throw wrongOption(`the metric "${metric.name}" ${problem}`);
  }
}

function problemOf(
  type: MetricName,
  { settings, name }: CheckedMetric,
  { columns, independent, probable, last }: Reading,
): string | undefined {
  const { needs, native } = metricRows[type];
  if (last.units % columns !== 0) return `compares outputs with targets, but there are ${last.units} outputs and ${columns} columns of y`;
  if (native && type === name) return undefined;
  if (independent && !takesLabels(type)) return 'needs classes that exclude each other, but the outputs do not';
  if (needs === 'topScores' && columns === 1) return 'needs an output for each class, but there is one output';
  if (needs === 'probabilities' && !probable) return `needs probabilities, which a last activation of "${last.activation}" does not give`;
  if (settings.average === 'binary' && (columns > 2 || independent)) return 'has an average for two classes only: take "macro"';
  return undefined;
}

function listProblem({ type, name, settings }: CheckedMetric, one: string | undefined): string | undefined {
  if (settings.average !== 'none') return undefined;
  if (one !== undefined) return `has a figure for each class, but ${one}: take another average than "none"`;
  return type === name ? `has a list for each class: give it a name of its own, such as "${name}PerClass"` : undefined;
}

/** Predictions for samples. */
export interface Judged {
  spec: NetworkSpec;
  /** `[rows, units]` of the last layer. */
  outputs: FloatArray;
  samples: Pick<NativeSamples, 'y' | 'rows' | 'index'>;
}

/** A metric that was measured. */
export interface MeasuredMetric {
  metric: CheckedMetric;
  value: number | number[];
  /** Why it is not defined, if it is not. */
  reasons: readonly string[];
}

/** Measures metrics in slices, between which the event loop turns. Functions of the user's get copies, and are called last. */
export async function measure(metrics: readonly CheckedMetric[], judged: Judged, betweenSlices?: () => void): Promise<MeasuredMetric[]> {
  const views = new Views(judged);
  const measured = new Map<CheckedMetric, MeasuredMetric>();
  for (const metric of metrics) {
    const { type, settings } = metric;
    if (type === undefined) continue;
    const pairs = await inSlices(views.of(type, settings.average === 'none'), betweenSlices);
    measured.set(metric, { metric, ...(await inSlices(measuring(type, pairs, settings), betweenSlices)) });
  }
  for (const metric of metrics) {
    if (metric.value === undefined) continue;
    const value: unknown = metric.value(...(await inSlices(views.copies(), betweenSlices)));
    if (typeof value !== 'number') throw wrongType(`the value of the metric "${metric.name}"`, 'a number', value);
    measured.set(metric, { metric, value, reasons: [] });
  }
  return metrics.map((metric) => measured.get(metric) as MeasuredMetric);
}

/** Outputs and targets as the metrics need them, each made once. */
class Views {
  readonly #judged: Judged;
  readonly #reading: Reading;
  readonly #made = new Map<string, Pairs>();
  /** `[rows, columns]`: of each target one output, which metrics compare with it. */
  #points: FloatArray | undefined;

  constructor(judged: Judged) {
    this.#judged = judged;
    this.#reading = readingOf(judged.spec);
  }

  *#outputs(): Pieces<FloatArray> {
    const { spec, outputs } = this.#judged;
    this.#points ??= yield* pointsOf(outputs, this.#reading.last.units / this.#reading.columns, pointOutput(spec.loss));
    return this.#points;
  }

  /** `each`: with a figure for each class, those that do not occur too. */
  *of(type: MetricName, each: boolean): Pieces<Pairs> {
    const { independent } = this.#reading;
    const { needs } = metricRows[type];
    switch (needs) {
      case 'numbers':
        return yield* this.#once(needs, () => this.#numbers());
      case 'scores':
      case 'topScores':
        return yield* this.#once('scores', () => this.#scores(false));
      case 'probabilities':
        return yield* this.#once(needs, () => this.#scores(true));
      default:
        if (independent) return yield* this.#once('labels', () => this.#labels());
        return yield* this.#once(each ? 'each' : 'classes', () => this.#classes(each));
    }
  }

  *#once<P extends Pairs>(key: string, make: () => Pieces<P>): Pieces<Pairs> {
    const made = this.#made.get(key) ?? (yield* make());
    this.#made.set(key, made);
    return made;
  }

  *#classes(each: boolean): Pieces<ClassPairs> {
    const { samples } = this.#judged;
    const outputs = yield* this.#outputs();
    const { columns, threshold } = this.#reading;
    const classes = Math.max(columns, 2);
    const actual = samples.y instanceof Int32Array ? yield* this.#targets() : yield* classesOf(yield* this.#targets(), columns, 0.5);
    const predicted = yield* classesOf(outputs, columns, threshold);
    const occurs = new Uint8Array(classes).fill(Number(each));
    for (const list of [actual, predicted]) {
      for (let row = 0; row < list.length; row++) {
        occurs[list[row] as number] = 1;
        if (row % atOnce === 0) yield;
      }
    }
    const labels = Array.from(occurs.keys()).filter((label) => occurs[label] === 1);
    return {
      ...{ kind: 'classes', actual: actual as Int32Array, predicted, classes, labels },
      ...{ positive: classes === 2 ? 1 : undefined, weights: undefined },
    };
  }

  *#labels(): Pieces<LabelPairs> {
    const { columns, threshold } = this.#reading;
    const actual = yield* above(yield* this.#targets(), 0.5);
    return { kind: 'labels', actual, predicted: yield* above(yield* this.#outputs(), threshold), columns, weights: undefined };
  }

  *#scores(asProbabilities: boolean): Pieces<ScorePairs> {
    const { samples } = this.#judged;
    const outputs = yield* this.#outputs();
    const { columns, independent, logits } = this.#reading;
    const actual = independent ? (yield* this.#labels()).actual : (yield* this.#classes(false)).actual;
    // The order of single logits is that of their probabilities.
    const isNormalized = !logits || (!asProbabilities && (columns === 1 || independent));
    const scores = isNormalized ? outputs : yield* columns === 1 || independent ? sigmoids(outputs) : softmaxes(outputs, columns);
    return { kind: 'scores', actual, scores, rows: samples.rows, columns, independent, weights: undefined };
  }

  *#numbers(): Pieces<NumberPairs> {
    const { samples } = this.#judged;
    const outputs = yield* this.#outputs();
    const { columns } = this.#reading;
    const targets = yield* this.#targets();
    const actual = targets instanceof Int32Array ? yield* oneHot(targets, columns) : targets;
    return { kind: 'numbers', actual, predicted: outputs, rows: samples.rows, columns, weights: undefined };
  }

  /** The targets of the rows that the samples name. */
  *#targets(): Pieces<Int32Array | FloatArray> {
    const { y, index, rows } = this.#judged.samples;
    if (index === undefined) return y;
    const width = y instanceof Int32Array ? 1 : this.#reading.columns;
    const chosen = y.slice(0, 0).constructor as new (length: number) => Int32Array | FloatArray;
    const targets = new chosen(rows * width);
    for (let row = 0; row < rows; row++) {
      const from = (index[row] as number) * width;
      for (let column = 0; column < width; column++) targets[row * width + column] = y[from + column] as number;
      if (row % atOnce === 0) yield;
    }
    return targets;
  }

  /** Predictions and targets in memory of the user's. */
  *copies(): Pieces<[MetricValues, MetricValues]> {
    const { outputs, samples } = this.#judged;
    const { columns } = this.#reading;
    const { rows } = samples;
    const targets = (yield* this.#targets()).slice();
    const shape = targets instanceof Int32Array ? [rows] : [rows, columns];
    return [
      { data: outputs.slice(), shape: [rows, outputs.length / rows] },
      { data: targets, shape },
    ];
  }
}

/** Every `each`-th output, from number `point` on. */
function* pointsOf(outputs: FloatArray, each: number, point: number): Pieces<FloatArray> {
  if (each === 1) return outputs;
  const points = outputs.slice(0, outputs.length / each);
  for (let i = 0; i < points.length; i++) {
    points[i] = outputs[i * each + point] as number;
    if (i % atOnce === 0) yield;
  }
  return points;
}

/** The column of the largest value of each row, the first of equals; of a single column, whether it is above `threshold`. */
function* classesOf(values: ArrayLike<number>, columns: number, threshold: number): Pieces<Int32Array> {
  const classes = new Int32Array(values.length / columns);
  const rowsAtOnce = Math.ceil(atOnce / columns);
  for (let row = 0; row < classes.length; row++) {
    const first = row * columns;
    let best = 0;
    if (columns === 1) best = Number((values[first] as number) > threshold);
    for (let column = 1; column < columns; column++) {
      if ((values[first + column] as number) > (values[first + best] as number)) best = column;
    }
    classes[row] = best;
    if (row % rowsAtOnce === 0) yield;
  }
  return classes;
}

function* mapped(values: ArrayLike<number>, to: (value: number) => number): Pieces<Float64Array> {
  const results = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    results[i] = to(values[i] as number);
    if (i % atOnce === 0) yield;
  }
  return results;
}

const above = (values: ArrayLike<number>, threshold: number): Pieces<Float64Array> => mapped(values, (value) => Number(value > threshold));

const sigmoids = (values: ArrayLike<number>): Pieces<Float64Array> => mapped(values, (value) => 1 / (1 + exp(-value)));

function* softmaxes(values: ArrayLike<number>, columns: number): Pieces<Float64Array> {
  const results = new Float64Array(values.length);
  const rowsAtOnce = Math.ceil(atOnce / columns);
  for (let first = 0; first < values.length; first += columns) {
    let [most, sum] = [-Infinity, 0];
    for (let i = first; i < first + columns; i++) most = Math.max(most, values[i] as number);
    for (let i = first; i < first + columns; i++) {
      results[i] = exp((values[i] as number) - most);
      sum += results[i] as number;
    }
    for (let i = first; i < first + columns; i++) results[i] = (results[i] as number) / sum;
    if ((first / columns) % rowsAtOnce === 0) yield;
  }
  return results;
}

function* oneHot(labels: Int32Array, columns: number): Pieces<Float64Array> {
  const rows = new Float64Array(labels.length * columns);
  for (let row = 0; row < labels.length; row++) {
    rows[row * columns + (labels[row] as number)] = 1;
    if (row % atOnce === 0) yield;
  }
  return rows;
}
