import { describe, expect, it } from 'vitest';
import { native } from '../../lib/native';
import {
  activationNames,
  checkFit,
  checkNetwork,
  checkStepOptimizer,
  initializerNames,
  lossNames,
  nativeSpec,
  optimizerNames,
  perMemberNames,
} from '../../lib/options';
import { closest } from '../../lib/options/closest';

describe('names', () => {
  it.each([
    ['activations', activationNames],
    ['losses', [...lossNames, 'custom']],
    ['optimizers', optimizerNames],
    ['initializers', initializerNames],
    ['perMember', perMemberNames],
  ] as const)("%s are the addon's", (list, names) => {
    expect([...names].sort()).toEqual([...native.names[list]].sort());
  });

  it.each<[string, string[], string | undefined]>([
    ['lerningRate', ['epochs', 'learningRate'], 'learningRate'],
    ['learning_rate', ['epochs', 'learningRate'], 'learningRate'],
    ['LR', ['epochs', 'learningRate'], 'learningRate'],
    ['lr', ['epochs'], undefined],
    ['RELU', ['elu', 'relu'], 'relu'],
    ['nonsense', ['elu', 'relu'], undefined],
    ['constructor', ['elu'], undefined],
    ['__proto__', ['elu'], undefined],
    ['', ['elu'], undefined],
    ['x'.repeat(100_000), ['elu'], undefined],
  ])('closest to %s', (word, known, expected) => {
    expect(closest(word, known)).toBe(expected);
  });
});

describe('a network', () => {
  const layers = [
    { type: 'dense', units: 4, activation: 'relu' },
    { type: 'dropout', rate: 0.5 },
    { type: 'dense', units: 3, activation: 'selu', weightsInitializer: 'normal' },
    { type: 'dense', units: 2, activation: 'softmax', biasInitializer: { type: 'constant', value: 1 } },
  ];

  it('gets all its defaults', () => {
    expect(checkNetwork({ inputSize: 2, layers })).toEqual({
      inputSize: 2,
      layers: [
        {
          type: 'dense',
          units: 4,
          activation: 'relu',
          weightsInitializer: { type: 'heNormal' },
          biasInitializer: { type: 'zeros' },
          perMember: 'none',
        },
        { type: 'dropout', rate: 0.5 },
        {
          type: 'dense',
          units: 3,
          activation: 'selu',
          weightsInitializer: { type: 'normal', mean: 0, stddev: 0.05 },
          biasInitializer: { type: 'zeros' },
          perMember: 'none',
        },
        {
          type: 'dense',
          units: 2,
          activation: 'softmax',
          weightsInitializer: { type: 'xavierUniform' },
          biasInitializer: { type: 'constant', value: 1 },
          perMember: 'none',
        },
      ],
      loss: { type: 'crossEntropy' },
      seed: 0,
      precision: 'f32',
    });
  });

  it('is what it was after JSON and a second check', () => {
    const spec = checkNetwork({ inputSize: 2, layers, loss: { type: 'huber' }, seed: 7, precision: 'f64' });
    expect(checkNetwork(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
  });

  it.each([
    ['relu', 'heNormal', 'mse'],
    ['leakyRelu', 'heNormal', 'mse'],
    ['elu', 'heNormal', 'mse'],
    ['gelu', 'heNormal', 'mse'],
    ['geluTanh', 'heNormal', 'mse'],
    ['silu', 'heNormal', 'mse'],
    ['mish', 'heNormal', 'mse'],
    ['softplus', 'heNormal', 'mse'],
    ['selu', 'lecunNormal', 'mse'],
    ['linear', 'xavierUniform', 'mse'],
    ['tanh', 'xavierUniform', 'mse'],
    ['sigmoid', 'xavierUniform', 'binaryCrossEntropy'],
    ['exp', 'xavierUniform', 'poisson'],
    ['meanVariance', 'xavierUniform', 'gaussianNLL'],
    ['softmax', 'xavierUniform', 'crossEntropy'],
  ])('of %s starts with %s and learns by %s', (activation, initializer, loss) => {
    const spec = checkNetwork({ inputSize: 1, layers: [{ type: 'dense', units: 2, activation }] });
    expect(spec.layers[0]).toMatchObject({ weightsInitializer: { type: initializer } });
    expect(spec.loss.type).toBe(loss);
  });

  it('fills in everything for the addon', () => {
    const spec = nativeSpec(checkNetwork({ inputSize: 2, layers: [{ type: 'dense', units: 1 }] }));
    const settings = [
      ...[1, ['activations', 'linear']],
      ...[['initializers', 'xavierUniform'], 0, 0, 0, 0, 0],
      ...[['initializers', 'zeros'], 0, 0, 0, 0, 0],
      ['perMember', 'none'],
    ];
    expect(spec).toEqual({
      seed: 0,
      inputSize: 2,
      inputs: [],
      layers: [{ type: 'dense', settings, layers: [] }],
      loss: { type: 'mse', settings: {}, targets: 1, point: 0, perOutput: [] },
    });
  });
});

describe('losses', () => {
  const lossOf = (loss: unknown, units = 6) => checkNetwork({ inputSize: 1, layers: [{ type: 'dense', units }], loss }).loss;

  it.each([
    ['huber', { type: 'huber', delta: 1 }],
    ['quantile', { type: 'quantile', quantiles: [0.1, 0.5, 0.9] }],
    ['focal', { type: 'focal', gamma: 2, alpha: 0.25 }],
    ['categoricalFocal', { type: 'categoricalFocal', gamma: 2 }],
    ['crossEntropy', { type: 'crossEntropy' }],
    ['binaryCrossEntropy', { type: 'binaryCrossEntropy' }],
  ])('%s has these defaults', (name, spec) => expect(lossOf(name)).toEqual(spec));

  it('have settings in their specification where those are not the default', () => {
    expect(lossOf({ type: 'crossEntropy', labelSmoothing: 0 })).toEqual({ type: 'crossEntropy' });
    expect(lossOf({ type: 'binaryCrossEntropy', labelSmoothing: 0, posWeight: 1 })).toEqual({ type: 'binaryCrossEntropy' });
    const given = { type: 'binaryCrossEntropy', labelSmoothing: 0.1, posWeight: [1, 2, 3, 4, 5, 6] };
    expect(lossOf(given)).toEqual(given);
  });

  const native = (loss: unknown) => nativeSpec(checkNetwork({ inputSize: 1, layers: [{ type: 'dense', units: 6 }], loss })).loss;

  it('have numbers for each output on the wire', () => {
    const quantiles = { type: 'quantile', quantiles: [0.25, 0.75] };
    expect(native(quantiles)).toMatchObject({ targets: 3, point: 0, perOutput: [0.25, 0.75, 0.25, 0.75, 0.25, 0.75] });
    expect(native('quantile')).toMatchObject({ targets: 2, point: 1 });
    expect(native({ type: 'binaryCrossEntropy', posWeight: 3 })).toMatchObject({ targets: 6, perOutput: [3, 3, 3, 3, 3, 3] });
    expect(native('focal')).toMatchObject({ settings: { gamma: 2, positive: 0.25, negative: 0.75 } });
    expect(native({ type: 'focal', alpha: 'none' })).toMatchObject({ settings: { positive: 1, negative: 1 } });
  });
});

describe("optimizers have PyTorch's defaults", () => {
  it.each([
    ['sgd', { learningRate: 1e-3, momentum: 0, nesterov: false, weightDecay: 0 }],
    ['adam', { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 }],
    ['adamw', { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-2 }],
    ['rmsprop', { learningRate: 1e-2, alpha: 0.99, epsilon: 1e-8, weightDecay: 0, momentum: 0, centered: false }],
    ['adagrad', { learningRate: 1e-2, learningRateDecay: 0, weightDecay: 0, initialAccumulator: 0, epsilon: 1e-10 }],
    ['nadam', { learningRate: 2e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, momentumDecay: 4e-3 }],
    ['radam', { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 }],
    ['adamax', { learningRate: 2e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 }],
    ['adadelta', { learningRate: 1, rho: 0.9, epsilon: 1e-6, weightDecay: 0 }],
    ['rprop', { learningRate: 1e-2, etaMinus: 0.5, etaPlus: 1.2, minStep: 1e-6, maxStep: 50 }],
    ['lion', { learningRate: 1e-4, beta1: 0.9, beta2: 0.99, weightDecay: 0 }],
  ])('%s', (type, settings) => {
    expect(checkStepOptimizer(type, 'optimizer').settings).toEqual({ type, ...settings });
    expect(checkStepOptimizer({ type }, 'optimizer')).toEqual(checkStepOptimizer(type, 'optimizer'));
  });

  it('and keep what is set', () => {
    expect(checkStepOptimizer({ type: 'sgd', learningRate: 0.5, momentum: 0.9, nesterov: true }, 'optimizer').settings).toMatchObject({
      learningRate: 0.5,
      momentum: 0.9,
      nesterov: true,
    });
  });
});

describe('options of fit', () => {
  it('have defaults', () => {
    const { optimizer, ...rest } = checkFit({}, false);
    expect(rest).toEqual({
      epochs: 10,
      batchSize: 32,
      dropLast: false,
      shuffle: true,
      shards: 1,
      metrics: [],
      callbackEvery: 1,
      warnings: true,
    });
    expect(optimizer.settings.type).toBe('adam');
  });

  it('watch the validation loss if there is one', () => {
    const watched = (options: object) => checkFit({ earlyStopping: {}, ...options }, false).earlyStopping;
    expect(watched({})).toEqual({ monitor: 'loss', patience: 0, minDelta: 0, mode: 'min', restoreBest: false, ties: 'first' });
    expect(watched({ validationSplit: 0.5 })).toMatchObject({ monitor: 'val_loss', mode: 'min', restoreBest: true });
    expect(watched({ validationSplit: 0.5, earlyStopping: { patience: Infinity, restoreBest: false } })).toMatchObject({
      restoreBest: false,
    });
    expect(watched({ metrics: ['accuracy'], earlyStopping: { monitor: 'accuracy' } })).toMatchObject({ mode: 'max' });
  });

  it('are read once each', () => {
    const reads: string[] = [];
    const options = new Proxy(
      { epochs: 3 },
      {
        get(target, key) {
          reads.push(String(key));
          return Reflect.get(target, key);
        },
      },
    );
    expect(checkFit(options, false).epochs).toBe(3);
    expect(new Set(reads).size).toBe(reads.length);
  });
});
