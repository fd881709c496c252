import { type Activation, checkLayer, type DenseOptions, type DenseSpec, type DropoutSpec, wrongCall } from './options';
import { object } from './options/check';

/** Settings of a dense layer besides its units and activation. */
export type DenseSettings = Omit<DenseOptions, 'type' | 'units' | 'activation'>;

/**
 * A fully connected layer as plain JSON, with all defaults filled in: `activation(x · weights + bias)`.
 *
 * ```ts
 * dense(512, 'relu')
 * dense(1, 'linear', { weightsInitializer: { type: 'normal', stddev: 0.01 } })
 * ```
 *
 * @param units The number of outputs.
 * @param activation Default `'linear'`.
 * @throws TypeError or RangeError if an argument is not what it has to be.
 */
export function dense(units: number, activation: Activation = 'linear', settings: DenseSettings = {}): DenseSpec {
  if (typeof units === 'object') throw wrongCall('dense().units', 'a whole number', units, 'dense({ units, activation })');
  if (typeof activation === 'object') {
    throw wrongCall('dense().activation', 'the name of an activation', activation, 'dense(8, { activation })');
  }
  return checkLayer({ ...object(settings, 'dense() settings'), type: 'dense', units, activation }, 'dense()') as DenseSpec;
}

/**
 * A dropout layer as plain JSON: while training, each value becomes 0 with probability `rate`, and the others are scaled by
 * 1 / (1 - rate).
 *
 * @param rate From 0 to below 1.
 * @throws TypeError or RangeError if `rate` is something else.
 */
export function dropout(rate: number): DropoutSpec {
  if (typeof rate === 'object') throw wrongCall('dropout().rate', 'a number', rate, 'dropout({ rate })');
  return checkLayer({ type: 'dropout', rate }, 'dropout()') as DropoutSpec;
}
