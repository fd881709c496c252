import { expect, test } from 'vitest';
import { native } from '../lib/native';
import { wire } from '../lib/native/wire';
import { checkNetwork, checkStepOptimizer, nativeSpec } from '../lib/options';

test('the addon checks the arrays that it writes to', () => {
  const layers = [1, 2].map((units) => ({ type: 'dense' as const, units, activation: 'tanh' as const }));
  const network = new native.Network(wire.network(nativeSpec(checkNetwork({ seed: 1, inputSize: 3, layers, loss: 'mse' }))), 'f64');
  const floats = (length: number) => new Float64Array(length);
  const trace = (given: unknown) => () => network.trace(floats(6), 2, given as Float64Array);
  const noTensors = wire.tensors([]);
  const samples = { x: floats(6), y: floats(4), rows: 2 };
  const backward =
    (given: unknown, layers?: unknown, tensors: unknown = noTensors) =>
    () =>
      network.backward(samples, given as Float64Array, tensors as Float64Array, layers as Float64Array);
  const update = (given: unknown) => () =>
    network.update(given as Float64Array, wire.optimizer(checkStepOptimizer('sgd', 'optimizer').settings));
  trace(floats(2 + 2 + 4 + 4))();
  backward(floats(3 + 1 + 2 + 2), floats(6 + 2 + 2 + 4))();
  const internal = expect.objectContaining({ code: 'ERR_CHAINRULE_INTERNAL' });
  const wrong = [[], [1, 2, 3, 4], undefined, 7, 'layers', new Float32Array(14), null];
  for (const given of [...wrong, floats(11)]) expect(trace(given)).toThrow(internal);
  for (const given of [...wrong, floats(7)]) {
    expect(backward(given)).toThrow(internal);
    expect(update(given)).toThrow(internal);
  }
  for (const given of [...wrong.filter((given) => given !== undefined), floats(13)]) expect(backward(floats(8), given)).toThrow(internal);
});
