import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DivergenceError, dense, type FitOptions, type LossName, NeuralNetwork, type Samples } from '../../lib';

// Everything that a history holds is finite: each quantity that is not, of training or of validation, ends the training and is named.

const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-not-finite-'));
afterAll(() => rmSync(folder, { recursive: true }));

const make = (loss: LossName): NeuralNetwork => {
  const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(1)], loss, precision: 'f64' });
  Object.assign(nn.layers[0] as object, { weights: [[2]], bias: [0] });
  return nn;
};

const good: Samples = { x: [[0], [0.5]], y: [0, 1] };
/** Finite values whose square is not. */
const far: Samples = { x: [[0], [0]], y: [1e200, 0] };
/** Inputs that overflow. */
const overflowing: Samples = { x: [[1.7e308], [0]], y: [0, 0] };
/** Losses that are finite, whose sum is not. */
const huge: Samples = { x: [[0]], y: [1.5e308] };

interface Case {
  quantity: string;
  loss: LossName;
  data: Samples | (() => Samples[]);
  options: FitOptions<Samples>;
}

const cases: Case[] = [
  { quantity: 'val_loss', loss: 'mse', data: good, options: { validation: overflowing } },
  { quantity: 'val_loss', loss: 'mae', data: good, options: { validation: overflowing } },
  { quantity: 'val_loss', loss: 'huber', data: good, options: { validation: overflowing } },
  { quantity: 'val_loss', loss: 'mse', data: good, options: { validation: far } },
  { quantity: 'val_mse', loss: 'mae', data: good, options: { validation: far, metrics: ['mse'] } },
  { quantity: 'val_mse', loss: 'huber', data: good, options: { validation: far, metrics: ['mae', 'mse'] } },
  { quantity: 'val_loss', loss: 'binaryCrossEntropy', data: good, options: { validation: overflowing, metrics: ['mae'] } },
  { quantity: 'val_loss', loss: 'mae', data: { x: [[0], [1.7e308]], y: [0, 0] }, options: { validationSplit: 0.5 } },
  { quantity: 'mse', loss: 'mae', data: far, options: { metrics: ['mse'] } },
  { quantity: 'loss', loss: 'mae', data: () => [huge, huge], options: {} },
  { quantity: 'mse', loss: 'mae', data: () => [good, far], options: { metrics: ['mse'] } },
  { quantity: 'val_loss', loss: 'mae', data: () => [good], options: { validation: overflowing } },
];

describe.each(cases)('$quantity of $loss', ({ quantity, loss, data, options }) => {
  it.each([
    ['alone', {}],
    ['with early stopping', { earlyStopping: { patience: 3, restoreBest: true } }],
    ['with a target', { earlyStopping: { monitor: 'loss', target: 1e301 } }],
  ] as const)('that is not finite is an error, %s', async (_, more) => {
    const nn = make(loss);
    const file = path.join(folder, 'checkpoint');
    const all = { epochs: 4, optimizer: { type: 'sgd', learningRate: 1e-9 }, checkpoint: { path: file } } as const;
    const error = await nn.fit(data, { ...all, ...options, ...more }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DivergenceError);
    expect(error).toMatchObject({ code: 'ERR_CHAINRULE_DIVERGED', quantity, epoch: 1, step: undefined });
    const name = quantity.replace('val_', 'validation ');
    expect((error as Error).message).toMatch(new RegExp(`the ${name} \\(${quantity}\\) was (NaN|Infinity) in epoch 1`));
    expect(() => readFileSync(file)).toThrow('ENOENT');
    expect(nn.layers[0]?.weights.data[0]).toBeCloseTo(2, 5);
  });
});

it('a history of finite numbers has a best epoch', async () => {
  const history = await make('mse').fit(good, { epochs: 3, validation: good, earlyStopping: { patience: 9 } });
  expect(history.bestEpoch).toBeGreaterThanOrEqual(1);
});

it.each([
  ['loss', 'mse', far, {}],
  ['loss', 'mae', overflowing, {}],
  ['mse', 'mae', far, { metrics: ['mse'] }],
  ['loss', 'binaryCrossEntropy', overflowing, { metrics: ['mae'] }],
] as const)('evaluate refuses a %s of %s that is not finite', async (quantity, loss, data, options) => {
  await expect(make(loss).evaluate(data, { ...options, confusionMatrix: false })).rejects.toMatchObject({
    code: 'ERR_CHAINRULE_DIVERGED',
    message: expect.stringMatching(new RegExp(`^the ${quantity} of data is (NaN|Infinity), not a finite number`)),
  });
});
