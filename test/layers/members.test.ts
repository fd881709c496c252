import { describe, expect, it, test } from 'vitest';
import {
  dense,
  dropout,
  type Layer,
  type LayerOptions,
  type LayerwiseGradient,
  members,
  type NetworkOptions,
  NeuralNetwork,
} from '../../lib';
import { RandomNumbers } from '../support/random-numbers';
import { examples } from './members.examples';

const random = new RandomNumbers(11);
const matrix = (rows: number, columns: number, scale = 1) => ({
  data: random.array(rows * columns, -scale, scale),
  shape: [rows, columns] as [number, number],
});

type Network = NeuralNetwork<'f64'>;
const make = (options: NetworkOptions): Network => new NeuralNetwork({ ...options, precision: 'f64' });

/** Targets that the network's loss takes. */
function targetsOf({ layers }: NetworkOptions, rows: number): { data: Float64Array; shape: [number, number] } {
  const { units } = layers.at(-1) as { units: number };
  return { data: random.array(rows * units, 0, 1), shape: [rows, units] };
}

const sum = (values: Iterable<number>): number => Array.from(values).reduce((total, value) => total + value, 0);

describe.each(examples)('$name', ({ options }) => {
  const rows = 6;
  const x = matrix(rows, options.inputSize as number, 2);
  const y = targetsOf(options, rows);

  it('has the gradients that differences of the loss show', () => {
    const nn = make(options);
    const { gradients } = nn.backward(x, y);
    const h = 1e-5;
    for (const { layer, parameters } of gradients) {
      for (const [name, gradient] of Object.entries(parameters)) {
        const target = nn.layers[layer] as Layer;
        const { data, shape } = target.parameters[name] as { data: Float64Array; shape: number[] };
        const lossAt = (change: Float64Array, factor: number): number => {
          target.parameters[name] = { data: data.map((value, i) => value + factor * (change[i] as number)), shape };
          return nn.backward(x, y).loss;
        };
        for (let i = 0; i < 3; i++) {
          const direction = random.array(data.length, -1, 1);
          const difference = (lossAt(direction, h) - lossAt(direction, -h)) / (2 * h);
          const slope = sum(gradient.data.map((value, i) => value * (direction[i] as number)));
          expect(Math.abs(difference - slope)).toBeLessThan(1e-7 * (1 + Math.abs(slope)));
        }
        target.parameters[name] = { data, shape };
      }
    }
  });

  it('predicts what its layers show: the mean over the members', () => {
    const nn = new NeuralNetwork(options);
    const input = { data: Float32Array.from(x.data), shape: x.shape };
    const shown = nn.forward(input, { layers: true });
    expect({ data: shown.data, shape: shown.shape }).toEqual({ ...nn.predict(input) });
    let passed: { data: Float32Array; shape: number[] } = input;
    for (const [index, { output, z }] of shown.layers.entries()) {
      const layer = nn.layers[index] as Layer;
      const expected = plainForward(layer, passed, rows);
      (z ?? output).data.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i] as number, 4);
      });
      passed = output as { data: Float32Array; shape: number[] };
    }
    const one = { data: input.data.slice(0, input.data.length / rows), shape: [1, input.data.length / rows] as [number, number] };
    expect(nn.predict(one).data).toEqual(shown.data.slice(0, shown.data.length / rows));
  });

  it('shows a step of training whose products are its gradients', () => {
    const nn = make(options);
    const { gradients } = nn.backward(x, y, { layers: true });
    for (const { layer, bias, delta } of gradients) {
      if (bias === undefined) continue;
      const [all, units] = delta.shape;
      const count = bias.data.length / units;
      const sums = Array.from(bias.data, (_, i) => {
        const first = count === 1 ? 0 : Math.floor(i / units) * rows;
        return sum(Array.from({ length: all / count }, (__, row) => delta.data[(first + row) * units + (i % units)] as number));
      });
      bias.data.forEach((value, i) => {
        expect(value, `layer ${layer}`).toBeCloseTo(sums[i] as number, 12);
      });
    }
  });

  it('is the same after a round trip, and by every way of predicting', async () => {
    const nn = new NeuralNetwork(options);
    const input = Float32Array.from(x.data);
    const expected = nn.predict(input);
    for (const loaded of [NeuralNetwork.fromBytes(nn.toBytes()), NeuralNetwork.fromJSON(JSON.parse(JSON.stringify(nn)))]) {
      expect(loaded).toEqual(nn);
      expect(loaded.predict(input)).toEqual(expected);
    }
    expect(await nn.predictAsync(input)).toEqual(expected);
    const batcher = nn.batcher();
    const columns = options.inputSize as number;
    const first = await batcher.predict(input.slice(0, columns));
    expect(first.data).toEqual(expected.data.slice(0, expected.shape[1]));
  });

  it('learns in bf16 where the CPU can', async () => {
    const precision = (() => {
      try {
        return new NeuralNetwork({ ...options, precision: 'bf16' }) && ('bf16' as const);
      } catch {
        return 'f32' as const;
      }
    })();
    const nn = new NeuralNetwork({ ...options, precision });
    const data = { x: Float32Array.from(x.data), y: { data: Float32Array.from(y.data), shape: y.shape } };
    const { loss } = await nn.fit(data, { epochs: 30, batchSize: 3, optimizer: { type: 'adam', learningRate: 0.01 } });
    expect(loss.at(-1)).toBeLessThan(loss[0] as number);
  });
});

/** The pre-activations of a dense layer, or the output of another one, for a member-major matrix. */
function plainForward(layer: Layer, { data, shape }: { data: Float32Array; shape: number[] }, rows: number): number[] {
  const { weights, bias, inputScale, outputScale } = layer.parameters;
  const [all = 0, columns = 0] = shape;
  const scale = (tensor: typeof weights, member: number, column: number): number => {
    if (tensor === undefined) return 1;
    const width = tensor.shape.at(-1) as number;
    return tensor.data[(tensor.data.length === width ? 0 : member) * width + column] as number;
  };
  if (layer.type === 'dropout') return Array.from(data);
  if (layer.type === 'members') {
    const count = inputScale?.shape[0] as number;
    return Array.from({ length: count }, (_, member) =>
      Array.from(data, (value, i) => value * scale(inputScale, member, i % columns)),
    ).flat();
  }
  const { units } = layer;
  return Array.from({ length: all * units }, (_, i) => {
    const row = Math.floor(i / units);
    const unit = i % units;
    const member = Math.floor(row / rows);
    const own = weights?.shape.length === 3 ? member * columns * units : 0;
    let z = 0;
    for (let k = 0; k < columns; k++) {
      z += (data[row * columns + k] as number) * scale(inputScale, member, k) * (weights?.data[own + k * units + unit] as number);
    }
    return z * scale(outputScale, member, unit) + scale(bias, member, unit);
  });
}

describe('one member that scales by 1', () => {
  test.each([['linear'], ['sigmoid'], ['softmax']] as const)('has the bits of the network without it: %s', async (activation) => {
    const rest: LayerOptions[] = [dense(21, 'tanh'), dropout(0.2), dense(3, activation)];
    const plain = new NeuralNetwork({ inputSize: 5, layers: rest, seed: 8 });
    const one = new NeuralNetwork({ inputSize: 5, layers: [members(1, { initializer: 'ones' }), ...rest], seed: 8 });
    const x = Float32Array.from(random.array(35, -1, 1));
    const y = { data: Float32Array.from(random.array(21, 0, 1)), shape: [7, 3] as [number, number] };
    expect(one.predict(x)).toEqual(plain.predict(x));
    expect(await one.evaluate({ x, y })).toEqual(await plain.evaluate({ x, y }));
    const [expected, got] = [plain.backward(x, y), one.backward(x, y)];
    expect(got.loss).toBe(expected.loss);
    expect(got.gradients.slice(1).map(({ parameters }) => parameters)).toEqual(expected.gradients.map(({ parameters }) => parameters));
    const weights = new NeuralNetwork({
      inputSize: 5,
      layers: [
        members(1, { initializer: 'ones' }),
        ...rest.map((layer) => (layer.type === 'dense' ? { ...layer, perMember: 'weights' as const } : layer)),
      ],
      seed: 8,
    });
    expect(weights.predict(x)).toEqual(plain.predict(x));
  });
});

describe.each(['linear', 'sigmoid', 'softmax'] as const)('members with weights of their own and a last activation of %s', (activation) => {
  const count = 4;
  const [rows, inputs] = [9, 18];
  const dense2 = (perMember: 'none' | 'weights') => [dense(20, 'relu', { perMember }), dense(17, activation, { perMember })];
  const ensemble = make({ inputSize: inputs, layers: [members(count, { initializer: 'ones' }), ...dense2('weights')], seed: 9 });
  const plain = Array.from({ length: count }, (_, member) => {
    const nn = make({ inputSize: inputs, layers: dense2('none') });
    for (const [index, layer] of nn.layers.entries()) {
      for (const name of ['weights', 'bias']) {
        const { data } = (ensemble.layers[index + 1] as Layer<'f64'>).parameters[name] as { data: Float64Array };
        const { length } = (layer.parameters[name] as { data: Float64Array }).data;
        Object.assign(layer.parameters, { [name]: data.slice(member * length, (member + 1) * length) });
      }
    }
    return nn;
  });
  const x = matrix(rows, inputs);
  const y = { data: random.array(rows * 17, 0, 1), shape: [rows, 17] as [number, number] };
  const mean = (values: number[]): number => sum(values) / count;

  it('start differently', () => {
    expect(plain[0]?.layers[0]?.weights.data).not.toEqual(plain[1]?.layers[0]?.weights.data);
  });

  it('predict the mean of as many networks', () => {
    const own = plain.map((nn) => nn.predict(x).data);
    ensemble.predict(x).data.forEach((value, i) => {
      expect(value).toBeCloseTo(mean(own.map((data) => data[i] as number)), 14);
    });
  });

  it('have the mean of their losses, and its gradients', () => {
    const steps = plain.map((nn) => nn.backward(x, y));
    const step = ensemble.backward(x, y);
    expect(step.loss).toBeCloseTo(mean(steps.map(({ loss }) => loss)), 12);
    for (const [index, { parameters }] of step.gradients.slice(1).entries()) {
      for (const name of ['weights', 'bias']) {
        const expected = steps.flatMap(({ gradients }) =>
          Array.from(gradients[index]?.parameters[name]?.data as Float64Array, (value) => value / count),
        );
        parameters[name]?.data.forEach((value, i) => {
          expect(value).toBeCloseTo(expected[i] as number, 14);
        });
      }
    }
  });
});

describe('evaluation', () => {
  const losses = {
    mse: (p: number[], y: number[]) => sum(p.map((value, i) => (value - (y[i] as number)) ** 2)) / p.length,
    binaryCrossEntropy: (p: number[], y: number[]) =>
      -sum(p.map((value, i) => (y[i] as number) * Math.log(value) + (1 - (y[i] as number)) * Math.log(1 - value))) / p.length,
    crossEntropy: (p: number[], y: number[]) => -sum(p.map((value, i) => (y[i] as number) * Math.log(value))),
  };

  test.each([
    ['linear', 'mse', 2],
    ['tanh', 'mse', 18],
    ['sigmoid', 'binaryCrossEntropy', 1],
    ['sigmoid', 'binaryCrossEntropy', 18],
    ['softmax', 'crossEntropy', 3],
    ['softmax', 'crossEntropy', 18],
  ] as const)('judges the mean prediction: %s, %s, %d units', async (activation, loss, units) => {
    for (const count of [2, 5]) {
      const nn = make({
        inputSize: 3,
        layers: [members(count, { initializer: 'normal' }), dense(8, 'tanh'), dense(units, activation)],
        loss,
      });
      const rows = 300;
      const x = matrix(rows, 3, 3);
      const y = { data: random.array(rows * units, 0, 1), shape: [rows, units] as [number, number] };
      const { data } = nn.predict(x);
      const row = (values: Float64Array, i: number): number[] => Array.from(values.slice(i * units, (i + 1) * units));
      const each = Array.from({ length: rows }, (_, i) => losses[loss](row(data, i), row(y.data, i)));
      const mae = sum(data.map((value, i) => Math.abs(value - (y.data[i] as number)))) / data.length;
      const measured = await nn.evaluate({ x, y }, { metrics: ['mae', 'mse'] });
      expect(measured.loss).toBeCloseTo(sum(each) / rows, 10);
      expect(measured.mae).toBeCloseTo(mae, 10);
    }
  });

  it('has a finite loss where probabilities round to 0', async () => {
    for (const activation of ['softmax', 'sigmoid'] as const) {
      const nn = new NeuralNetwork({ inputSize: 2, layers: [members(2, { initializer: 'ones' }), dense(2, activation)], seed: 1 });
      Object.assign(nn.layers[1] as Layer, {
        weights: [
          [1, 0],
          [0, 1],
        ],
      });
      const x = [[400, 0]];
      expect(Array.from(nn.predict(x).data)).toEqual(activation === 'softmax' ? [1, 0] : [1, 0.5]);
      const { loss } = await nn.evaluate({ x, y: activation === 'softmax' ? Int32Array.of(1) : [[0, 0.5]] });
      expect(loss).toBeCloseTo(activation === 'softmax' ? 400 : (400 + Math.log(2)) / 2, 3);
    }
  });

  it('and validation and metrics of training go by it, too, while the loss is the mean of the members', async () => {
    const layers = [members(3), dense(16, 'tanh'), dense(3, 'softmax')];
    const nn = new NeuralNetwork({ inputSize: 2, layers, seed: 2 });
    const x = Float32Array.from(random.array(80, -1, 1));
    const y = Int32Array.from({ length: 40 }, (_, i) => i % 3);
    const before = await nn.evaluate({ x, y });
    const { loss } = nn.backward(x, y);
    expect(loss).toBeGreaterThan(before.loss);
    const history = await nn.fit(
      { x, y },
      { epochs: 1, batchSize: 40, metrics: ['accuracy'], validation: { x, y }, optimizer: { type: 'sgd', learningRate: 1e-30 } },
    );
    expect(history.loss[0]).toBeCloseTo(loss, 5);
    expect(history.accuracy?.[0]).toBeCloseTo(before.accuracy as number, 6);
    expect(history.val_loss?.[0]).toBeCloseTo(before.loss, 6);
  });
});

test('members start as they are told to', () => {
  const start = (initializer?: 'randomSigns' | 'normal' | 'ones') => {
    const layer = members(50, initializer === undefined ? {} : { initializer });
    const nn = new NeuralNetwork({ inputSize: 40, layers: [layer, dense(1)], seed: 3 });
    return Array.from(nn.layers[0]?.parameters.inputScale?.data as Float32Array);
  };
  const signs = start();
  expect(new Set(signs)).toEqual(new Set([-1, 1]));
  expect(Math.abs(sum(signs))).toBeLessThan(200);
  expect(start('randomSigns')).toEqual(signs);
  expect(new Set(start('ones'))).toEqual(new Set([1]));
  const normal = start('normal');
  expect(Math.abs(sum(normal) / 2000)).toBeLessThan(0.1);
  expect(Math.abs(sum(normal.map((value) => value ** 2)) / 2000 - 1)).toBeLessThan(0.15);
});

test('members with scales start with the same bias, members with weights with one of their own', () => {
  const bias = (perMember: 'scales' | 'weights') => {
    const layer = dense(3, 'relu', { perMember, biasInitializer: 'normal' });
    const nn = new NeuralNetwork({ inputSize: 2, layers: [members(2), layer, dense(1)], seed: 3 });
    const { data } = (nn.layers[1] as Layer).parameters.bias as { data: Float32Array };
    return [Array.from(data.slice(0, 3)), Array.from(data.slice(3))];
  };
  const [first, second] = bias('scales');
  expect(second).toEqual(first);
  const [own, other] = bias('weights');
  expect(own).toEqual(first);
  expect(other).not.toEqual(own);
});

test('dropout draws a mask for each member', () => {
  const nn = new NeuralNetwork({ inputSize: 64, layers: [members(2, { initializer: 'ones' }), dropout(0.5), dense(1)], seed: 3 });
  const { gradients } = nn.backward([new Array(64).fill(1)], [[1]], { layers: true });
  const { data } = (gradients[1] as LayerwiseGradient).input;
  expect(data.slice(0, 64)).not.toEqual(data.slice(64));
});
