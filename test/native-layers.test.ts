import { expect, test } from 'vitest';
import { dense } from '../lib';
import { native } from '../lib/native';
import { wire } from '../lib/native/wire';
import { checkNetwork, nativeSpec } from '../lib/options';

test('the addon checks the arrays that it writes to', () => {
  const spec = checkNetwork({ inputSize: 3, layers: [dense(1, 'tanh'), dense(2, 'tanh')] });
  const network = new native.Network(wire.network(nativeSpec(spec)), 'f64');
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
