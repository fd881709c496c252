import { dense, NeuralNetwork } from '../../lib';
import { type LooseNetwork, loose, make, OPTION, type Row, SHAPE, TYPE, VALUE, x, y } from './row';

const withLoss = (loss: unknown, units = 1) => make({ inputSize: 2, layers: [dense(units)], loss });
const learns = (loss: unknown, units = 1): LooseNetwork =>
  loose(new NeuralNetwork({ inputSize: 2, layers: [dense(units)], loss } as never));
const weights = 'a typed array, or { data, shape }';

/** Settings of losses, the targets that they take, and weights. */
export const losses: Row[] = [
  [
    'a label smoothing of 1',
    () => withLoss({ type: 'crossEntropy', labelSmoothing: 1 }, 2),
    VALUE,
    'loss.labelSmoothing must be a finite number of at least 0 and below 1, got 1',
  ],
  [
    'too few weights of outputs',
    () => withLoss({ type: 'binaryCrossEntropy', posWeight: [1, 2] }, 3),
    OPTION,
    'loss.posWeight must have 3 numbers, one for each output, got 2',
  ],
  [
    'a weight of 0 for an output',
    () => withLoss({ type: 'binaryCrossEntropy', posWeight: 0 }),
    VALUE,
    'loss.posWeight must be a finite number above 0, got 0',
  ],
  ['an alpha by another name', () => withLoss({ type: 'focal', alpha: 'off' }), VALUE, 'loss.alpha must be "none", got "off"'],
  [
    'a quantile of 1',
    () => withLoss({ type: 'quantile', quantiles: [0.5, 1] }, 2),
    VALUE,
    'loss.quantiles[1] must be a finite number above 0 and below 1, got 1',
  ],
  [
    'quantiles in another order',
    () => withLoss({ type: 'quantile', quantiles: [0.5, 0.1] }, 2),
    OPTION,
    'loss.quantiles[1] must be above the one before it, got 0.1',
  ],
  [
    'no quantiles',
    () => withLoss({ type: 'quantile', quantiles: [] }),
    OPTION,
    'loss.quantiles must be an array of quantiles, in ascending order, got none',
  ],
  [
    'outputs that are not pairs',
    () => withLoss('gaussianNLL', 3),
    OPTION,
    'loss "gaussianNLL" needs 2 outputs for each target: the last layer must have a multiple of 2 units, got 3',
  ],
  ['y as wide as pairs', () => learns('gaussianNLL', 2).fit({ x, y: x }), SHAPE, 'y must have 1 columns (outputSize / 2), got 2'],
  [
    'a negative count',
    () => learns('poisson').fit({ x, y: [0, 1, -1, 2] }),
    VALUE,
    'y at row 2, column 0 must be 0 or more for the loss "poisson", got -1',
  ],
  [
    'a side that is none',
    () => learns('hinge').evaluate({ x, y: [0, 1, 0.5, 1] }),
    VALUE,
    'y at row 2, column 0 must be 0 or 1 like those before it for the loss "hinge", got 0.5',
  ],
  [
    'sides of both kinds',
    () => learns('squaredHinge').evaluate({ x, y: [1, -1, 0, 1] }),
    VALUE,
    'y at row 2, column 0 must be -1 or 1 like those before it for the loss "squaredHinge", got 0',
  ],
  [
    'another number first',
    () => learns('hinge').backward(x, [2, 0, 0, 1]),
    VALUE,
    'y at row 0, column 0 must be 0 or 1 (or -1 or 1) for the loss "hinge", got 2',
  ],
  [
    'a row that is no distribution',
    () =>
      learns('kl', 2).fit({
        x,
        y: [
          [1, 0],
          [0.5, 0.5],
          [0.5, 0.25],
          [0, 1],
        ],
      }),
    VALUE,
    'y at row 2, column 0 must be in a row whose sum is 1 for the loss "kl", got 0.75',
  ],
  [
    'a share above 1',
    () =>
      learns('kl', 2).fit({
        x,
        y: [
          [1, 0],
          [1.5, -0.5],
          [0.5, 0.5],
          [0, 1],
        ],
      }),
    VALUE,
    'y at row 1, column 0 must be from 0 to 1 for the loss "kl", got 1.5',
  ],
  [
    'too few weights',
    ({ nn }) => nn.fit({ x, y, sampleWeight: [1, 1, 1] }),
    SHAPE,
    'sampleWeight must have 4 weights, one for each row of x, got 3',
  ],
  [
    'a negative weight',
    ({ nn }) => nn.evaluate({ x, y, sampleWeight: [1, 1, -1, 1] }),
    VALUE,
    'sampleWeight[2] must be a weight of at least 0, got -1',
  ],
  [
    'a weight of NaN',
    ({ nn }) => nn.backward(x, y, { sampleWeight: [1, Number.NaN, 1, 1] }),
    VALUE,
    'sampleWeight at row 1, column 0 must be a finite number, got NaN',
  ],
  [
    'weights of 0 alone',
    ({ nn }) => nn.fit({ x, y }, { validation: { x, y, sampleWeight: [0, 0, 0, 0] } }),
    VALUE,
    'validation.sampleWeight must be weights of which one is above 0, got 0',
  ],
  [
    'weights in an object',
    ({ nn }) => nn.fit({ x, y, sampleWeight: { a: 1 } }),
    TYPE,
    `sampleWeight must be a matrix (rows of numbers, ${weights}), got an object`,
  ],
  [
    'classWeight of another name',
    ({ classifier }) => classifier.fit({ x, y }, { classWeight: 'auto' }),
    VALUE,
    'classWeight must be "balanced", got "auto"',
  ],
  [
    'classWeight as a number',
    ({ classifier }) => classifier.fit({ x, y }, { classWeight: 2 }),
    TYPE,
    'classWeight must be "balanced", an array, or an object of weights by class index, got 2',
  ],
  [
    'classWeight by names',
    ({ classifier }) => classifier.fit({ x, y }, { classWeight: { yes: 2 } }),
    VALUE,
    'classWeight must be an object with class indices as its keys, got "yes"',
  ],
  [
    'a negative weight of a class',
    ({ classifier }) => classifier.fit({ x, y }, { classWeight: { 1: -2 } }),
    VALUE,
    'classWeight[1] must be a finite number of at least 0, got -2',
  ],
  [
    'a class that there is not',
    ({ classifier }) => classifier.fit({ x, y }, { classWeight: [1, 1, 1, 1] }),
    VALUE,
    'classWeight must be for classes from 0 to 2, got 3',
  ],
  [
    'classWeight for numbers',
    ({ nn }) => nn.fit({ x, y: [0, 1, 0.5, 0] }, { classWeight: 'balanced' }),
    VALUE,
    'y at row 2 must be a class (0 or 1) for classWeight, got 0.5',
  ],
  [
    'classWeight for soft targets',
    ({ classifier }) => classifier.fit({ x, y: x.map(() => [0.5, 0.5, 0]) }, { classWeight: [1, 1, 1] }),
    VALUE,
    'y at row 0 must be a row of zeros with a single 1 for classWeight, got 0.5',
  ],
  [
    'classWeight of 0 for the only class',
    ({ classifier }) => classifier.fit({ x, y: [1, 1, 1, 1] }, { classWeight: { 1: 0 } }),
    VALUE,
    'classWeight must be above 0 for a class in y, got 0',
  ],
  [
    'balanced classes of a stream',
    ({ classifier }) => classifier.fit(() => [{ x, y }], { classWeight: 'balanced' }),
    OPTION,
    'classWeight "balanced" does not go with a stream, whose classes cannot be counted before it: give the weights',
  ],
  [
    'a confusion matrix of numbers',
    () => learns('gaussianNLL', 2).evaluate({ x, y }, { confusionMatrix: true }),
    OPTION,
    'confusionMatrix does not go with the loss "gaussianNLL", whose targets are numbers',
  ],
];
