import { describe, expect, test } from 'vitest';
import { type Activation, dense, dropout, type LossName, type NetworkOptions, NeuralNetwork, type Precision, type Tensor } from '../../lib';
import { native } from '../../lib/native';
import { lossNames } from '../../lib/options';
import { activate, affine, at, type Matrix, multiply, type PlainLayer, plainBackprop, transposed } from '../support/plain-backprop';
import { RandomNumbers } from '../support/random-numbers';
import { fitting, lastFor, makeTargets, needsTwoOutputs } from '../support/targets';

// The matrices that `{ layers: true }` shows of forward and backward, against plain loops (support/plain-backprop.ts).

const activations = native.names.activations as Activation[];
const losses = lossNames;
const precisions: Precision[] = ['f32', 'f64'];

const rowsOf = ({ data, shape: [rows, columns] }: Tensor<[number, number]>): Matrix =>
  Array.from({ length: rows }, (_, row) => Array.from(data.subarray(row * columns, (row + 1) * columns)));

const plainLayers = (nn: NeuralNetwork): PlainLayer[] =>
  nn.layers
    .filter(({ type }) => type === 'dense')
    .map((layer) => ({
      weights: rowsOf(layer.weights),
      bias: Array.from(layer.bias.data),
      activation: layer.activation as Activation,
    }));

/** Equal up to rounding, which grows with the size of what is summed up. */
function expectClose(actual: Tensor<[number, number]>, expected: Matrix, precision: Precision, what: string): void {
  expect(actual.shape, what).toEqual([expected.length, expected[0]?.length]);
  expect(actual.data.constructor.name).toBe(precision === 'f64' ? 'Float64Array' : 'Float32Array');
  const scale = Math.max(1e-3, ...expected.flat().map(Math.abs));
  const tolerance = scale * (precision === 'f64' ? 1e-12 : 2e-5);
  for (const [row, values] of rowsOf(actual).entries()) {
    for (const [column, value] of values.entries()) {
      const wanted = at(expected, row, column);
      if (!(Math.abs(value - wanted) <= tolerance)) expect.fail(`${what}[${row}][${column}] is ${value}, not ${wanted}`);
    }
  }
}

function makeBatch(random: RandomNumbers, rows: number, inputs: number, outputs: number, loss: LossName = 'crossEntropy') {
  const matrix = (data: Float64Array): Matrix => rowsOf({ data: Float32Array.from(data), shape: [rows, data.length / rows] });
  return { x: matrix(random.array(rows * inputs, -1, 1)), y: matrix(makeTargets(random, rows, outputs, loss)) };
}

/** Compares everything that is shown of a batch. */
function compare(nn: NeuralNetwork, x: Matrix, y: Matrix, loss: LossName, masks: Matrix[] = []): void {
  const { precision } = nn;
  const layers = plainLayers(nn);
  const expected = plainBackprop(layers, x, y, loss, masks);
  const { loss: found, gradients } = nn.backward(x, y, { layers: true });
  expect(Math.abs(found - expected.loss)).toBeLessThanOrEqual((precision === 'f64' ? 1e-12 : 1e-5) * Math.max(1, expected.loss));
  expect(gradients).toHaveLength(layers.length);
  for (const [index, { input, delta, weights, bias }] of gradients.entries()) {
    const [a, d] = [expected.inputs[index], expected.deltas[index]] as [Matrix, Matrix];
    expectClose(input, a, precision, `inputs of ${index}`);
    expectClose(delta, d, precision, `deltas of ${index}`);
    expectClose(weights, multiply(transposed(a), d), precision, `weights of ${index}`);
    expectClose({ data: bias.data, shape: [1, bias.shape[0]] }, multiply([x.map(() => 1)], d), precision, `bias of ${index}`);
  }
  // The gradients themselves have the bits that they have without.
  const { gradients: alone } = nn.backward(x, y);
  expect(alone).toEqual(gradients.map(({ input, delta, ...gradient }) => gradient));
}

function compareForward(nn: NeuralNetwork, x: Matrix): void {
  const result = nn.forward(x, { layers: true });
  const { layers, ...prediction } = result;
  expect(prediction).toEqual(nn.predict(x));
  expect(layers.map(({ layer }) => layer)).toEqual([...nn.layers.keys()]);
  let passed = x;
  for (const [index, { z, output }] of layers.entries()) {
    const layer = nn.layers[index] as NeuralNetwork['layers'][0];
    if (layer.type === 'dropout') {
      expect(z).toBeUndefined();
      expect(rowsOf(output)).toEqual(passed);
    } else {
      const [plain] = plainLayers({ layers: [layer] } as unknown as NeuralNetwork) as [PlainLayer];
      const expected = affine(passed, plain);
      expectClose(z as Tensor<[number, number]>, expected, nn.precision, `z of ${index}`);
      expectClose(output, activate(plain.activation, expected), nn.precision, `output of ${index}`);
    }
    passed = rowsOf(output);
  }
}

const make = (inputSize: number, layers: NetworkOptions['layers'], loss: LossName, precision: Precision): NeuralNetwork =>
  new NeuralNetwork({ inputSize, layers, loss, precision, seed: 5 });

describe.each(precisions)('%s', (precision) => {
  // At most 16 units everywhere: one kernel does it all. More, or softmax inside: layer by layer.
  const shapes: [rows: number, inputs: number, units: number[]][] = [
    [1, 1, [1]],
    [3, 2, [4, 1]],
    [5, 3, [15, 16, 2]],
    [2, 17, [3]],
    [13, 5, [33, 7, 3]],
    [31, 16, [17, 5]],
  ];

  test.each(losses)('backward with the loss %s: every activation, odd sizes', (loss) => {
    const random = new RandomNumbers(1);
    const biasInitializer = { type: 'uniform', low: -0.5, high: 0.5 } as const;
    for (const activation of activations) {
      for (const [rows, inputs, units] of shapes) {
        const outputs = fitting(units.at(-1) as number, loss);
        if (needsTwoOutputs(loss) && outputs === 1) continue; // there is nothing to learn
        const last = (name: Activation): Activation => (name === 'softmax' && outputs === 1 ? 'linear' : lastFor(name, loss));
        for (const end of new Set([last(activation), last('linear')])) {
          const hidden = units.slice(0, -1).map((count) => dense(count, activation, { biasInitializer }));
          const nn = make(inputs, [...hidden, dense(outputs, end, { biasInitializer })], loss, precision);
          const { x, y } = makeBatch(random, rows, inputs, outputs, loss);
          compare(nn, x, y, loss);
        }
      }
    }
  });

  test.each(activations)('forward with %s: the bits of predict, and every layer', (activation) => {
    const random = new RandomNumbers(2);
    for (const [rows, inputs, units] of shapes) {
      const each = units.map((count) => dense(count, activation === 'softmax' && count === 1 ? 'linear' : activation));
      const layers = [dropout(0.5), ...each.flatMap((layer) => [dropout(0.25), dropout(0.5), layer])];
      const { x } = makeBatch(random, rows, inputs, 1);
      compareForward(make(inputs, layers, 'mse', precision), x);
    }
  });

  test('more rows than a prediction takes at a time, and wide layers on all threads', () => {
    const random = new RandomNumbers(3);
    const nn = make(65, [dense(130, 'tanh'), dense(40, 'softmax'), dense(3, 'softmax')], 'crossEntropy', precision);
    const { x, y } = makeBatch(random, 301, 65, 3);
    compareForward(nn, x);
    compare(nn, x, y, 'crossEntropy');
  });

  test('class labels', () => {
    const nn = make(3, [dense(20, 'relu'), dense(4, 'softmax')], 'crossEntropy', precision);
    const x = makeBatch(new RandomNumbers(4), 3, 3, 1).x;
    const oneHot = [
      [0, 0, 1, 0],
      [1, 0, 0, 0],
      [0, 0, 0, 1],
    ];
    expect(nn.backward(x, [2, 0, 3], { layers: true })).toEqual(nn.backward(x, oneHot, { layers: true }));
  });

  test('dropout: the inputs show what was drawn, and the deltas pass through the same mask', () => {
    const random = new RandomNumbers(6);
    const rates = [0.25, 0.5, 0.75];
    const layers = [dropout(0.25), dense(19, 'tanh'), dropout(0.5), dense(33, 'gelu'), dropout(0.5), dropout(0.5), dense(2, 'softmax')];
    const nn = make(6, layers, 'crossEntropy', precision);
    const { x, y } = makeBatch(random, 40, 6, 2);

    const drawMasks = (): Matrix[] => {
      const shown = nn.backward(x, y, { layers: true });
      return shown.gradients.map(({ input }, index) => {
        const mask = rowsOf(input).map((row) => row.map((value) => (value === 0 ? 0 : 1 / (1 - (rates[index] as number)))));
        const kept = mask.flat().filter((factor) => factor > 0).length / mask.flat().length;
        expect(Math.abs(kept - (1 - (rates[index] as number)))).toBeLessThan(0.1);
        return mask;
      });
    };
    const masks = drawMasks();
    compare(nn, x, y, 'crossEntropy', masks);
    expect(drawMasks()).toEqual(masks); // the same step, the same masks
    nn.update(nn.backward(x, y, { layers: true }).gradients, { type: 'sgd', learningRate: 0.1 });
    const next = drawMasks();
    expect(next).not.toEqual(masks);
    compare(nn, x, y, 'crossEntropy', next);
  });

  test('one batch after another, of other sizes and with no trace between', () => {
    const random = new RandomNumbers(7);
    const nn = make(4, [dense(5, 'sigmoid'), dense(2)], 'mse', precision);
    for (const rows of [3, 50, 1, 17, 3]) {
      const { x, y } = makeBatch(random, rows, 4, 2);
      compare(nn, x, y, 'mse');
    }
  });
});

test.runIf(native.info().precisions.includes('bf16'))('bf16: the deltas belong to the gradients', () => {
  const random = new RandomNumbers(8);
  const nn = make(33, [dense(40, 'tanh'), dense(5, 'softmax')], 'crossEntropy', 'bf16');
  const { x, y } = makeBatch(random, 20, 33, 5);
  compareForward(nn, x);
  for (const { input, delta, bias, weights } of nn.backward(x, y, { layers: true }).gradients) {
    const sums = multiply([x.map(() => 1)], rowsOf(delta))[0] as number[];
    for (const [index, sum] of sums.entries()) expect(bias.data[index]).toBeCloseTo(sum, 5);
    const product = multiply(transposed(rowsOf(input)), rowsOf(delta)).flat();
    for (const [index, value] of product.entries()) expect(Math.abs((weights.data[index] as number) - value)).toBeLessThan(0.01);
  }
});

test('what is given can be kept: nothing of it is overwritten or shared', () => {
  const nn = make(2, [dropout(0.5), dense(3, 'tanh'), dropout(0.5), dense(1)], 'mse', 'f32');
  const x = Float32Array.of(1, 2, 3, 4);
  const first = nn.forward(x, { layers: true });
  const before = structuredClone(first);
  x.fill(7);
  nn.forward(x, { layers: true });
  expect(first).toEqual(before);
  for (const { output } of first.layers) {
    expect(Object.getPrototypeOf(output)).toBe(Object.prototype);
    expect(output.data.buffer).toBeInstanceOf(ArrayBuffer);
  }
  expect(new Set(first.layers.map(({ output }) => output.data)).size).toBe(4);
  expect(first.data).toBe(first.layers.at(-1)?.output.data);
});

test('not asked for, it is not there', () => {
  const nn = make(2, [dense(1)], 'mse', 'f32');
  for (const options of [undefined, {}, { layers: undefined }, { layers: false }]) {
    expect(Object.keys(nn.forward([1, 2], options as object))).toEqual(['data', 'shape']);
    const [gradient] = nn.backward([[1, 2]], [[1]], options as object).gradients;
    expect(Object.keys(gradient as object)).toEqual(['layer', 'parameters', 'weights', 'bias']);
  }
});

describe('the types', () => {
  test('follow the option', () => {
    const nn = make(2, [dense(1)], 'mse', 'f32');
    const z: Tensor<[number, number]> | undefined = nn.forward([1, 2], { layers: true }).layers[0]?.z;
    const delta: Tensor<[number, number]> | undefined = nn.backward([[1, 2]], [[1]], { layers: true }).gradients[0]?.delta;
    expect([z?.shape, delta?.shape]).toEqual([
      [1, 1],
      [1, 1],
    ]);
    // @ts-expect-error: there is none.
    expect(nn.forward([1, 2]).layers).toBeUndefined();
  });
});

describe.each(['forward', 'backward'] as const)('%s refuses', (method) => {
  const call = (options: unknown, x: unknown = [[1, 2]]) => {
    const nn = make(2, [dense(1)], 'mse', 'f32');
    return () => (method === 'forward' ? nn.forward(x as never, options as never) : nn.backward(x as never, [[1]], options as never));
  };

  test.each<[what: unknown, code: string, message: RegExp]>([
    [null, 'ERR_CHAINRULE_TYPE', /^options must be an object, got null/],
    [[1], 'ERR_CHAINRULE_TYPE', /^options must be an object/],
    ['layers', 'ERR_CHAINRULE_TYPE', /^options must be an object/],
    [true, 'ERR_CHAINRULE_TYPE', /^options must be an object, got true/],
    [{ layers: 1 }, 'ERR_CHAINRULE_TYPE', /^layers must be true or false, got 1/],
    [{ layers: 'yes' }, 'ERR_CHAINRULE_TYPE', /^layers must be true or false, got "yes"/],
    [{ layer: true }, 'ERR_CHAINRULE_OPTION', /^options has no option "layer"; did you mean "layers"\?/],
    [{ deltas: true }, 'ERR_CHAINRULE_OPTION', /^options has no option "deltas"/],
  ])('%j as options', (options, code, message) => {
    expect(call(options)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  test('what it refuses without the option', () => {
    for (const x of [[[1]], [[Number.NaN, 1]], 'x', [], { data: [1, 2], shape: [2, 2] }, null]) {
      const code = (make: () => unknown) => {
        try {
          return make();
        } catch (error) {
          return `${(error as { code: string }).code} ${(error as Error).message}`;
        }
      };
      expect(code(call({ layers: true }, x))).toBe(code(call({}, x)));
      expect(code(call({ layers: true }, x))).toMatch(/^ERR_CHAINRULE_\w+ x/);
    }
  });
});
