import type { MatrixLike, NeuralNetwork, TargetsLike } from '../../index';
import type { PlaneOptions, PlaneOutputs } from './plane';
import type { Watch } from './watch';

/** The part of a TabularModel's progress that is shown. */
export interface TabularProgressLike {
  phase: string;
  epoch: number;
  epochs: number;
  loss: number;
  validationLoss?: number;
  metric?: { name: string; value: number };
  learningRate: number;
  seconds: number;
  network: NeuralNetwork;
  batch: { x: MatrixLike; y: TargetsLike };
  predict(records: readonly Record<string, number>[]): ({ value: number } | { probabilities: Record<string, number> })[];
}

/** Two columns of numbers that a model is trained on, and what they are drawn with. */
export interface TwoColumns {
  names: [string, string];
  from: [number, number];
  to: [number, number];
}

/**
 * A callback for `TabularModel.train`: follows each network that is trained. With `plane`, which is for tables of two columns of numbers beside
 * the target, the page has the decision surface.
 */
export function followTabular(watch: Watch, plane?: TwoColumns): (progress: TabularProgressLike) => boolean | Promise<boolean> {
  let followed: NeuralNetwork | undefined;
  return (progress) => {
    const { network, phase, batch, metric, epoch, epochs, loss, validationLoss, learningRate, seconds } = progress;
    if (network !== followed) {
      followed = network;
      watch.follow(network, {
        phase: phase === 'refit' ? 'again, on all rows' : 'training',
        probe: batch,
        ...(plane && { plane: planeOf(plane, progress.predict) }),
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

function planeOf({ names, from, to }: TwoColumns, predict: TabularProgressLike['predict']): PlaneOptions {
  const [first, second] = names;
  return {
    ...{ names, from, to },
    predict: (points): PlaneOutputs => {
      const predictions = predict(points.map(([a = 0, b = 0]) => ({ [first]: a, [second]: b })));
      const [one] = predictions;
      if (one === undefined || 'value' in one) {
        return { data: predictions.map((prediction) => ('value' in prediction ? prediction.value : Number.NaN)), outputs: 1 };
      }
      const classes = Object.keys(one.probabilities);
      const data = predictions.flatMap((prediction) => ('value' in prediction ? [] : Object.values(prediction.probabilities)));
      return { data, outputs: classes.length, classes };
    },
  };
}
