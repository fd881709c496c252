import type { NeuralNetwork } from '../../index';
import type { Table, TabularProgress } from '../../tabular/index';
import type { Sample } from '../page/data';
import type { PlaneOptions, PlaneOutputs } from './plane';
import type { Watch } from './watch';

/** Two columns of numbers that a model is trained on, and what they are drawn with. */
export interface TwoColumns {
  names: [string, string];
  from: [number, number];
  to: [number, number];
  samples: Sample[];
}

/** Rows of the table that are drawn. */
const mostSamples = 400;
/** The share of the range that is drawn beyond it on each side. */
const room = 0.08;

/** The picture of a table that has two columns of numbers and the target; undefined of any other table. */
export function twoColumns(table: Table, target: string): TwoColumns | undefined {
  const [first, second, ...more] = table.columns.filter(({ name, type }) => name !== target && type !== 'id' && type !== 'text');
  if (first?.type !== 'number' || second?.type !== 'number' || more.length > 0) return undefined;
  const [x, y] = [rangeOf(first.values), rangeOf(second.values)];
  if (x === undefined || y === undefined) return undefined;
  return {
    names: [first.name, second.name],
    from: [x[0], y[0]],
    to: [x[1], y[1]],
    samples: samplesOf(table, [first.values, second.values], target),
  };
}

function rangeOf(values: Float64Array): [number, number] | undefined {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return undefined;
  const low = finite.reduce((a, b) => Math.min(a, b));
  const high = finite.reduce((a, b) => Math.max(a, b));
  const margin = room * (high - low) || 1;
  return [low - margin, high + margin];
}

function samplesOf(table: Table, [xs, ys]: readonly [Float64Array, Float64Array], target: string): Sample[] {
  const column = table.column(target);
  const step = Math.max(1, Math.ceil(table.rows / mostSamples));
  const samples: Sample[] = [];
  for (let row = 0; row < table.rows; row += step) {
    const at: [number, number] = [xs[row] as number, ys[row] as number];
    const isClass = column.type === 'category' || column.type === 'boolean';
    const value = isClass ? column.codes[row] : column.type === 'number' ? column.values[row] : undefined;
    if (!at.every(Number.isFinite) || value === undefined || !Number.isFinite(value) || (isClass && value < 0)) continue;
    samples.push({ at, value, label: isClass ? (column.categories[value] as string) : String(value) });
  }
  return samples;
}

/**
 * A callback for `TabularModel.train`: follows each network that is trained. With `plane`, which is for tables of two columns of numbers beside
 * the target, the page has the decision surface.
 */
export function followTabular(watch: Watch, plane?: TwoColumns): (progress: TabularProgress) => boolean | Promise<boolean> {
  let followed: NeuralNetwork | undefined;
  return (progress) => {
    const { network, phase, batch, metric, epoch, epochs, loss, validationLoss, learningRate, seconds } = progress;
    if (network !== followed) {
      followed = network;
      watch.follow(network, {
        isAgain: phase === 'refit',
        probe: batch,
        ...(plane && { plane: planeOf(plane, progress.predict), samples: plane.samples }),
      });
    }
    return watch.onEpoch({
      epoch,
      epochs,
      loss,
      learningRate,
      seconds,
      steps: epoch,
      isLast: epoch === epochs,
      ...(validationLoss !== undefined && { val_loss: validationLoss }),
      ...(metric !== undefined && metric.name !== 'loss' && { [`val_${metric.name}`]: metric.value }),
    });
  };
}

function planeOf({ names, from, to }: TwoColumns, predict: TabularProgress['predict']): PlaneOptions {
  const [first, second] = names;
  return {
    ...{ names, from, to },
    predict: (points): PlaneOutputs => {
      const predictions = predict(points.map(([a = 0, b = 0]) => ({ [first]: a, [second]: b })));
      const [one] = predictions;
      if (one?.probabilities === undefined) return { data: predictions.map(({ value = Number.NaN }) => value), outputs: 1 };
      const classes = Object.keys(one.probabilities);
      const data = predictions.flatMap(({ probabilities = {} }) => Object.values<number>(probabilities));
      return { data, outputs: classes.length, classes };
    },
  };
}
