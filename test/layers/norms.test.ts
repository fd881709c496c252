import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { batchNorm, dense, type Layer, layerNorm, NeuralNetwork, residual, type Tensor } from '../../lib';
import { RandomNumbers } from '../support/random-numbers';

// batchNorm and layerNorm beyond the contract of all layers: statistics of the batch, running statistics, folding, dropLast.

const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-norms-'));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

const random = new RandomNumbers(7);
const matrix = (rows: number, columns: number) => Array.from({ length: rows }, () => [...random.array(columns, -2, 3)]);
const x = matrix(13, 5);
const y = matrix(13, 2);

/** A batchNorm behind a linear dense layer, which is folded, and one that is not. */
const network = (precision: 'f32' | 'f64' = 'f64') =>
  new NeuralNetwork({
    ...{ inputSize: 5, seed: 3, precision },
    layers: [dense(17), batchNorm(), dense(6, 'tanh'), batchNorm({ momentum: 0.25, epsilon: 1e-3 }), dense(2)],
  });

const optimizer = { type: 'sgd', learningRate: 0.05 } as const;
const values = ({ data }: Tensor | undefined = { data: new Float64Array(), shape: [] }) => Array.from(data);
const statistics = (nn: NeuralNetwork, layer: number) => {
  const { runningMean, runningVariance } = nn.layers[layer]?.parameters ?? {};
  return [values(runningMean), values(runningVariance)] as [number[], number[]];
};

const column = (rows: readonly (readonly number[])[], index: number) => rows.map((row) => row[index] as number);
const mean = (of: readonly number[]) => of.reduce((sum, value) => sum + value, 0) / of.length;
const squares = (of: readonly number[]) => of.reduce((sum, value) => sum + (value - mean(of)) ** 2, 0);

/** The outputs of the first layer, which is linear. */
function linear(nn: NeuralNetwork, rows: number[][]): number[][] {
  const { weights, bias } = nn.layers[0] as { weights: Tensor; bias: Tensor };
  const units = bias.data.length;
  return rows.map((row) =>
    Array.from({ length: units }, (_, unit) =>
      row.reduce((sum, value, i) => sum + value * (weights.data[i * units + unit] as number), bias.data[unit] as number),
    ),
  );
}

function expectClose(found: readonly number[], wanted: readonly number[], tolerance = 1e-12): void {
  expect(found.length).toBe(wanted.length);
  for (const [i, value] of found.entries()) {
    expect(Math.abs(value - (wanted[i] as number))).toBeLessThan(tolerance * Math.max(1, Math.abs(wanted[i] as number)));
  }
}

describe('batchNorm in training', () => {
  it('normalises by the batch, with the biased variance', () => {
    const nn = network();
    const { gradients } = nn.backward(x, y, { layers: true });
    const z = linear(nn, x);
    const input = gradients.find(({ layer }) => layer === 2)?.input.data ?? [];
    for (let unit = 0; unit < 17; unit++) {
      const all = column(z, unit);
      const deviation = Math.sqrt(squares(all) / all.length + 1e-5);
      expectClose(
        all.map((_, row) => input[row * 17 + unit] as number),
        all.map((value) => (value - mean(all)) / deviation),
      );
    }
  });

  it('has the mean and the unbiased variance of the batch in its gradient, and changes nothing', () => {
    const nn = network();
    const before = nn.toBytes();
    const { runningMean, runningVariance, scale } = nn.backward(x, y).gradients[1]?.parameters ?? {};
    const z = linear(nn, x);
    const columns = Array.from({ length: 17 }, (_, unit) => column(z, unit));
    expectClose(values(runningMean), columns.map(mean));
    expectClose(
      values(runningVariance),
      columns.map((all) => squares(all) / (all.length - 1)),
    );
    expect(values(scale).some((value) => value !== 0)).toBe(true);
    expect(nn.toBytes()).toEqual(before);
    expect(statistics(nn, 1)).toEqual([new Array(17).fill(0), new Array(17).fill(1)]);
  });

  it('moves the running statistics by its momentum in a step of fit, and by update', async () => {
    for (const [layer, momentum] of [
      [1, 0.1],
      [3, 0.25],
    ] as const) {
      const [fitted, updated] = [network(), network()];
      const { gradients } = updated.backward(x, y);
      const batch = gradients.find((gradient) => gradient.layer === layer)?.parameters;
      await fitted.fit({ x, y }, { epochs: 1, batchSize: 13, shuffle: false, optimizer });
      updated.update(gradients, optimizer);
      const [means, variances] = statistics(fitted, layer);
      expectClose(
        means,
        values(batch?.runningMean).map((value) => momentum * value),
      );
      expectClose(
        variances,
        values(batch?.runningVariance).map((value) => 1 - momentum + momentum * value),
      );
      expect(updated.toBytes()).toEqual(fitted.toBytes());
    }
  });

  it('leaves the running statistics alone in an update without them', () => {
    const nn = network();
    const { gradients } = nn.backward(x, y);
    const without = gradients.map(({ layer, parameters: { runningMean, runningVariance, ...parameters } }) => ({ layer, parameters }));
    nn.update(without, optimizer);
    expect(statistics(nn, 1)).toEqual(statistics(network(), 1));
    expect(nn.layers[1]?.parameters.scale).not.toEqual(network().layers[1]?.parameters.scale);
  });
});

describe.each(['f32', 'f64'] as const)('a folded batchNorm in %s', (precision) => {
  it('predicts what the formula says, with the same bits everywhere', async () => {
    const nn = network(precision);
    await nn.fit({ x, y }, { epochs: 5, batchSize: 6, optimizer: 'adam', dropLast: true });
    const { layers, data } = nn.forward(x, { layers: true });
    const [first, normalised] = layers;
    const { scale, bias } = nn.layers[1]?.parameters ?? {};
    const [means, variances] = statistics(nn, 1);
    const wanted = values(first?.output).map((value, i) => {
      const unit = i % 17;
      const factor = (values(scale)[unit] as number) / Math.sqrt((variances[unit] as number) + 1e-5);
      return (value - (means[unit] as number)) * factor + (values(bias)[unit] as number);
    });
    expectClose(values(normalised?.output), wanted, precision === 'f32' ? 2e-6 : 1e-13);
    expect(first?.z).toEqual(first?.output);
    expect(nn.predict(x).data).toEqual(data);
    expect((await nn.predictAsync(x)).data).toEqual(data);
    const session = nn.session();
    session.input.set(x[4] as number[]);
    expect([...session.run()]).toEqual([...data.slice(8, 10)]);
    const batcher = nn.batcher();
    expect([...(await batcher.predict(x[4] as number[])).data]).toEqual([...data.slice(8, 10)]);
    await batcher.close();
    const error = mean(values({ data, shape: [] }).map((value, i) => (value - (y.flat()[i] as number)) ** 2));
    expect((await nn.evaluate({ x, y })).loss).toBeCloseTo(error, precision === 'f32' ? 5 : 12);
  });

  it('follows each change of the parameters', async () => {
    const nn = network(precision);
    const before = nn.predict(x).data;
    Object.assign(nn.layers[1]?.parameters ?? {}, { runningMean: new Array(17).fill(0.5) });
    const moved = nn.predict(x).data;
    expect(moved).not.toEqual(before);
    Object.assign(nn.layers[1]?.parameters ?? {}, { runningMean: new Array(17).fill(0) });
    expect(nn.predict(x).data).toEqual(before);
    const other = NeuralNetwork.fromShared(nn.share());
    await nn.fit({ x, y }, { epochs: 1, batchSize: 13 });
    expect(other.predict(x)).toEqual(nn.predict(x));
    const copy = network(precision);
    copy.assign(nn);
    expect(copy.predict(x)).toEqual(nn.predict(x));
  });

  it('goes through tiny networks in one call, as without it', () => {
    const layers = [dense(4), batchNorm(), dense(3, 'softmax')];
    const nn = new NeuralNetwork({ inputSize: 5, layers, precision, seed: 1 });
    // One layer more than fits the kernel for tiny networks.
    const shown = nn.forward(x, { layers: true });
    expect(nn.predict(x).data).toEqual(shown.data);
  });
});

it('a saved epsilon and momentum come back', () => {
  const nn = network();
  expect(NeuralNetwork.fromBytes(nn.toBytes()).layers[3]?.options).toEqual({ type: 'batchNorm', momentum: 0.25, epsilon: 1e-3 });
  expect(layerNorm({ epsilon: 0.5 })).toEqual({ type: 'layerNorm', epsilon: 0.5 });
});

describe('dropLast', () => {
  const plain = () => new NeuralNetwork({ inputSize: 5, layers: [dense(4, 'tanh'), dense(2)], seed: 2 });

  it('trains on whole batches only', async () => {
    const [dropped, cut] = [plain(), plain()];
    const options = { epochs: 3, batchSize: 4, shuffle: false, metrics: ['mae'] } as const;
    const { seconds: _, ...history } = await dropped.fit({ x, y }, { ...options, dropLast: true });
    const { seconds: __, ...wanted } = await cut.fit({ x: x.slice(0, 12), y: y.slice(0, 12) }, options);
    expect(history).toEqual(wanted);
    expect(dropped.toBytes()).toEqual(cut.toBytes());
  });

  it('leaves an epoch of one batch as it is, and changes nothing where no batch is incomplete', async () => {
    for (const batchSize of [13, 50, 1]) {
      const [dropped, whole] = [plain(), plain()];
      await dropped.fit({ x, y }, { epochs: 2, batchSize, dropLast: true });
      await whole.fit({ x, y }, { epochs: 2, batchSize });
      expect(dropped.toBytes()).toEqual(whole.toBytes());
    }
  });

  it('is resumed with the same bits, and only as it was', async () => {
    const options = { epochs: 4, batchSize: 3, dropLast: true };
    const whole = network();
    await whole.fit({ x, y }, options);
    const checkpoint = { path: path.join(folder, 'training'), resume: true };
    await network().fit({ x, y }, { ...options, checkpoint, onEpoch: ({ epoch }) => epoch < 2 });
    await expect(network().fit({ x, y }, { ...options, batchSize: 3, dropLast: false, checkpoint })).rejects.toThrow('the last batch');
    await expect(network().fit({ x: x.slice(0, 12), y: y.slice(0, 12) }, { ...options, dropLast: false, checkpoint })).rejects.toThrow(
      'dropLast is true there, but false here',
    );
    const resumed = network();
    await resumed.fit({ x, y }, { ...options, checkpoint });
    expect(resumed.toBytes()).toEqual(whole.toBytes());
  });
});

describe('a batch of one row under batchNorm', () => {
  const one = { x: x.slice(0, 1), y: y.slice(0, 1) };

  it('in a stream is refused before its step; the network keeps the last whole epoch', async () => {
    const nn = network();
    await expect(nn.fit(() => [{ x, y }, one], { epochs: 1 })).rejects.toThrow(
      'batches[1] must have at least 2 rows, as layers[1] is batchNorm, which measures each batch, got 1',
    );
    expect(nn.toBytes()).toEqual(network().toBytes());
  });

  it('is trained on where the layer is frozen, alone or with its block, and for as long', async () => {
    for (const layer of [batchNorm({ trainable: false }), residual([dense(4), batchNorm()], { trainable: false })]) {
      const [whole, bySteps] = [0, 0].map(() => new NeuralNetwork({ inputSize: 5, layers: [dense(4), layer, dense(2)], seed: 4 })) as [
        NeuralNetwork,
        NeuralNetwork,
      ];
      const before = whole.toBytes();
      await whole.fit(one, { epochs: 1, optimizer });
      bySteps.update(bySteps.backward(one.x, one.y).gradients, optimizer);
      expect(whole.toBytes()).toEqual(bySteps.toBytes());
      expect(whole.toBytes()).not.toEqual(before);
      await whole.fit(() => [{ x, y }, one], { epochs: 1 });
      await whole.fit({ x, y }, { epochs: 1, batchSize: 4 });
    }
    const nn = new NeuralNetwork({ inputSize: 5, layers: [dense(4), batchNorm(), dense(2)] });
    const refused = 'must have at least 2 rows, as layers[1] is batchNorm';
    expect(() => nn.backward(one.x, one.y)).toThrow(refused);
    (nn.layers[1] as Layer).trainable = false;
    await nn.fit(one, { epochs: 1 });
    (nn.layers[1] as Layer).trainable = true;
    await expect(nn.fit(one, { epochs: 1 })).rejects.toThrow(refused);
  });

  it('is predicted and evaluated all the same', async () => {
    expect((await network().evaluate(one)).loss).toBeGreaterThan(0);
    expect(network().predict(one.x).shape).toEqual([1, 2]);
  });
});
