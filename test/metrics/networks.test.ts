import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type CustomMetric,
  dense,
  type FitOptions,
  type Metric,
  type MetricValues,
  metrics,
  NeuralNetwork,
  type Samples,
  toClasses,
} from '../../lib';
import { metricNames, metricRows } from '../../lib/options';

// Metrics of networks are those of plain arrays, over the whole data set.

const rows = 90;
const value = (i: number): number => Math.sin(i * 12.9898) * 2;
const x = Array.from({ length: rows }, (_, i) => [value(i), value(i + 0.5), value(i + 0.25)]);
const three = x.map(([a = 0, b = 0]) => (a + b > 1 ? 2 : a > 0 ? 1 : 0));
const two = three.map((label) => Number(label > 0));
const numbers = x.map(([a = 0, b = 0, c = 0]) => 3 + a - b + c * c);

const classifier = () => new NeuralNetwork({ inputSize: 3, layers: [dense(6, 'tanh'), dense(3, 'softmax')], seed: 1 });
const logits = () => new NeuralNetwork({ inputSize: 3, layers: [dense(3)], loss: 'crossEntropy', seed: 2 });
const binary = () => new NeuralNetwork({ inputSize: 3, layers: [dense(4, 'tanh'), dense(1, 'sigmoid')], seed: 3 });
const binaryLogits = () => new NeuralNetwork({ inputSize: 3, layers: [dense(1)], loss: 'binaryCrossEntropy', seed: 3 });
const regression = () => new NeuralNetwork({ inputSize: 3, layers: [dense(6, 'tanh'), dense(1, 'softplus')], seed: 4, precision: 'f64' });

const plain = metrics as unknown as Record<string, (...values: unknown[]) => number>;
const close = (found: unknown, wanted: number): void => {
  if (Number.isNaN(wanted)) expect(found).toBeNaN();
  else expect(Math.abs((found as number) - wanted)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(wanted)));
};
const need = (...needs: string[]) => metricNames.filter((name) => needs.includes(metricRows[name].needs) && name !== 'fBeta');

const softmax = (row: number[]): number[] => {
  const powers = row.map(Math.exp);
  return powers.map((power) => power / powers.reduce((sum, other) => sum + other, 0));
};

describe('evaluate', () => {
  it.each([
    ['classes', classifier, false],
    ['logits of classes', logits, true],
  ] as const)('%s', async (_, make, areLogits) => {
    const nn = make();
    const out = JSON.parse(JSON.stringify(nn.predict(x))) as number[][];
    const p = areLogits ? out.map(softmax) : out;
    const names = need('classes', 'labels', 'scores', 'topScores', 'probabilities');
    const result = await nn.evaluate({ x, y: three }, { metrics: names });
    for (const name of names) {
      const isOfClasses = ['classes', 'labels'].includes(metricRows[name].needs);
      close(result[name], plain[name]?.(three, isOfClasses ? toClasses(p) : p) as number);
    }
    const oneHot = three.map((label) => [0, 1, 2].map((column) => Number(column === label)));
    expect(await nn.evaluate({ x, y: oneHot }, { metrics: names })).toEqual({ ...result, loss: expect.closeTo(result.loss, 5) });
  });

  it.each([
    ['one output', binary, false],
    ['one logit', binaryLogits, true],
  ] as const)('%s', async (_, make, areLogits) => {
    const nn = make();
    const out = Array.from(nn.predict(x).data);
    const p = areLogits ? out.map((z) => 1 / (1 + Math.exp(-z))) : out;
    const names = need('classes', 'labels', 'scores', 'probabilities');
    const result = await nn.evaluate({ x, y: two }, { metrics: names });
    for (const name of names) {
      const isOfClasses = ['classes', 'labels'].includes(metricRows[name].needs);
      close(result[name], plain[name]?.(two, isOfClasses ? p.map((one) => Number(one > 0.5)) : p) as number);
    }
  });

  it('numbers, and settings', async () => {
    const nn = regression();
    const out = nn.predict(x);
    const names = need('numbers');
    const more: Metric[] = [{ type: 'pinball', quantile: 0.9, name: 'upper' }];
    const result = await nn.evaluate({ x, y: numbers }, { metrics: [...names, ...more] });
    for (const name of names) close(result[name], plain[name]?.(numbers, out) as number);
    close(result.upper, metrics.pinball(numbers, out, { quantile: 0.9 }));
  });

  it('several labels at once', async () => {
    const nn = new NeuralNetwork({ inputSize: 3, layers: [dense(3, 'sigmoid')], seed: 5 });
    const y = x.map((row) => row.map((one) => Number(one > 0.3)));
    const out = nn.predict(x);
    const said = { data: Array.from(out.data, (p) => Number(p > 0.5)), shape: [rows, 3] };
    const result = await nn.evaluate({ x, y }, { metrics: ['f1', 'rocAuc', { type: 'recall', average: 'none', name: 'recalls' }] });
    close(result.f1, metrics.f1(y, said));
    close(result.rocAuc, metrics.rocAuc(y, out));
    expect(result.recalls).toEqual(metrics.recall(y, said, { average: 'none' }));
    await expect(nn.evaluate({ x, y }, { metrics: ['mcc'] })).rejects.toThrow('needs classes that exclude each other');
  });

  // The point output of quantiles is the one next to the median; that of a normal distribution its mean.
  it.each([
    ['quantiles', 'linear', { type: 'quantile', quantiles: [0.1, 0.6, 0.9] }, 3, 1],
    ['quantiles below the median', 'linear', { type: 'quantile', quantiles: [0.1, 0.4] }, 2, 1],
    ['a mean and a variance', 'meanVariance', 'gaussianNLL', 2, 0],
  ] as const)('%s: numbers are compared with the point output', async (_, activation, loss, each, point) => {
    const nn = new NeuralNetwork({ inputSize: 3, layers: [dense(2 * each, activation)], loss, seed: 6, precision: 'f64' });
    const y = x.map(([a = 0, b = 0]) => [a - b, a * b]);
    const points = JSON.parse(JSON.stringify(nn.predict(x))).map((row: number[]) => [row[point], row[each + point]]) as number[][];
    const names = need('numbers').filter((name) => !name.endsWith('Deviance'));
    const result = await nn.evaluate({ x, y }, { metrics: names });
    for (const name of names) close(result[name], plain[name]?.(y, points) as number);
  });

  it.each<[string, () => NeuralNetwork, Samples['y'], number[], number[]]>([
    ['class indices', classifier, three, [rows, 3], [rows]],
    ['one-hot rows', classifier, three.map((label) => [0, 1, 2].map((column) => Number(column === label))), [rows, 3], [rows, 3]],
    ['numbers', regression, numbers, [rows, 1], [rows, 1]],
    [
      'quantiles of two numbers',
      () => new NeuralNetwork({ inputSize: 3, layers: [dense(6)], loss: 'quantile' }),
      x.map(([a = 0, b = 0]) => [a, b]),
      [rows, 6],
      [rows, 2],
    ],
  ])('a function of the user gets all outputs, and targets in their shape: %s', async (_, make, y, ofPredictions, ofTargets) => {
    const nn = make();
    const value = vi.fn((_predictions: MetricValues, _targets: MetricValues) => 1);
    await nn.evaluate({ x, y }, { metrics: [{ name: 'own', value }] });
    const [predictions, targets] = value.mock.calls[0] as [MetricValues, MetricValues];
    expect(predictions).toEqual({ data: nn.predict(x).data, shape: ofPredictions });
    expect(targets.shape).toEqual(ofTargets);
    const flat = (y as number[][]).flat();
    for (const [i, target] of Array.from(targets.data).entries()) expect(target).toBeCloseTo(flat[i] as number, 6);
    const named = { x, y, rows: [4, 2] };
    await nn.evaluate(named, { metrics: [{ name: 'own', value }] });
    const [ofNamed, chosen] = value.mock.calls[1] as [MetricValues, MetricValues];
    expect(ofNamed.shape).toEqual([2, ...ofPredictions.slice(1)]);
    expect(chosen.shape).toEqual([2, ...ofTargets.slice(1)]);
    const width = ofTargets[1] ?? 1;
    expect(Array.from(chosen.data)).toEqual([4, 2].flatMap((row) => Array.from(targets.data).slice(row * width, (row + 1) * width)));
  });
});

describe('fit', () => {
  const mine: CustomMetric = {
    name: 'most',
    better: 'max',
    value: (predictions, targets) => {
      predictions.data.fill(Number.NaN); // a copy
      return targets.shape.length + predictions.shape.length / 10;
    },
  };

  it('the history has each metric of the data sets as they are after the epoch', async () => {
    const nn = classifier();
    const validation = { x: x.slice(0, 31), y: three.slice(0, 31) };
    const history = await nn.fit({ x, y: three }, { epochs: 3, metrics: ['accuracy', mine, 'f1', 'logLoss'], validation });
    expect(Object.keys(history)).toEqual(
      expect.arrayContaining([
        'loss',
        'accuracy',
        'most',
        'f1',
        'logLoss',
        'val_loss',
        'val_accuracy',
        'val_most',
        'val_f1',
        'val_logLoss',
      ]),
    );
    expect(history.f1).toHaveLength(3);
    expect(history.most).toEqual([1.2, 1.2, 1.2]);
    close(history.f1?.[2], metrics.f1(three, toClasses(nn.predict(x)), { average: 'macro' }));
    close(history.val_logLoss?.[2], metrics.logLoss(validation.y, nn.predict(validation.x)));
  });

  it('a stream has those of its validation data', async () => {
    const history = await regression().fit(() => [{ x, y: numbers }], { epochs: 2, metrics: ['mae', 'r2'], validation: { x, y: numbers } });
    expect(history.val_r2).toHaveLength(2);
    expect(history.mae).toHaveLength(2);
    expect(history.r2).toBeUndefined();
  });

  it('a metric that is not defined neither ends training nor stops it, and warns once', async () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const options: FitOptions = { epochs: 4, metrics: ['rocAuc'], validation: { x: x.slice(0, 3), y: [1, 1, 1] } };
    const history = await binary().fit({ x, y: two }, { ...options, earlyStopping: { monitor: 'val_rocAuc', patience: 9 } });
    expect(history.val_rocAuc).toEqual(Array(4).fill(Number.NaN));
    expect(history.rocAuc?.every((one) => one > 0)).toBe(true);
    expect(emit.mock.calls.map(([message]) => message)).toEqual([
      'after an epoch, the metric val_rocAuc is not defined on these data: there are no other classes than class 1',
    ]);
    await binary().fit({ x, y: two }, { ...options, warnings: false });
    expect(emit).toHaveBeenCalledTimes(1);
    emit.mockRestore();
  });

  it('early stopping goes by the direction of the metric', async () => {
    const run = (monitor: string) =>
      classifier().fit({ x, y: three }, { epochs: 30, metrics: ['f1', 'brier', mine], earlyStopping: { monitor, patience: 30 } });
    const up = await run('f1');
    const down = await run('brier');
    expect(up.bestEpoch).toBe((up.f1 as number[]).indexOf(Math.max(...(up.f1 as number[]))) + 1);
    expect(down.bestEpoch).toBe((down.brier as number[]).indexOf(Math.min(...(down.brier as number[]))) + 1);
    expect((await run('most')).bestEpoch).toBe(1);
  });

  it('an error of a function of the user is what fit rejects with', async () => {
    const wrong = new Error('mine');
    const thrower = {
      ...mine,
      value: () => {
        throw wrong;
      },
    };
    await expect(classifier().fit({ x, y: three }, { metrics: [thrower] })).rejects.toBe(wrong);
    const metric = { ...mine, value: () => Promise.resolve(1) as unknown as number };
    await expect(classifier().fit({ x, y: three }, { metrics: [metric] })).rejects.toThrow('must be a number, got a Promise');
  });
});

describe('a checkpoint', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-test-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const own: CustomMetric = { name: 'own', value: () => Number.NaN };
  const options = (epochs: number, file: string, more: Metric[] = []): FitOptions => ({
    epochs,
    metrics: ['accuracy', { type: 'f1', average: 'micro' }, own, ...more],
    validation: { x: x.slice(0, 20), y: three.slice(0, 20) },
    checkpoint: { path: path.join(folder, file), resume: true },
  });

  it('is resumed with its metrics, NaN included', async () => {
    const whole = await classifier().fit({ x, y: three }, options(4, 'whole'));
    await classifier().fit({ x, y: three }, options(2, 'halves'));
    const halves = await classifier().fit({ x, y: three }, options(4, 'halves'));
    expect({ ...halves, seconds: 0 }).toEqual({ ...whole, seconds: 0 });
    expect(halves.own).toHaveLength(4);
  });

  it('is refused with others', async () => {
    await classifier().fit({ x, y: three }, options(1, 'other'));
    await expect(classifier().fit({ x, y: three }, options(2, 'other', ['mcc']))).rejects.toThrow(/another training: metrics\[\d\]/);
    const averaged = { ...options(2, 'other'), metrics: ['accuracy', { type: 'f1', average: 'macro' }, own] satisfies Metric[] };
    await expect(classifier().fit({ x, y: three }, averaged)).rejects.toThrow('is "micro" there, but "macro" here');
  });
});
