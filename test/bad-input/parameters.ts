import { confusionMatrix, NeuralNetwork, setThreads } from '../../lib';
import { FORMAT, type Loose, type LooseNetwork, matrix, OPTION, type Row, SHAPE, TYPE, VALUE } from './row';

function setWeights(nn: LooseNetwork, index: number, value: unknown): void {
  (nn.layers[index] as { weights: unknown }).weights = value;
}

function setBias(nn: LooseNetwork, index: number, value: unknown): void {
  (nn.layers[index] as { bias: unknown }).bias = value;
}

const writeUpdate = "write nn.update(gradients, { type: 'sgd', learningRate: 0.1 })";

export const parameters: Row[] = [
  ['weights of dropout', ({ classifier }) => setWeights(classifier, 0, [[1]]), OPTION, 'layers[0] is a dropout layer: it has no weights'],
  [
    'setting the bias of dropout',
    ({ classifier }) => setBias(classifier, 0, [1, 2]),
    OPTION,
    'layers[0] is a dropout layer: it has no bias',
  ],
  ['weights undefined', ({ nn }) => setWeights(nn, 0, undefined), TYPE, `layers[0].weights must be ${matrix}, got undefined`],
  [
    'transposed weights',
    ({ nn }) =>
      setWeights(nn, 0, [
        [1, 2],
        [1, 2],
        [1, 2],
      ]),
    SHAPE,
    'layers[0].weights must have 3 columns (units), got 2',
  ],
  [
    'weights with too many rows',
    ({ nn }) => setWeights(nn, 0, new Float32Array(9)),
    SHAPE,
    'layers[0].weights must have shape [2, 3], got [3, 3]',
  ],
  [
    'a NaN in weights',
    ({ nn }) => setWeights(nn, 1, [[1], [2], [Number.NaN]]),
    VALUE,
    'layers[1].weights at row 2, column 0 must be a finite number, got NaN',
  ],
  ['a bias that is too short', ({ nn }) => setBias(nn, 0, [1, 2]), SHAPE, 'layers[0].bias must have 3 values (units), got 2'],
  ['a bias of text', ({ nn }) => setBias(nn, 0, 'abc'), TYPE, 'layers[0].bias must be a typed array or an array of numbers, got "abc"'],
  ['a bias with a hole', ({ nn }) => setBias(nn, 0, new Array(3)), TYPE, 'layers[0].bias[0] must be a number, got undefined'],
  [
    'an infinite bias',
    ({ nn }) => setBias(nn, 0, { data: [1, 2, -Infinity], shape: [3] }),
    VALUE,
    'layers[0].bias at row 0, column 2 must be a finite number in f32 (up to 3.4e38), got -Infinity',
  ],
  [
    'no gradients',
    ({ nn }) => nn.update(undefined, 'sgd'),
    TYPE,
    'gradients must be an array with { weights, bias } or { parameters } for each layer that has weights, got undefined',
  ],
  [
    'too few gradients',
    ({ nn }) => nn.update([], 'sgd'),
    SHAPE,
    'gradients must have 2 elements, one for each layer that has weights, got 0',
  ],
  [
    'gradients of another network',
    ({ nn, classifier }) =>
      nn.update(
        [classifier, classifier].map((other) => (other.backward([[0, 1]], [1]) as { gradients: unknown[] }).gradients[0]),
        'sgd',
      ),
    VALUE,
    'gradients[0].layer must be 0, got 1',
  ],
  [
    'a gradient without bias',
    ({ nn }) => nn.update([{ weights: new Float32Array(6) }, {}], 'sgd'),
    TYPE,
    'gradients[0].bias must be a typed array or an array of numbers, got undefined',
  ],
  [
    'no optimizer',
    ({ nn }) => nn.update([]),
    TYPE,
    `optimizer must be the name or the options of an optimizer, got undefined; ${writeUpdate}`,
  ],
  [
    'a schedule for one step',
    ({ nn }) => nn.update([], { type: 'sgd', learningRate: { type: 'cosine' } }),
    OPTION,
    'optimizer.learningRate must be a number here: a schedule needs the epochs of fit',
  ],
];

export const elsewhere: Row[] = [
  ['no threads', () => setThreads(0), VALUE, 'threads must be a whole number from 1 to 256, got 0'],
  ['threads of text', () => (setThreads as Loose)('4'), TYPE, 'threads must be a whole number from 1 to 256, got "4"'],
  ['half a thread', () => setThreads(1.5), VALUE, 'threads must be a whole number from 1 to 256, got 1.5'],
  ['classes of different lengths', () => confusionMatrix([0, 1], [0]), SHAPE, 'predicted must have 2 classes like actual, got 1'],
  ['a class out of range', () => confusionMatrix([0, 2], [0, 1], 2), VALUE, 'actual[1] must be a class index below 2, got 2'],
  ['JSON that is none', () => NeuralNetwork.fromJSON(5), FORMAT, 'the JSON model must be an object, got 5'],
];
