import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it, test } from 'vitest';
import { dense, dropout, type Input, info, type Layer, NeuralNetwork, setThreads, threads } from '../../lib';
import { newNetwork } from '../../lib/model';
import { checkNetwork, inputKinds, tensorsOf } from '../../lib/options';
import { plainEncoding } from '../layers/reference';
import { columns, inputs, network, samples } from './example';

// The inputs of a network: what their columns become, and how that is trained.

/** Numbers in place of the initial zeros of biases. */
function fillBiases(nn: NeuralNetwork<'f64'>): void {
  for (const { parameters } of nn.inputs) {
    const { bias } = parameters;
    if (bias) parameters.bias = { data: bias.data.map((_, i) => Math.sin(i) / 3), shape: bias.shape };
  }
}

test('the kinds are those of the addon', () => {
  expect(new Set(inputs.map(({ type }) => type))).toEqual(new Set(inputKinds));
  expect(newNetwork(checkNetwork(network('f32'))).tensors()).toEqual(
    Array.from(tensorsOf(checkNetwork(network('f32'))), ({ name, shape, trained }) => ({
      ...{ name, trained },
      rows: shape.slice(0, -1).reduce((product, size) => product * size, 1),
      columns: shape.at(-1),
    })),
  );
});

describe('forward', () => {
  it('encodes each column by its formula', () => {
    const nn = new NeuralNetwork(network('f64'));
    fillBiases(nn);
    const { x } = samples(40);
    expect(nn.inputSize).toBe(columns.length);
    const { inputs: encoded, layers, ...result } = nn.forward(x, { layers: true });
    const expected = x.map((row) => plainEncoding(nn, row));
    expect(encoded?.shape).toEqual([40, expected[0]?.length]);
    for (const [i, value] of expected.flat().entries()) expect(encoded?.data[i]).toBeCloseTo(value, 12);
    expect(layers[1]?.output.data).toEqual(result.data);
    expect(nn.predict(x).data).toEqual(result.data);
    const plain = new NeuralNetwork({ inputSize: expected[0]?.length as number, layers: [dense(7, 'tanh'), dense(2)], precision: 'f64' });
    plain.layers.forEach((layer, i) => {
      layer.weights = (nn.layers[i] as Layer<'f64'>).weights;
      layer.bias = (nn.layers[i] as Layer<'f64'>).bias;
    });
    expect(plain.predict(encoded as never)).toEqual(nn.predict(x));
  });

  it('takes numbers alone as inputSize does', () => {
    const layers = [dense(7, 'tanh'), dense(2)];
    const [one, other] = [{ inputSize: 5 }, { inputs: [2, 3].map((count) => ({ type: 'numeric' as const, columns: count })) }].map(
      (x) => new NeuralNetwork({ ...x, layers }),
    ) as [NeuralNetwork, NeuralNetwork];
    expect(other.predict([1, 2, 3, 4, 5])).toEqual(one.predict([1, 2, 3, 4, 5]));
    expect(other.forward([1, 2, 3, 4, 5], { layers: true })).toEqual(one.forward([1, 2, 3, 4, 5], { layers: true }));
  });

  it.each(['f32', 'f64'] as const)('gives a row the same bits alone and in any batch: %s', async (precision) => {
    const nn = new NeuralNetwork(network(precision));
    const { x } = samples(700);
    const together = nn.predict(x);
    expect((await nn.predictAsync(x)).data).toEqual(together.data);
    for (const row of [0, 15, 255, 256, 699]) {
      const [from, to] = [row * 2, row * 2 + 2];
      expect(nn.predict(x[row] as number[]).data).toEqual(together.data.slice(from, to));
      const session = nn.session();
      session.input.set(x[row] as number[]);
      expect(session.run()).toEqual(together.data.slice(from, to));
      expect((await nn.batcher().predict(x[row] as number[])).data).toEqual(together.data.slice(from, to));
    }
  });
});

describe('backward', () => {
  const layers = [dropout(0.2), dense(6, 'tanh'), dense(2)];
  it.each([{ layers: [dense(7, 'tanh'), dense(2)] }, { layers }])('is the derivative of the loss', (changed) => {
    const nn = new NeuralNetwork({ ...network('f64'), ...changed });
    fillBiases(nn);
    const { x, y } = samples(21);
    const { gradients } = nn.backward(x, y);
    const loss = () => nn.backward(x, y).loss;
    let checked = 0;
    for (const { inputIndex, layer, parameters } of gradients) {
      const owner = inputIndex === undefined ? (nn.layers[layer] as Layer<'f64'>) : (nn.inputs[inputIndex] as Input<'f64'>);
      for (const [name, { data, shape }] of Object.entries(parameters)) {
        const { data: values } = owner.parameters[name] ?? { data: new Float64Array() };
        for (let i = 0; i < data.length; i += 1 + Math.floor(data.length / 12)) {
          const at = (h: number) => {
            owner.parameters[name] = { data: values.map((value, j) => (i === j ? value + h : value)), shape };
            return loss();
          };
          const h = 1e-5;
          expect(data[i], `${name} ${i}`).toBeCloseTo((at(h) - at(-h)) / (2 * h), 7);
          checked++;
        }
        owner.parameters[name] = { data: values, shape };
      }
    }
    expect(checked).toBeGreaterThan(100);
  });

  it('names the input of each gradient, and update takes them', async () => {
    const nn = new NeuralNetwork(network('f32'));
    const { x, y } = samples(30);
    const { gradients } = nn.backward(x, y, { layers: true });
    expect(gradients.map(({ inputIndex, layer }) => ({ inputIndex, layer }))).toEqual([
      ...[1, 2, 5, 6].map((inputIndex) => ({ inputIndex, layer: undefined })),
      ...[0, 1].map((layer) => ({ inputIndex: undefined, layer })),
    ]);
    const fitted = new NeuralNetwork(network('f32'));
    await fitted.fit({ x, y }, { epochs: 1, batchSize: 30, shuffle: false, optimizer: { type: 'adam', learningRate: 0.01 } });
    nn.update(gradients, { type: 'adam', learningRate: 0.01 });
    expect(nn.toJSON()).toEqual(fitted.toJSON());
    expect(nn.inputs[2]?.parameters.embedding).not.toEqual(new NeuralNetwork(network('f32')).inputs[2]?.parameters.embedding);
    expect(() => nn.update([{ ...gradients[0], inputIndex: 0 } as never, ...gradients.slice(1)], 'sgd')).toThrow(
      expect.objectContaining({ code: 'ERR_CHAINRULE_VALUE', message: 'gradients[0].inputIndex must be 1, got 0' }),
    );
  });
});

describe('fit', () => {
  const settings = { epochs: 3, batchSize: 64, optimizer: { type: 'adam', learningRate: 0.01 } } as const;
  const trained = async (options = network('f32'), epochs = 3) => {
    const nn = new NeuralNetwork(options);
    const history = await nn.fit(samples(300), { ...settings, epochs });
    return { nn, json: JSON.stringify(nn), loss: history.loss };
  };

  it('learns from categories', async () => {
    const { loss } = await trained(network('f32'), 40);
    expect(loss.at(-1)).toBeLessThan((loss[0] as number) / 5);
  });

  it('gives the same bits with any number of threads', async () => {
    const wide = {
      ...network('f32'),
      inputs: [...inputs.slice(0, -2), { type: 'categorical', categories: 3000, width: 17, columns: 2 } as const, ...inputs.slice(-1)],
      layers: [dense(2)],
    };
    const before = threads();
    const found = new Set<string>();
    for (const count of [1, 2, 3]) {
      setThreads(count);
      const nn = new NeuralNetwork(wide);
      await nn.fit(samples(2000), { epochs: 2, batchSize: 1000 });
      found.add(JSON.stringify([nn, nn.predict(samples(1000).x)]));
    }
    setThreads(before);
    expect(found.size).toBe(1);
  });

  it('goes on from a checkpoint as if it had not stopped', async () => {
    const checkpoint = { path: path.join(mkdtempSync(path.join(tmpdir(), 'inputs-')), 'training'), resume: true };
    const first = new NeuralNetwork(network('f32'));
    await first.fit(samples(300), { ...settings, epochs: 2, checkpoint });
    const second = new NeuralNetwork(network('f32'));
    await second.fit(samples(300), { ...settings, checkpoint });
    expect(JSON.stringify(second)).toBe((await trained()).json);
    const other = new NeuralNetwork({
      ...network('f32'),
      inputs: inputs.map((input, i) => (i === 1 ? { ...input, sigma: 0.4 } : input)) as never,
    });
    await expect(other.fit(samples(300), { ...settings, checkpoint })).rejects.toMatchObject({
      code: 'ERR_CHAINRULE_CHECKPOINT',
      message: expect.stringContaining('inputs[1].sigma'),
    });
  });

  it('takes streams, and other optimizers', async () => {
    const nn = new NeuralNetwork(network('f32'));
    const { x, y } = samples(64);
    await nn.fit(() => [{ x, y }], { epochs: 1, optimizer: { type: 'sgd', learningRate: 0.01 } });
    await nn.fit({ x, y }, { epochs: 1, optimizer: { type: 'sgd', learningRate: 0.01, momentum: 0.9 } });
    await nn.fit({ x, y }, { epochs: 1, optimizer: 'rmsprop' });
    await expect(nn.evaluate({ x, y })).resolves.toMatchObject({ loss: expect.any(Number) });
  });

  it.runIf(info().precisions.includes('bf16'))('trains in bf16, whose products alone are rounded', async () => {
    const many = 2 ** 12;
    const nn = new NeuralNetwork({ inputs: [{ type: 'categorical', categories: many, width: 1 }], layers: [dense(1)], precision: 'bf16' });
    const data = { x: Array.from({ length: many }, (_, i) => [i]), y: Array.from({ length: many }, (_, i) => i % 2) };
    const { loss } = await nn.fit(data, { epochs: 30, optimizer: { type: 'adam', learningRate: 0.05 } });
    expect(loss.at(-1)).toBeLessThan(0.01);
  });
});

describe('a network with inputs', () => {
  it('comes back from files, JSON and other threads', async () => {
    const nn = new NeuralNetwork(network('f32'));
    const { x } = samples(5);
    const json = JSON.parse(JSON.stringify(nn));
    expect(json.spec.inputs[3]).toEqual({ type: 'categorical', categories: 3, columns: 2 });
    expect(Object.keys(json.parameters).slice(0, 4)).toEqual([
      ...['frequencies', 'weights', 'bias'].map((name) => `inputs.1.${name}`),
      'inputs.2.embedding',
    ]);
    for (const other of [NeuralNetwork.fromJSON(json), NeuralNetwork.fromBytes(nn.toBytes()), NeuralNetwork.fromShared(nn.share())]) {
      expect(other).toEqual(nn);
      expect(other.predict(x)).toEqual(nn.predict(x));
    }
    const fresh = new NeuralNetwork({ ...network('f32'), seed: 9 });
    fresh.assign(nn);
    expect(fresh.predict(x)).toEqual(nn.predict(x));
  });

  it('begins with the numbers that the documentation names', () => {
    const nn = new NeuralNetwork({
      inputs: [
        { type: 'categorical', categories: 500, width: 25 },
        { type: 'periodic', columns: 20, frequencies: 50, width: 8, sigma: 0.3 },
      ],
      layers: [dense(1)],
    });
    const deviation = (data: Float32Array = new Float32Array()) =>
      Math.sqrt(data.reduce((sum, value) => sum + value ** 2, 0) / data.length);
    const [{ parameters: first }, { parameters: second }] = nn.inputs as [Input<'f32'>, Input<'f32'>];
    expect(deviation(first.embedding?.data)).toBeCloseTo(1 / 5, 2);
    expect(deviation(second.frequencies?.data)).toBeCloseTo(0.3, 1);
    expect(deviation(second.weights?.data)).toBeCloseTo(Math.sqrt(2 / 100), 2);
    expect(second.bias?.data.every((value) => value === 0)).toBe(true);
  });

  it('is printed', () => {
    const nn = new NeuralNetwork({
      inputs: [
        { type: 'numeric', columns: 5 },
        { type: 'periodic', columns: 3, frequencies: 16, width: 4, sigma: 0.1 },
        { type: 'categorical', categories: 12, width: 4 },
      ],
      layers: [dense(1)],
    });
    expect(nn.summary().split('\n').slice(2, 7)).toEqual([
      'input                           [n, 9]',
      'in.0 numeric                    [n, 5]                             0',
      'in.1 periodic 16 frequencies    [n, 12]                          444',
      'in.2 categorical 12 categories  [n, 4]                            48',
      '0 dense                         [n, 1]        linear              22',
    ]);
    expect(inspect(nn).split('\n')).toEqual([
      'NeuralNetwork f32, loss mse, seed 0, 514 parameters',
      '  in.0  numeric                    5 -> 5',
      '  in.1  periodic 16 frequencies    3 -> 12          444 parameters',
      '  in.2  categorical 12 categories  1 -> 4           48 parameters',
      '     0  dense                      21 -> 1  linear  22 parameters',
    ]);
    expect(nn.inputs.map((input) => inspect(input))[2]).toBe('Input categorical 12 categories, 1 -> 4, 48 parameters');
  });
});

describe('categories', () => {
  const nn = new NeuralNetwork(network('f32'));
  const { x, y } = samples(3);
  const wrong = (value: number) => x.map((row, i) => (i === 1 ? row.map((each, column) => (column === 5 ? value : each)) : row));
  const refused = (name: string, value: number | string) => ({
    name: 'ChainruleRangeError',
    code: 'ERR_CHAINRULE_VALUE',
    message: `${name} must be a category, a whole number from 0 to 3, got ${value}`,
  });

  it.each([4, -1, 0.5, 1e9])('%d is none', async (value) => {
    const at = refused('x at row 1, column 5', value);
    const data = { x: wrong(value), y };
    expect(() => nn.predict(data.x)).toThrow(expect.objectContaining(at));
    expect(() => nn.predict(Float32Array.from(data.x.flat()))).toThrow(expect.objectContaining(at));
    expect(() => nn.forward(data.x, { layers: true })).toThrow(expect.objectContaining(at));
    expect(() => nn.backward(data.x, y)).toThrow(expect.objectContaining(at));
    await expect(nn.predictAsync(data.x)).rejects.toMatchObject(at);
    await expect(nn.evaluate(data)).rejects.toMatchObject(at);
    await expect(nn.fit(data)).rejects.toMatchObject(at);
    await expect(nn.fit(() => [data])).rejects.toMatchObject({ message: expect.stringContaining('must be a category') });
    await expect(nn.fit({ x, y }, { validation: data })).rejects.toMatchObject(refused('validation.x at row 1, column 5', value));
    await expect(nn.batcher().predict(data.x[1] as number[])).rejects.toMatchObject(refused('row at row 0, column 5', value));
    const session = nn.session({ rows: 3 });
    session.input.set(data.x.flat());
    expect(() => session.run()).toThrow(expect.objectContaining(refused('session.input at row 1, column 5', value)));
  });

  it('-0 is the first', () => expect(nn.predict(wrong(-0))).toEqual(nn.predict(wrong(0))));

  it('never reach beyond a table, whatever the memory holds by then', () => {
    const engine = newNetwork(checkNetwork(network('f32')));
    const predict = (value: number): Float32Array => {
      const out = new Float32Array(6);
      engine.predict(Float32Array.from(wrong(value).flat()), 3, out);
      return out;
    };
    for (const value of [4, 1e30, Infinity]) expect(predict(value)).toEqual(predict(3));
    for (const value of [-1, -1e30, -Infinity, NaN]) expect(predict(value)).toEqual(predict(0));
  });
});
