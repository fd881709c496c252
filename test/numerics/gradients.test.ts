import { describe, expect, test } from 'vitest';
import {
  type Activation,
  dense,
  type InitializerName,
  type InitializerOptions,
  info,
  type LayerOptions,
  type LossName,
  type LossOptions,
  type NetworkOptions,
  NeuralNetwork,
} from '../../lib';
import { native } from '../../lib/native';
import { lossNames } from '../../lib/options';
import { type Batch, checkGradients, expectFewKinks, newTally } from '../support/gradient-check';
import { RandomNumbers } from '../support/random-numbers';
import { clash, fitting, hiddenFor, lastFor, makeTargets, needsTwoOutputs, targetsOf } from '../support/targets';

// Every gradient against differences of the loss, in f64. The names come from the addon's lists, so new rows are tested, too.

const activations = native.names.activations as Activation[];
const losses = lossNames;
const initializers = native.names.initializers as InitializerName[];
const sizes = [1, 3, 15, 16, 17, 33];
const batches = [1, 2, 3, 5, 7, 13, 17, 33];

const allInitializers = info().isa !== 'simd128' || process.env.CHAINRULE_LONG_TESTS !== undefined;

/**
 * All of them, but in WebAssembly, where an FMA takes many instructions, every fourth: which ones follows from `pair`, so that all of them meet
 * every activation. Its kernels are given weights, whatever drew those. CHAINRULE_LONG_TESTS asks for all there, too.
 */
const someInitializers = (pair: number, all = allInitializers): InitializerName[] =>
  initializers.filter((_, index) => all || index % 4 === pair % 4);

/**
 * Two units instead of one, where one cannot learn: softmax over one unit is always 1, a loss of classes over one output always 0. The last
 * layer has as many as the loss can have.
 */
function able(units: readonly number[], activation: Activation, loss: LossName): number[] {
  const isLast = (index: number): boolean => index === units.length - 1;
  const needsTwo = (index: number): boolean => activation === 'softmax' || (needsTwoOutputs(loss) && isLast(index));
  const enough = units.map((count, index) => (count === 1 && needsTwo(index) ? 2 : count));
  return enough.map((count, index) => (isLast(index) ? fitting(count, loss) : count));
}

function makeBatch(random: RandomNumbers, rows: number, inputs: number, outputs: number, loss: LossName, labels = false): Batch {
  const x = { data: random.array(rows * inputs, -1.5, 1.5), shape: [rows, inputs] };
  if (labels) return { x, y: Int32Array.from({ length: rows }, () => random.below(outputs)) };
  return { x, y: { data: makeTargets(random, rows, outputs, loss), shape: [rows, targetsOf(outputs, loss)] } };
}

const settings: Partial<Record<InitializerName, object>> = {
  constant: { value: 0.125 },
  normal: { mean: 0.05, stddev: 0.5 },
  uniform: { low: -0.5, high: 0.75 },
};

const initializer = (type: InitializerName): InitializerOptions => ({ type, ...settings[type] }) as InitializerOptions;

/** Not zero: with zero weights, z is the bias, and 0 is where relu has its kink. */
const biasInitializer: InitializerOptions = { type: 'uniform', low: -0.5, high: 0.5 };

function makeNetwork(
  inputSize: number,
  units: readonly number[],
  activation: Activation,
  loss: LossName | LossOptions,
  weightsInitializer: InitializerOptions | undefined,
  seed: number,
): NeuralNetwork {
  const name = typeof loss === 'string' ? loss : loss.type;
  const layers = units.map((count, index) => {
    const own = index === units.length - 1 ? lastFor(activation, name) : hiddenFor(activation, name);
    return dense(count, own, { ...(weightsInitializer && { weightsInitializer }), biasInitializer });
  });
  return new NeuralNetwork({ inputSize, layers, loss, seed, precision: 'f64' });
}

/** Each activation meets each of these losses; the others meet the activations that they take the place of, and one hidden one. */
const plainLosses: readonly LossName[] = ['mse', 'mae', 'huber', 'binaryCrossEntropy', 'crossEntropy'];
const activationsFor = (loss: LossName): readonly Activation[] =>
  plainLosses.includes(loss) ? activations : ['linear', 'tanh', 'sigmoid', 'exp', 'meanVariance', 'softmax'];

describe.each(losses)('%s', (loss) => {
  test.each(activationsFor(loss))('with %s: every initializer, depth 1 to 4, odd sizes', (activation) => {
    const tally = newTally();
    const random = new RandomNumbers(losses.indexOf(loss) * 100 + activations.indexOf(activation));
    const all = allInitializers && plainLosses.includes(loss);
    for (const type of someInitializers(losses.indexOf(loss) + activations.indexOf(activation), all)) {
      for (const depth of [1, 2, 3, 4]) {
        const units = able(
          Array.from({ length: depth }, () => random.pick(sizes)),
          activation,
          loss,
        );
        const inputs = random.pick(sizes);
        const nn = makeNetwork(inputs, units, activation, loss, initializer(type), random.below(1e9));
        const labels = loss === 'crossEntropy' && random.next() < 0.5;
        const batch = makeBatch(random, random.pick(batches), inputs, units.at(-1) ?? 0, loss, labels);
        checkGradients(nn, batch, random, tally, 3);
      }
    }
    expectFewKinks(tally);
  });
});

describe('every parameter of', () => {
  test.each(activations)('a network with %s', (activation) => {
    const tally = newTally();
    const random = new RandomNumbers(1);
    for (const [units, loss] of [
      [[17, 2], 'mse'],
      [[5, 16, 3], 'crossEntropy'],
    ] as const) {
      const nn = makeNetwork(3, units, activation, loss, undefined, 1);
      checkGradients(nn, makeBatch(random, 7, 3, units.at(-1) ?? 0, loss), random, tally);
    }
    expectFewKinks(tally);
  });

  test.each(sizes)('a network with inputs, units or outputs of %d', (size) => {
    const tally = newTally();
    const random = new RandomNumbers(size);
    for (const [inputs, units] of [
      [size, [3, 2]],
      [2, [size, 3]],
      [3, [2, size]],
      [size, [size]],
    ] as const) {
      for (const rows of [1, 2, 15, 17]) {
        const nn = makeNetwork(inputs, units, 'gelu', 'mse', undefined, rows);
        checkGradients(nn, makeBatch(random, rows, inputs, units.at(-1) ?? 0, 'mse'), random, tally);
      }
    }
    expectFewKinks(tally);
  });

  test.each<LossOptions>([
    { type: 'crossEntropy', labelSmoothing: 0.2 },
    { type: 'binaryCrossEntropy', labelSmoothing: 0.2, posWeight: [0.5, 1, 2, 3] },
    { type: 'focal', gamma: 0, alpha: 'none' },
    { type: 'focal', gamma: 0.5, alpha: 0.6 },
    { type: 'categoricalFocal', gamma: 0.5 },
    { type: 'quantile', quantiles: [0.2, 0.7] },
  ])('a network with the loss %o', (loss) => {
    const tally = newTally();
    const random = new RandomNumbers(4);
    for (const sampleWeight of [undefined, random.array(9, 0, 2)]) {
      const nn = makeNetwork(3, [9, 4], 'tanh', loss, undefined, 5);
      const { x, y } = makeBatch(random, 9, 3, loss.type === 'quantile' ? 6 : 4, loss.type);
      checkGradients(nn, { x, y, ...(sampleWeight && { sampleWeight }) }, random, tally);
    }
    expectFewKinks(tally);
  });

  test.each([0.1, 0.5, 3])('a network with a huber loss of delta %d', (delta) => {
    const tally = newTally();
    const random = new RandomNumbers(3);
    const nn = makeNetwork(3, [9, 4], 'tanh', { type: 'huber', delta }, undefined, 5);
    checkGradients(nn, makeBatch(random, 9, 3, 4, 'huber'), random, tally);
    expectFewKinks(tally);
  });
});

describe('dropout', () => {
  const dropout = (rate: number): LayerOptions => ({ type: 'dropout', rate });
  const networks: [what: string, layers: LayerOptions[], loss: LossName][] = [
    ['of the input', [dropout(0.3), dense(17, 'tanh'), dense(3)], 'mse'],
    ['after a layer', [dense(33, 'relu'), dropout(0.5), dense(3, 'softmax')], 'crossEntropy'],
    [
      'everywhere, twice',
      [dropout(0.1), dense(17, 'gelu'), dropout(0.2), dropout(0.3), dense(18, 'silu'), dropout(0.4), dense(3)],
      'huber',
    ],
    ['after softmax', [dense(17, 'softmax'), dropout(0.5), dense(16, 'softmax'), dropout(0.25), dense(3)], 'mse'],
    ['of everything but a little', [dense(40, 'tanh'), dropout(0.95), dense(3, 'sigmoid')], 'binaryCrossEntropy'],
    ['of nothing', [dropout(0), dense(5, 'mish'), dropout(0), dense(3)], 'mse'],
  ];

  test.each(networks)('%s', (_what, layers, loss) => {
    const tally = newTally();
    const random = new RandomNumbers(8);
    for (const rows of [1, 7, 18]) {
      const nn = new NeuralNetwork({ inputSize: 5, layers, loss, seed: rows, precision: 'f64' });
      checkGradients(nn, makeBatch(random, rows, 5, 3, loss), random, tally, 40);
    }
    expectFewKinks(tally);
  });

  test('drops the same until the next update, and something else then', () => {
    const random = new RandomNumbers(9);
    const { x, y } = makeBatch(random, 16, 5, 3, 'mse');
    const nn = new NeuralNetwork({ inputSize: 5, layers: [dense(64, 'tanh'), dropout(0.5), dense(3)], precision: 'f64' });
    const first = nn.backward(x, y);
    expect(nn.backward(x, y)).toEqual(first);
    const still = first.gradients.map(({ weights, bias }) => ({ weights: weights.data.map(() => 0), bias: bias.data.map(() => 0) }));
    nn.update(still, { type: 'sgd', learningRate: 1 }); // changes no weight
    const second = nn.backward(x, y);
    expect(second.loss).not.toBe(first.loss);
    nn.update(still, { type: 'sgd', learningRate: 1 });
    expect(nn.backward(x, y).loss).not.toBe(second.loss);
  });

  test('does nothing in forward and evaluate', async () => {
    const random = new RandomNumbers(10);
    const { x, y } = makeBatch(random, 16, 5, 3, 'mse');
    const make = (rate: number): NeuralNetwork =>
      new NeuralNetwork({ inputSize: 5, layers: [dropout(rate), dense(64, 'tanh'), dropout(rate), dense(3)], precision: 'f64' });
    expect(make(0.5).forward(x)).toEqual(make(0).forward(x));
    expect(await make(0.5).evaluate({ x, y } as never)).toEqual(await make(0).evaluate({ x, y } as never));
  });

  test('keeps the mean of what it lets through', () => {
    const nn = new NeuralNetwork({
      inputSize: 1000,
      layers: [dropout(0.3), dense(1, 'linear', { weightsInitializer: { type: 'constant', value: 0.001 } })],
      loss: 'mse',
      precision: 'f64',
    });
    // The output is the mean of the inputs, 1, up to the chance of the mask: its variance is the loss.
    const rows = 500;
    const { loss } = nn.backward({ data: new Float64Array(rows * 1000).fill(1), shape: [rows, 1000] }, new Float64Array(rows).fill(1));
    expect(loss).toBeGreaterThan((0.7 * 0.3) / 0.7 / 1000);
    expect(loss).toBeLessThan((1.3 * 0.3) / 0.7 / 1000);
  });
});

describe('the loss of backward', () => {
  test.each(losses)('%s is that of evaluate', async (loss) => {
    const random = new RandomNumbers(11);
    const outputs = fitting(3, loss);
    const nn = makeNetwork(5, [17, outputs], 'tanh', loss, undefined, 3);
    const { x, y } = makeBatch(random, 33, 5, outputs, loss);
    const evaluated = await nn.evaluate({ x, y } as never);
    expect(Math.abs(nn.backward(x, y).loss - evaluated.loss)).toBeLessThanOrEqual(1e-15 * Math.max(1, evaluated.loss));
  });
});

test('each cross-entropy refuses the activation of the other', () => {
  const make = (activation: Activation, loss: LossName) => (): NeuralNetwork =>
    new NeuralNetwork({ inputSize: 2, layers: [dense(fitting(3, loss), activation)], loss });
  expect(make('sigmoid', 'crossEntropy')).toThrow(expect.objectContaining({ code: 'ERR_CHAINRULE_OPTION' }));
  expect(make('softmax', 'binaryCrossEntropy')).toThrow(expect.objectContaining({ code: 'ERR_CHAINRULE_OPTION' }));
  for (const loss of losses) for (const activation of activations) if (!clash(activation, loss)) make(activation, loss)();
});

describe.each(['f32', 'f64'] as const)('%s', (precision) => {
  test('labels give the same bits as one-hot rows', () => {
    const random = new RandomNumbers(12);
    for (const activation of ['softmax', 'linear', 'tanh'] as const) {
      for (const classes of [2, 3, 15, 16, 17, 33]) {
        const layers = [dense(17, 'tanh'), dense(classes, activation)];
        const nn = new NeuralNetwork({ inputSize: 3, layers, loss: 'crossEntropy', precision });
        const { x, y } = makeBatch(random, 13, 3, classes, 'crossEntropy', true);
        const labels = y as Int32Array;
        const oneHot = new Float64Array(13 * classes);
        for (const [row, label] of labels.entries()) oneHot[row * classes + label] = 1;
        const byLabels = nn.backward(x, labels);
        const byRows = nn.backward(x, { data: oneHot, shape: [13, classes] });
        expect(byLabels).toEqual(byRows);
        expect(byLabels.loss).toBeGreaterThanOrEqual(0);
      }
    }
  });

  const accuracy = precision === 'f64' ? 1e-14 : 1e-6;

  /** One layer whose logits are `logits`, whatever x is. */
  function networkOf(logits: readonly number[], options: Pick<NetworkOptions, 'loss'> & { activation: Activation }): NeuralNetwork {
    const nn = new NeuralNetwork({
      inputSize: 1,
      layers: [dense(logits.length, options.activation)],
      ...(options.loss && { loss: options.loss }),
      precision,
    });
    const [layer] = nn.layers;
    if (layer === undefined) throw new Error('no layer');
    layer.weights = new Array<number>(logits.length).fill(0);
    layer.bias = logits;
    return nn;
  }

  const extremes: number[][] = [
    [1e4, -1e4],
    [-1e4, 1e4],
    [1e4, 1e4],
    [-1e4, -1e4, -1e4],
    [1e4, 9999, -1e4, 0, 1e4],
    [0, 700, -700],
    [1e4],
    [-1e4],
  ];

  const expectNear = (got: number, wanted: number): void => {
    expect(Math.abs(got - wanted), `${got} should be ${wanted}`).toBeLessThanOrEqual(accuracy * Math.max(1, Math.abs(wanted)));
  };

  test.each(extremes.filter(({ length }) => length > 1).map((logits) => ({ logits })))(
    'crossEntropy is right at logits of $logits',
    ({ logits }) => {
      for (const activation of ['softmax', 'linear'] as const) {
        const nn = networkOf(logits, { activation, loss: 'crossEntropy' });
        const max = Math.max(...logits);
        const sum = logits.reduce((total, z) => total + Math.exp(z - max), 0);
        for (let label = 0; label < logits.length; label++) {
          const { loss, gradients } = nn.backward([[1]], [label]);
          expectNear(loss, Math.log(sum) - ((logits[label] as number) - max));
          for (const [i, z] of logits.entries()) {
            expectNear(gradients[0]?.bias.data[i] as number, Math.exp(z - max) / sum - (i === label ? 1 : 0));
          }
        }
      }
    },
  );

  test.each(extremes.map((logits) => ({ logits })))('binaryCrossEntropy is right at logits of $logits', ({ logits }) => {
    for (const activation of ['sigmoid', 'linear'] as const) {
      const nn = networkOf(logits, { activation, loss: 'binaryCrossEntropy' });
      for (const y of [0, 0.25, 1]) {
        const { loss, gradients } = nn.backward([[1]], [logits.map(() => y)]);
        const terms = logits.map((z) => Math.max(z, 0) - z * y + Math.log1p(Math.exp(-Math.abs(z))));
        expectNear(loss, terms.reduce((total, term) => total + term, 0) / logits.length);
        for (const [i, z] of logits.entries()) {
          expectNear(gradients[0]?.bias.data[i] as number, (1 / (1 + Math.exp(-z)) - y) / logits.length);
        }
      }
    }
  });

  // exp(1e4) has no number.
  const bounded = activations.filter((activation) => activation !== 'exp');
  test.each(bounded)('%s and its gradient are finite at inputs of 1e4 and -1e4', (activation) => {
    for (const logits of extremes.filter(({ length }) => length > 1 || activation !== 'softmax')) {
      const nn = networkOf(logits, { activation, loss: 'mse' });
      const { loss, gradients } = nn.backward([[1]], [logits.map(() => 0)]);
      expect(Number.isFinite(loss)).toBe(true);
      for (const { weights, bias } of gradients) expect([...weights.data, ...bias.data].every(Number.isFinite)).toBe(true);
      expect([...nn.forward([[1]]).data].every(Number.isFinite)).toBe(true);
    }
  });
});
