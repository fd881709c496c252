import { inSlices } from '../event-loop';
import type { NeuralNetwork } from '../index';
import type { MetricName } from '../options/metrics';
import type { Table } from '../table/table';
import { constantName, constantOutputs } from './baselines';
import { decoding, truthOf } from './decode';
import { type Figures, figureNames, type Judged, measuringFigures, measuringOne } from './figures';
import type { Part } from './prepare';
import type { Confusion, TabularEvaluation, WorstRow } from './report';
import type { Target } from './target';

/*
 * Predictions of rows beside the truth.
 */

const mostClassesShown = 100;
const mostPredictions = 1000;
const mostWorst = 10;
/** A probability of 0 would make a loss infinite. */
const least = Number.EPSILON;

/** Rows of a matrix, one behind the other. */
export function takeInput({ x, rows, table }: Pick<Part, 'x' | 'rows' | 'table'>): Float32Array {
  const width = x.length / table.rows;
  const taken = new Float32Array(rows.length * width);
  for (const [index, row] of rows.entries()) taken.set(x.subarray(row * width, (row + 1) * width), index * width);
  return taken;
}

/** The predictions for the rows of a part, beside the truth. */
export async function judge(network: NeuralNetwork, target: Target, part: Part): Promise<Judged> {
  const { data } = await network.predictAsync({ data: takeInput(part), shape: [part.rows.length, network.inputSize] });
  return judgeOutputs(data, target, part);
}

/** The same of outputs that are known. */
export async function judgeOutputs(outputs: ArrayLike<number>, target: Target, part: Part): Promise<Judged> {
  const decoded = await inSlices(decoding(target, outputs));
  const { rows, weights } = part;
  const truth = truthOf(target, part.y, part.values, rows);
  return { ...decoded, truth, weights: weights && Float64Array.from(rows, (row) => weights[row] as number) };
}

/** The names of the figures; the one that training went by comes first. */
export function namesOf(target: Target, metric: MetricName | undefined): MetricName[] {
  const usual = figureNames[target.kind];
  return metric === undefined ? [...usual] : [metric, ...usual.filter((name) => name !== metric)];
}

export const figuresOf = (judged: Judged, target: Target, metric: MetricName | undefined, seed: number): Promise<Figures> =>
  inSlices(measuringFigures(judged, target, namesOf(target, metric), seed));

/** The figures of the constant that training knew, if the model still has it. */
export async function assessConstant(
  target: Target,
  part: Part,
  metric: MetricName | undefined,
  seed: number,
): Promise<Record<string, Figures>> {
  const outputs = constantOutputs(target, part.rows.length);
  if (outputs === undefined) return {};
  const judged = await judgeOutputs(outputs, target, part);
  return { [constantName(target)]: await figuresOf(judged, target, metric, seed) };
}

/** The evaluation of a part by a network. */
export async function assess(
  network: NeuralNetwork,
  target: Target,
  part: Part,
  metric: MetricName | undefined,
  seed: number,
): Promise<Omit<TabularEvaluation, 'baselines'>> {
  const judged = await judge(network, target, part);
  const confusion = await confusionOf(judged, target);
  return {
    rows: part.rows.length,
    metrics: await figuresOf(judged, target, metric, seed),
    ...(confusion && { confusion }),
    ...(target.kind === 'regression' && { predictions: someOf(judged) }),
    worst: worstOf(judged, target, part),
  };
}

/** An error that is the smaller the better: what importance is measured by. */
export async function errorOf(judged: Judged, target: Target): Promise<number> {
  const value = await inSlices(measuringOne(judged, target, target.kind === 'regression' ? 'rmse' : 'accuracy'));
  return target.kind === 'regression' ? (value ?? 0) : 1 - (value ?? 0);
}

async function confusionOf({ truth, predicted }: Judged, target: Target): Promise<Confusion | undefined> {
  if (target.kind === 'regression' || target.classes.length > mostClassesShown) return undefined;
  const counts = target.classes.map(() => target.classes.map(() => 0));
  for (const [index, is] of truth.entries()) {
    const row = counts[is] as number[];
    const said = predicted[index] as number;
    row[said] = (row[said] as number) + 1;
  }
  return { labels: [...target.classes], counts };
}

function someOf({ truth, predicted }: Judged): { truth: number[]; predicted: number[] } {
  const step = Math.ceil(truth.length / mostPredictions);
  const pick = (values: Judged['truth']): number[] => [...values].filter((_, index) => index % step === 0);
  return { truth: pick(truth), predicted: pick(predicted) };
}

function worstOf(judged: Judged, target: Target, { table, rows }: Part): WorstRow[] {
  const { truth, predicted, probabilities } = judged;
  const lossOf = (index: number): number => {
    const is = truth[index] as number;
    if (target.kind === 'regression') return ((predicted[index] as number) - is) ** 2;
    return -Math.log(Math.max(least, (probabilities as Float64Array)[index * target.classes.length + is] as number));
  };
  const worst: { index: number; loss: number }[] = [];
  for (let index = 0; index < truth.length; index++) {
    const loss = lossOf(index);
    if (worst.length === mostWorst && loss <= (worst.at(-1)?.loss as number)) continue;
    const place = worst.findIndex((one) => one.loss < loss);
    worst.splice(place < 0 ? worst.length : place, 0, { index, loss });
    worst.length = Math.min(worst.length, mostWorst);
  }
  const shown = (value: number): number | string => (target.kind === 'regression' ? value : (target.classes[value] as string));
  return worst.map(({ index, loss }) => {
    const row = rows[index] as number;
    return {
      row,
      record: plainRecord(table, row),
      truth: shown(truth[index] as number),
      predicted: shown(predicted[index] as number),
      loss,
    };
  });
}

/** The most columns of a record in a report. */
const mostColumns = 200;

/** A row as plain JSON. */
function plainRecord(table: Table, row: number): WorstRow['record'] {
  const entries = Object.entries(table.record(row)).slice(0, mostColumns);
  return Object.fromEntries(entries.map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]));
}

/** Some rows of a part, evenly. */
export function thinned(part: Part, most: number): Part {
  const step = Math.ceil(part.rows.length / most);
  return step <= 1 ? part : { ...part, rows: part.rows.filter((_, index) => index % step === 0) };
}
