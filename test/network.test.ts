import { describe, expect, it } from 'vitest';
import { dense, dropout, type Layer, type NetworkOptions, NeuralNetwork } from '../lib';

const x = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const y = [0, 1, 1, 0];
const xor: NetworkOptions = { inputSize: 2, layers: [dense(8, 'tanh'), dense(1, 'sigmoid')], seed: 1 };
const adam = { type: 'adam', learningRate: 0.05 } as const;
const layer = (nn: NeuralNetwork, index: number) => nn.layers[index] as Layer;
const weightsOf = (nn: NeuralNetwork) => JSON.stringify(nn);

describe('a network', () => {
  it('says what it is', () => {
    const nn = new NeuralNetwork({
      inputSize: 3,
      layers: [dense(5, 'relu'), dropout(0.25), dense(2, 'softmax')],
      seed: 9,
      precision: 'f64',
    });
    expect(nn).toMatchObject({
      inputSize: 3,
      outputSize: 2,
      seed: 9,
      precision: 'f64',
      loss: { type: 'crossEntropy' },
      parameterCount: 3 * 5 + 5 + 5 * 2 + 2,
      layers: [
        { type: 'dense', units: 5, activation: 'relu', rate: undefined, parameterCount: 20 },
        { type: 'dropout', units: 5, activation: undefined, rate: 0.25, parameterCount: 0 },
        { type: 'dense', units: 2, activation: 'softmax', rate: undefined, parameterCount: 12 },
      ],
    });
  });

  it('starts from its seed', () => {
    expect(weightsOf(new NeuralNetwork(xor))).toBe(weightsOf(new NeuralNetwork(xor)));
    expect(weightsOf(new NeuralNetwork(xor))).not.toBe(weightsOf(new NeuralNetwork({ ...xor, seed: 2 })));
  });

  it('is not changed by what happens to its options', () => {
    const options = { ...xor, layers: [dense(3, 'tanh'), dense(1)] };
    const nn = new NeuralNetwork(options);
    options.layers.pop();
    expect(nn.layers).toHaveLength(2);
    expect(nn.predict([0, 1]).shape).toEqual([1, 1]);
  });
});

describe('fit', () => {
  it('learns XOR', async () => {
    const nn = new NeuralNetwork(xor);
    const history = await nn.fit({ x, y }, { epochs: 300, optimizer: adam, metrics: ['accuracy', 'mae'] });
    expect(history.loss).toHaveLength(300);
    expect(history.loss.at(-1)).toBeLessThan(0.05);
    expect(history.accuracy?.at(-1)).toBe(1);
    expect(Array.from(nn.predict(x).data, Math.round)).toEqual(y);
  });

  it('gives the same weights in one run and epoch by epoch', async () => {
    const [once, often] = [new NeuralNetwork(xor), new NeuralNetwork(xor)];
    await once.fit({ x, y }, { epochs: 20, batchSize: 3 });
    await often.fit({ x, y }, { epochs: 20, batchSize: 3, onEpoch: () => {} });
    expect(weightsOf(once)).toBe(weightsOf(often));
  });

  it('gives the same weights from every form of the data', async () => {
    const forms = [
      { x, y },
      { x: new Float32Array(x.flat()), y: new Float32Array(y) },
      { x: new Float64Array(x.flat()), y: Uint8Array.from(y) },
      { x: { data: Object.assign(new Float32Array(new SharedArrayBuffer(32)), x.flat()), shape: [4, 2] }, y: y.map((value) => [value]) },
    ];
    const results = new Set<string>();
    for (const data of forms) {
      const nn = new NeuralNetwork(xor);
      await nn.fit(data, { epochs: 5 });
      results.add(weightsOf(nn));
    }
    expect(results.size).toBe(1);
  });

  it('takes labels and one-hot rows alike', async () => {
    const labels = [0, 1, 2, 1];
    const oneHot = labels.map((label) => [0, 1, 2].map((index) => Number(index === label)));
    const results = [labels, Int32Array.from(labels), oneHot].map(async (targets) => {
      const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(3, 'softmax')] });
      await nn.fit({ x, y: targets }, { epochs: 5 });
      return weightsOf(nn);
    });
    expect(new Set(await Promise.all(results)).size).toBe(1);
  });

  it('does the same with a stream of the same batches', async () => {
    const [whole, streamed] = [new NeuralNetwork(xor), new NeuralNetwork(xor)];
    const one = await whole.fit({ x, y }, { epochs: 5, batchSize: 2, shuffle: false, metrics: ['mse'] });
    const two = await streamed.fit(() => [0, 2].map((at) => ({ x: x.slice(at, at + 2), y: y.slice(at, at + 2) })), {
      epochs: 5,
      metrics: ['mse'],
    });
    expect(weightsOf(streamed)).toBe(weightsOf(whole));
    for (const name of ['loss', 'mse'] as const) {
      expect(two[name]).toEqual(one[name]?.map((value) => expect.closeTo(value, 6)));
    }
  });

  it('takes batches of different sizes from a stream', async () => {
    const nn = new NeuralNetwork(xor);
    const history = await nn.fit(
      [
        { x, y },
        { x: [1, 1], y: [0] },
        { x: [...x, ...x], y: [...y, ...y] },
      ],
      { epochs: 3 },
    );
    expect(history.loss).toHaveLength(3);
  });

  it('measures validation data with the weights of each epoch', async () => {
    const nn = new NeuralNetwork(xor);
    const after: number[] = [];
    const history = await nn.fit(
      { x, y },
      {
        epochs: 4,
        validation: { x, y },
        metrics: ['accuracy'],
        onEpoch: async () => after.push((await nn.evaluate({ x, y })).loss),
      },
    );
    expect(history.val_loss).toEqual(after);
    expect(history.val_accuracy).toHaveLength(4);
  });

  it('keeps the last rows for validation, and the user keeps the memory', async () => {
    const [split, apart] = [new NeuralNetwork(xor), new NeuralNetwork(xor)];
    const data = { x: new Float32Array(x.flat()), y: new Float32Array(y) };
    const training = split.fit(data, { epochs: 3, validationSplit: 0.25 });
    data.x.fill(7);
    data.y.fill(7);
    const one = await training;
    const two = await apart.fit({ x: x.slice(0, 3), y: y.slice(0, 3) }, { epochs: 3, validation: { x: x.slice(3), y: y.slice(3) } });
    expect(one.val_loss).toEqual(two.val_loss);
    expect(weightsOf(split)).toBe(weightsOf(apart));
  });

  it('brings back the weights of the best epoch', async () => {
    const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(1)], precision: 'f64' });
    const states: string[] = [];
    const history = await nn.fit(
      { x: [1, 2], y: [1, 2] },
      {
        epochs: 50,
        optimizer: { type: 'sgd', learningRate: 0.1 },
        validation: { x: [1], y: [-100] }, // gets worse with every epoch that brings the prediction up
        earlyStopping: { patience: 3, restoreBest: true },
        onEpoch: () => states.push(weightsOf(nn)),
      },
    );
    expect(history.stoppedBy).toBe('earlyStopping');
    expect(weightsOf(nn)).toBe(states[(history.bestEpoch ?? 0) - 1]);
    expect(weightsOf(nn)).not.toBe(states.at(-1));
  });

  it('ends when the loss is no longer finite, with the weights of the last good epoch', async () => {
    const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(4, 'relu'), dense(1)] });
    const states = [weightsOf(nn)];
    const training = nn.fit(
      { x: [1e3, 2e3, -1e3], y: [1, 2, 3] },
      { epochs: 100, optimizer: { type: 'sgd', learningRate: 100 }, onEpoch: () => states.push(weightsOf(nn)) },
    );
    const error = await training.then(
      () => undefined,
      (reason) => reason,
    );
    expect(error).toMatchObject({ name: 'DivergenceError', code: 'ERR_CHAINRULE_DIVERGED' });
    expect(error.epoch).toBe(states.length);
    expect(weightsOf(nn)).toBe(states.at(-1));
  });

  it('leaves finite weights behind when it diverges in the middle of a run', async () => {
    const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(4, 'relu'), dense(1)] });
    const options = { epochs: 100, optimizer: { type: 'sgd', learningRate: 100 } } as const;
    await expect(nn.fit({ x: [1e3, 2e3, -1e3], y: [1, 2, 3] }, options)).rejects.toMatchObject({ code: 'ERR_CHAINRULE_DIVERGED' });
    expect(layer(nn, 0).weights.data.every(Number.isFinite)).toBe(true);
    await nn.fit({ x: [1, 2], y: [1, 2] }, { epochs: 1 }).catch(() => {}); // it can be trained again
    expect(() => nn.update([], 'sgd')).toThrow('gradients must have 2 elements'); // and is not busy
  });
});

describe('while fit runs', () => {
  const busy = { code: 'ERR_CHAINRULE_BUSY' };

  it('nothing else may change the network', async () => {
    const nn = new NeuralNetwork(xor);
    const { gradients } = nn.backward(x, y);
    const training = nn.fit({ x, y }, { epochs: 100_000 });
    await expect(nn.fit({ x, y })).rejects.toMatchObject(busy);
    const changes = [
      () => nn.update(gradients, 'sgd'),
      () => Object.assign(layer(nn, 0), { weights: new Float32Array(16) }),
      () => Object.assign(layer(nn, 0), { bias: new Float32Array(8) }),
    ];
    for (const change of changes) expect(change).toThrow(expect.objectContaining(busy));
    expect(() => nn.update(gradients, 'sgd')).toThrow(
      'cannot update while fit is training this network; await it, or abort it with its signal',
    );
    await training;
    for (const change of changes) expect(change).not.toThrow();
  });

  it('a second fit from a getter of the first is no way around that', async () => {
    const nn = new NeuralNetwork(xor);
    let inner: Promise<unknown> | undefined;
    const options = {
      get epochs() {
        inner ??= expect(nn.fit({ x, y }, { epochs: 1 })).rejects.toMatchObject(busy);
        return 1;
      },
    };
    await nn.fit({ x, y }, options);
    await inner;
  });

  it('predictions, measurements and saving go on', async () => {
    const nn = new NeuralNetwork({ inputSize: 16, layers: [dense(64, 'relu'), dense(1)] });
    const data = { x: new Float32Array(16 * 1000).fill(0.5), y: new Float32Array(1000).fill(1) };
    const controller = new AbortController();
    const training = nn.fit(data, { epochs: 100_000, signal: controller.signal });
    for (let i = 0; i < 5; i++) {
      expect(Number.isFinite(nn.predict(data.x.subarray(0, 16)).data[0])).toBe(true);
      expect((await nn.evaluate(data)).loss).toBeGreaterThanOrEqual(0);
      expect(NeuralNetwork.fromJSON(nn.toJSON()).parameterCount).toBe(nn.parameterCount);
    }
    controller.abort();
    await expect(training).rejects.toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' });
    await nn.fit(data, { epochs: 1 });
  });

  it('an abort does not wait for the end of an epoch, which here takes an hour', async () => {
    const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(1000, 'relu'), dense(1000, 'relu'), dense(1)] });
    const before = nn.predict([1]).data[0];
    const data = { x: new Float32Array(2 ** 20).fill(1), y: new Float32Array(2 ** 20) };
    const controller = new AbortController();
    const training = nn.fit(data, { epochs: 2, batchSize: 1, signal: controller.signal });
    setTimeout(() => controller.abort(), 50); // it is in the middle of it
    await expect(training).rejects.toMatchObject({ code: 'ABORT_ERR' });
    expect(nn.predict([1]).data[0]).toBe(before);
  });
});

describe('evaluate', () => {
  it('gives the loss, and the accuracy of classifiers', async () => {
    const classifier = new NeuralNetwork({ inputSize: 2, layers: [dense(3, 'softmax')] });
    const regression = new NeuralNetwork({ inputSize: 2, layers: [dense(1)] });
    expect(Object.keys(await classifier.evaluate({ x, y: [0, 1, 2, 0] }))).toEqual(['loss', 'accuracy']);
    expect(Object.keys(await regression.evaluate({ x, y }))).toEqual(['loss']);
    expect(Object.keys(await regression.evaluate({ x, y }, { metrics: ['mae', 'mse'] }))).toEqual(['loss', 'mae', 'mse']);
  });

  it('means what it says', async () => {
    const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(1)] });
    Object.assign(layer(nn, 0), { weights: [[2]], bias: [0] });
    const { loss, mse, mae } = await nn.evaluate({ x: [1, 2], y: [3, 1] }, { metrics: ['mse', 'mae'] });
    expect({ loss, mse, mae }).toEqual({ loss: 5, mse: 5, mae: 2 });
  });

  it('counts which class was taken for which', async () => {
    const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(2)], loss: 'crossEntropy' });
    Object.assign(layer(nn, 0), { weights: [[1, -1]], bias: [0, 0] });
    const matrix = [
      [2, 0],
      [1, 1],
    ];
    const labels = await nn.evaluate({ x: [1, 2, 3, -1], y: [0, 0, 1, 1] }, { confusionMatrix: true });
    expect(labels.confusionMatrix).toEqual(matrix);
    const oneHot = { x: [1, 2, 3, -1], y: [[1, 0], [1, 0], [0, 1], [0, 1]] }; // biome-ignore format: one line reads better
    expect((await nn.evaluate(oneHot, { confusionMatrix: true })).confusionMatrix).toEqual(matrix);
  });

  it('takes 0 for the middle where a single output is a logit', async () => {
    const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(1)], loss: 'binaryCrossEntropy' });
    Object.assign(layer(nn, 0), { weights: [[1]], bias: [0] });
    const { accuracy, confusionMatrix } = await nn.evaluate({ x: [-0.1, 0.2], y: [0, 1] }, { confusionMatrix: true });
    expect({ accuracy, confusionMatrix }).toEqual({
      accuracy: 1,
      confusionMatrix: [
        [1, 0],
        [0, 1],
      ],
    });
  });
});

describe('the four steps of backpropagation', () => {
  it('are one step of fit', async () => {
    const optimizer = { type: 'sgd', learningRate: 0.5, momentum: 0.9 } as const;
    const [fitted, stepped] = [new NeuralNetwork({ ...xor, precision: 'f64' }), new NeuralNetwork({ ...xor, precision: 'f64' })];
    const history = await fitted.fit({ x, y }, { epochs: 3, shuffle: false, optimizer });
    for (const epochLoss of history.loss) {
      const { loss, gradients } = stepped.backward(x, y);
      expect(loss).toBeCloseTo(epochLoss, 12);
      stepped.update(gradients, optimizer);
    }
    for (const index of [0, 1]) {
      const expected = Array.from(layer(fitted, index).weights.data, (value) => expect.closeTo(value, 12));
      expect(Array.from(layer(stepped, index).weights.data)).toEqual(expected);
    }
  });

  it('forward predicts, without dropout', () => {
    const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(8, 'relu'), dropout(0.9), dense(1)] });
    expect(nn.forward(x)).toEqual(nn.predict(x));
    expect(nn.forward(x)).toEqual(nn.forward(x));
  });

  it('gradients say which layer they belong to', () => {
    const nn = new NeuralNetwork({ inputSize: 2, layers: [dropout(0.1), dense(3, 'relu'), dropout(0.1), dense(1)] });
    const { gradients } = nn.backward(x, y);
    const shapes = gradients.map(({ layer, weights, bias }) => ({ layer, weights: weights.shape, bias: bias.shape }));
    expect(shapes).toEqual([
      { layer: 1, weights: [2, 3], bias: [3] },
      { layer: 3, weights: [3, 1], bias: [1] },
    ]);
  });

  it('gradients may come in any form', () => {
    const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(2)] });
    Object.assign(layer(nn, 0), { weights: [[1, 2]], bias: [3, 4] });
    nn.update([{ weights: [[1, -1]], bias: new Float64Array([0, 10]) }], { type: 'sgd', learningRate: 0.1 });
    expect(Array.from(layer(nn, 0).weights.data)).toEqual([0.9, 2.1].map(Math.fround));
    expect(Array.from(layer(nn, 0).bias.data)).toEqual([3, 3]);
  });
});

describe('JSON', () => {
  it.each(['f32', 'f64'] as const)('keeps everything (%s)', async (precision) => {
    const nn = new NeuralNetwork({ ...xor, loss: { type: 'huber', delta: 2 }, precision });
    await nn.fit({ x, y }, { epochs: 3 });
    const same = NeuralNetwork.fromJSON(JSON.parse(JSON.stringify(nn)));
    expect(weightsOf(same)).toBe(weightsOf(nn));
    expect(same.predict(x)).toEqual(nn.predict(x));
    expect(same).toMatchObject({ loss: { type: 'huber', delta: 2 }, precision, seed: 1 });
  });
});
