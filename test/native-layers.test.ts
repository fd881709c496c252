import { expect, test } from 'vitest';
import { native } from '../lib/native';

test('the addon checks the arrays that it writes to', () => {
  const layers = [1, 2].map((units) => ({
    type: 'dense' as const,
    units,
    activation: 'tanh',
    weightsInitializer: { type: 'zeros', value: 0, mean: 0, stddev: 0, low: 0, high: 0 },
    biasInitializer: { type: 'zeros', value: 0, mean: 0, stddev: 0, low: 0, high: 0 },
  }));
  const network = new native.Network({ precision: 'f64', seed: 1, inputSize: 3, layers, loss: { type: 'mse', delta: 1 } });
  const arrays = (...lengths: number[]) => lengths.map((length) => new Float64Array(length));
  const trace = (given: unknown) => () => network.trace(new Float64Array(6), 2, given as Float64Array[]);
  const samples = { x: new Float64Array(6), y: new Float64Array(4), rows: 2 };
  const backward = (given: unknown) => () => network.backward(samples, arrays(3, 1, 2, 2), given as Float64Array[]);
  trace(arrays(2, 2, 4, 4))();
  backward(arrays(6, 2, 2, 4))();
  const internal = expect.objectContaining({ code: 'ERR_CHAINRULE_INTERNAL' });
  for (const wrong of [arrays(2, 2, 4, 3), arrays(2, 2, 4), arrays(2, 2, 4, 4, 4), [], [1, 2, 3, 4], undefined, 7]) {
    expect(trace(wrong)).toThrow(internal);
  }
  for (const wrong of [
    arrays(5, 2, 2, 4),
    arrays(6, 2, 1, 4),
    arrays(6, 2),
    [],
    null,
    'layers',
    [new Float32Array(6), ...arrays(2, 2, 4)],
  ]) {
    expect(backward(wrong)).toThrow(internal);
  }
});
