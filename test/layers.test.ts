import { expect, it } from 'vitest';
import { dense, dropout } from '../lib';

it('layers are plain JSON with all defaults', () => {
  expect(dense(3)).toEqual({
    type: 'dense',
    units: 3,
    activation: 'linear',
    weightsInitializer: { type: 'xavierUniform' },
    biasInitializer: { type: 'zeros' },
    perMember: 'none',
  });
  expect(dense(3, 'relu', { biasInitializer: 'normal' })).toMatchObject({
    weightsInitializer: { type: 'heNormal' },
    biasInitializer: { type: 'normal', mean: 0, stddev: 0.05 },
  });
  expect(dropout(0.2)).toEqual({ type: 'dropout', rate: 0.2 });
});
