import { batchNorm, dense, layerNorm } from '../../lib';
import { type Loose, loose, make, OPTION, type Row, SHAPE, TYPE, VALUE } from './row';

const normalised = () => loose(make({ inputSize: 2, layers: [dense(3), batchNorm(), dense(1)] }));
const rows = (count: number) => ({ x: Array.from({ length: count }, (_, i) => [i, 1]), y: new Array(count).fill(0) });
const epsilon = 'a finite number from 1e-12 to 1';
const why = 'as layers[1] is batchNorm, which measures each batch';

export const norms: Row[] = [
  [
    'a misspelt option of batchNorm',
    () => (batchNorm as Loose)({ momentun: 0.1 }),
    OPTION,
    'batchNorm() has no option "momentun"; did you mean "momentum"?',
  ],
  ['momentum above 1', () => batchNorm({ momentum: 1.5 }), VALUE, 'batchNorm().momentum must be a finite number from 0 to 1, got 1.5'],
  ['a number for the options of batchNorm', () => (batchNorm as Loose)(0.1), TYPE, 'batchNorm() options must be an object, got 0.1'],
  ['an epsilon of 0', () => layerNorm({ epsilon: 0 }), VALUE, `layerNorm().epsilon must be ${epsilon}, got 0`],
  ['a string for epsilon', () => (layerNorm as Loose)({ epsilon: '1' }), TYPE, `layerNorm().epsilon must be ${epsilon}, got "1"`],
  [
    'a last layer of batchNorm',
    () => make({ inputSize: 2, layers: [dense(2), batchNorm()] }),
    OPTION,
    'the last layer must be dense, got "batchNorm"; batchNorm belongs between dense layers',
  ],
  [
    'a last layer of layerNorm',
    () => make({ inputSize: 2, layers: [dense(2), layerNorm()] }),
    OPTION,
    'the last layer must be dense, got "layerNorm"; layerNorm belongs between dense layers',
  ],
  [
    'a last batch of one row under batchNorm',
    () => normalised().fit(rows(33), {}),
    SHAPE,
    `the last batch of an epoch must have at least 2 rows, ${why}, but 33 rows in batches of 32 leave 1 for it: use dropLast: true, or ` +
      'another batchSize',
  ],
  [
    'batches of one row under batchNorm',
    () => normalised().fit(rows(4), { batchSize: 1, dropLast: true }),
    VALUE,
    `batchSize must be at least 2, ${why}, got 1`,
  ],
  ['one row under batchNorm', () => normalised().fit(rows(1), { dropLast: true }), SHAPE, `data must have at least 2 rows, ${why}, got 1`],
  ['one row for a step under batchNorm', () => normalised().backward([[1, 2]], [[3]]), SHAPE, `x must have at least 2 rows, ${why}, got 1`],
  [
    'one row in a stream under batchNorm',
    () => normalised().fit(() => [rows(1)], {}),
    SHAPE,
    `batches[0] must have at least 2 rows, ${why}, got 1`,
  ],
  ['dropLast 1', ({ nn }) => nn.fit(rows(4), { dropLast: 1 }), TYPE, 'dropLast must be true or false, got 1'],
  [
    'dropLast for a stream',
    ({ nn }) => nn.fit(() => [rows(4)], { dropLast: true }),
    OPTION,
    'dropLast does not go with a stream: its batches are trained on as they come',
  ],
  [
    'a negative variance',
    () => Object.assign(normalised().layers[1]?.parameters as object, { runningVariance: [1, -1, 1] }),
    VALUE,
    'layers[1].parameters.runningVariance[1] must be at least 0, got -1',
  ],
];
