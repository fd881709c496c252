import { batchNorm, dense, residual, scale } from '../../lib';
import { type Loose, make, net, OPTION, type Row, TYPE, VALUE, xy } from './row';

const factor = 'a finite number above 0';
const penalty = 'a finite number of at least 0';
const looseDense = (settings: object) => (dense as Loose)(1, 'linear', settings);
const categorical = (options: object) =>
  make({ inputs: [{ type: 'categorical', categories: 3, width: 2, ...options }], layers: [dense(1)] });

/** Options of layers, inputs and optimizers that are about how tensors are trained. */
export const trained: Row[] = [
  ['trainable "no"', () => looseDense({ trainable: 'no' }), TYPE, 'dense().trainable must be true or false, got "no"'],
  ['trainable 0', () => (residual as Loose)([dense(2)], { trainable: 0 }), TYPE, 'residual().trainable must be true or false, got 0'],
  [
    'trainable of dropout',
    () => make({ inputSize: 1, layers: [{ type: 'dropout', rate: 0.5, trainable: false }, dense(1)] }),
    OPTION,
    'layers[0] has no option "trainable"; it has type, rate',
  ],
  ['a factor of 0', () => dense(1, 'linear', { learningRateFactor: 0 }), VALUE, `dense().learningRateFactor must be ${factor}, got 0`],
  [
    'a factor of a tensor of -1',
    () => dense(1, 'linear', { learningRateFactor: { bias: -1 } }),
    VALUE,
    `dense().learningRateFactor.bias must be ${factor}, got -1`,
  ],
  [
    'a factor that is text',
    () => looseDense({ learningRateFactor: '2' }),
    TYPE,
    'dense().learningRateFactor must be a number, or an object with numbers by the names of tensors, got "2"',
  ],
  [
    'a factor of a tensor that no dense layer has',
    () => looseDense({ learningRateFactor: { kernel: 2 } }),
    OPTION,
    'dense().learningRateFactor has no tensor "kernel"; it has weights, bias, inputScale, outputScale',
  ],
  [
    'a factor of a tensor that this dense layer does not have',
    () => make({ inputSize: 1, layers: [dense(1, 'linear', { learningRateFactor: { inputScale: 2 } })] }),
    OPTION,
    'layers[0].learningRateFactor has "inputScale", a tensor that layers[0] does not have; it has weights, bias',
  ],
  [
    'a factor of a one-hot input',
    () => categorical({ width: undefined, learningRateFactor: { embedding: 2 } }),
    OPTION,
    'inputs[0].learningRateFactor has "embedding", a tensor that inputs[0] does not have; it has none',
  ],
  [
    'a misspelt factor of an input',
    () => categorical({ learningRateFactor: { embeding: 2 } }),
    OPTION,
    'inputs[0].learningRateFactor has no tensor "embeding"; did you mean "embedding"?',
  ],
  ['l1 of -1', () => dense(1, 'linear', { l1: -1 }), VALUE, `dense().l1 must be ${penalty}, got -1`],
  ['l2 of NaN', () => dense(1, 'linear', { l2: Number.NaN }), VALUE, `dense().l2 must be ${penalty}, got NaN`],
  [
    'l2 of a layer without weights',
    () => (batchNorm as Loose)({ l2: 0.1 }),
    OPTION,
    'batchNorm() has no option "l2"; it has type, momentum, epsilon, trainable, learningRateFactor',
  ],
  ['a number for the options of scale', () => (scale as Loose)(2), TYPE, 'scale() options must be an object, got 2'],
  [
    'a trainable that is set to text',
    () => Object.assign(net.nn().layers[0] as object, { trainable: 'no' }),
    TYPE,
    'layers[0].trainable must be true or false, got "no"',
  ],
  [
    'nothing to train',
    () => make({ inputSize: 2, layers: [dense(1, 'linear', { trainable: false })] }).fit(xy),
    OPTION,
    'fit has nothing to train: everything is frozen; set nn.layers[0].trainable = true, or that of another layer',
  ],
  [
    'another word for what decays',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'adamw', decays: 'weight' } }),
    VALUE,
    'optimizer.decays must be one of "all" or "weights", got "weight"; did you mean "weights"?',
  ],
  [
    'decays of an optimizer without weight decay',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'rprop', decays: 'all' } }),
    OPTION,
    'optimizer has no option "decays"; it has type, learningRate, etaMinus, etaPlus, minStep, maxStep',
  ],
  [
    'amsgrad 1',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'adam', amsgrad: 1 } }),
    TYPE,
    'optimizer.amsgrad must be true or false, got 1',
  ],
  [
    'etaMinus 1',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'rprop', etaMinus: 1 } }),
    VALUE,
    'optimizer.etaMinus must be a finite number above 0 and below 1, got 1',
  ],
  [
    'etaPlus 1',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'rprop', etaPlus: 1 } }),
    VALUE,
    'optimizer.etaPlus must be a finite number above 1, got 1',
  ],
  [
    'minStep above maxStep',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'rprop', minStep: 1, maxStep: 0.5 } }),
    OPTION,
    'optimizer.minStep must be at most optimizer.maxStep',
  ],
  [
    'rho 1',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'adadelta', rho: 1 } }),
    VALUE,
    'optimizer.rho must be a finite number of at least 0 and below 1, got 1',
  ],
  [
    'a negative momentumDecay',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'nadam', momentumDecay: -1 } }),
    VALUE,
    'optimizer.momentumDecay must be a finite number of at least 0, got -1',
  ],
];
