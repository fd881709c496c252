import type { DenseOptions } from '../../index';
import { inputsOf, lossOf, type Recipe } from './recipe';

/*
 * A plain network that stops early: averaged weights (an exponential moving average) are as good as a long training at falling rates, and
 * are ready at any time.
 */

const width = 128;
const hiddenLayers = 2;
const epochsByDefault = 60;
const mostBatch = 256;
const patience = 6;

export const fast: Recipe = (input) => {
  const { task, outputs, rows, seed, epochs = epochsByDefault, monitor } = input;
  const hidden = Array.from({ length: hiddenLayers }, (): DenseOptions => ({ type: 'dense', units: width, activation: 'relu' }));
  const last: DenseOptions = { type: 'dense', units: outputs, activation: task === 'regression' ? 'linear' : 'softmax' };
  return {
    network: { inputs: inputsOf(input), layers: [...hidden, last], loss: lossOf(input), seed },
    fit: {
      epochs,
      batchSize: Math.max(1, Math.min(mostBatch, Math.ceil(rows / 16))),
      optimizer: { type: 'adamw', learningRate: 0.003, weightDecay: 0.01, decays: 'weights' },
      ema: { decay: 0.99 },
      metrics: monitor.metrics,
      earlyStopping: { monitor: monitor.name, mode: monitor.mode, patience, restoreBest: true, ties: 'last' },
    },
  };
};
