import { expect, describe as group, it } from 'vitest';
import { AbortError, DivergenceError, describe } from '../lib/errors';

group('describe', () => {
  class Custom {}
  const hostile = {
    get constructor(): never {
      throw new Error('touched');
    },
  };

  it.each<[unknown, string]>([
    [undefined, 'undefined'],
    [null, 'null'],
    [-0, '-0'],
    [1e21, '1e+21'],
    [Number.NaN, 'NaN'],
    ['a "b"', '"a \\"b\\""'],
    ['x'.repeat(61), 'a string of 61 characters'],
    [true, 'true'],
    [10n ** 1000n, 'a bigint'],
    [Symbol('s'), 'a symbol'],
    [() => {}, 'a function'],
    [[1, 2], 'an array of 2'],
    [new Float32Array(3), 'a Float32Array of 3'],
    [new Int8Array(1), 'an Int8Array of 1'],
    [new Map(), 'a Map'],
    [new Custom(), 'a Custom'],
    [{}, 'an object'],
    [Object.create(null), 'an object'],
    [hostile, 'an object'],
  ])('case %#', (value, text) => {
    expect(describe(value)).toBe(text);
  });

  it('a revoked proxy', () => {
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    expect(describe(proxy)).toBe('an object');
  });
});

it('a divergence says where it happened and what is left', () => {
  const error = new DivergenceError(17, 3, 0.1);
  expect(error).toMatchObject({ name: 'DivergenceError', code: 'ERR_CHAINRULE_DIVERGED', step: 17, epoch: 3 });
  expect(error.message).toBe(
    'training diverged: the loss or a weight was not finite at step 17 (epoch 3, learning rate 0.1); the weights of epoch 2 are kept. ' +
      'Try a lower learning rate, clipNorm: 1, or inputs and targets scaled to about -1 to 1',
  );
  expect(new DivergenceError(1, 1, 9).message).toContain('the weights are those before training');
});

it("an abort looks like one of Node's own", () => {
  const reason = new Error('shutting down');
  expect(new AbortError(reason)).toMatchObject({
    name: 'AbortError',
    code: 'ABORT_ERR',
    message: 'The operation was aborted',
    cause: reason,
  });
});
