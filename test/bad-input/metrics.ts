import { metrics } from '../../lib';
import { type Loose, OPTION, type Row, SHAPE, TYPE, VALUE, x, xy, y } from './row';

const plain = metrics as unknown as Record<keyof typeof metrics, Loose>;
const custom = { name: 'mine', value: () => 1 };
const labels = [0, 1, 2, 0];

/** Metrics of plain arrays, and as options of `fit` and `evaluate`. */
export const metricRows: Row[] = [
  ['no classes', () => plain.accuracy([], []), SHAPE, 'actual must have at least one row, got none'],
  ['lists that differ in length', () => plain.f1([0, 1], [0]), SHAPE, 'predicted must have 2 classes like actual, got 1'],
  [
    'probabilities as classes',
    () => plain.f1([0, 1], [0.2, 0.8]),
    VALUE,
    'predicted[0] must be a class: a whole number or a name, got 0.2; toClasses gives the classes of probabilities',
  ],
  [
    'rows as classes',
    () => plain.accuracy([0, 1], x.slice(0, 2)),
    OPTION,
    'predicted must have one class for each sample, got rows of several values: toClasses(predicted) gives their classes',
  ],
  ['a class that is null', () => plain.mcc([0, null], [0, 1]), TYPE, 'actual[1] must be a class: a whole number or a name, got null'],
  ['a number that is NaN', () => plain.mse([0, Number.NaN], [0, 1]), VALUE, 'actual at row 1, column 0 must be a finite number, got NaN'],
  [
    'numbers of another shape',
    () =>
      plain.r2(
        [0, 1],
        [
          [1, 2],
          [3, 4],
        ],
      ),
    SHAPE,
    'predicted must have shape [2, 1] like actual, got [2, 2]',
  ],
  ['no probability', () => plain.logLoss([0, 1], [0.5, 1.5]), VALUE, 'predicted at row 1, column 0 must be a probability, got 1.5'],
  [
    'a class beyond the columns',
    () => plain.rocAuc([0, 2], [0.5, 0.1]),
    VALUE,
    'actual[1] must be a class index from 0 to 1, as predicted has its columns, got 2',
  ],
  [
    'an unknown option',
    () => plain.f1([0, 1], [0, 1], { averages: 'macro' }),
    OPTION,
    'options has no option "averages"; did you mean "average"?',
  ],
  [
    'an option of another metric',
    () => plain.accuracy([0, 1], [0, 1], { average: 'macro' }),
    OPTION,
    'options has no option "average"; it has sampleWeight',
  ],
  [
    'an unknown average',
    () => plain.f1([0, 1], [0, 1], { average: 'makro' }),
    VALUE,
    'options.average must be one of "binary", "micro", "macro", "weighted" or "none", got "makro"; did you mean "macro"?',
  ],
  [
    'a micro-averaged area',
    () => plain.rocAuc([0, 1], [0, 1], { average: 'micro' }),
    VALUE,
    'options.average must be one of "macro", "weighted" or "none" for an area, got "micro"',
  ],
  ['no beta', () => plain.fBeta([0, 1], [0, 1], {}), TYPE, 'options.beta must be a finite number above 0, got undefined'],
  [
    'two classes of three',
    () => plain.f1(labels, labels, { average: 'binary' }),
    OPTION,
    'options.average "binary" needs options.positive, as the classes are not 0 and 1',
  ],
  [
    'a weight below 0',
    () => plain.mae([0, 1], [0, 1], { sampleWeight: [1, -1] }),
    VALUE,
    'options.sampleWeight[1] must be a number of at least 0, got -1',
  ],
  ['too few weights', () => plain.mae([0, 1], [0, 1], { sampleWeight: [1] }), SHAPE, 'options.sampleWeight must have 2 values, got 1'],
  [
    'labels twice',
    () => plain.f1([0, 1], [0, 1], { labels: [1, 1] }),
    VALUE,
    'options.labels must be labels that all differ, got an array of 2',
  ],
  ['indicators that are not 0 or 1', () => plain.f1([[0, 2]], [[0, 1]]), VALUE, 'actual at row 0, column 1 must be 0 or 1, got 2'],
  [
    'a metric that is a number',
    ({ nn }) => nn.fit(xy, { metrics: [1] }),
    TYPE,
    'metrics[0] must be the name of a metric, { type } with its settings, or { name, value }, got 1',
  ],
  [
    'a setting that a metric has not',
    ({ nn }) => nn.evaluate(xy, { metrics: [{ type: 'f1', k: 2 }] }),
    OPTION,
    'metrics[0] has no option "k"; it has type, name, average, zeroDivision',
  ],
  [
    'two metrics of one name',
    ({ nn }) => nn.fit(xy, { metrics: ['f1', { type: 'f1', average: 'macro' }] }),
    OPTION,
    'metrics has two called "f1": give one of them another name',
  ],
  [
    'a function of the name of another metric',
    ({ nn }) => nn.fit(xy, { metrics: [{ ...custom, name: 'f1' }] }),
    VALUE,
    'metrics[0].name must be another name than that of a metric of the package, got "f1"',
  ],
  [
    'a name that results have',
    ({ nn }) => nn.fit(xy, { metrics: [{ ...custom, name: 'seconds' }] }),
    VALUE,
    'metrics[0].name must be a name that the results do not have already, got "seconds"',
  ],
  [
    'a list in the history',
    ({ nn }) => nn.fit(xy, { metrics: [{ type: 'f1', average: 'none', name: 'each' }] }),
    OPTION,
    'the metric "each" has a figure for each class, but the history has one number for each epoch: take another average than "none"',
  ],
  [
    'a list under the name of a number',
    ({ nn }) => nn.evaluate(xy, { metrics: [{ type: 'f1', average: 'none' }] }),
    OPTION,
    'the metric "f1" has a list for each class: give it a name of its own, such as "f1PerClass"',
  ],
  [
    'probabilities of a regression',
    ({ nn }) => nn.evaluate(xy, { metrics: ['logLoss'] }),
    OPTION,
    'the metric "logLoss" needs probabilities, which a last activation of "linear" does not give',
  ],
  [
    'two classes of several',
    ({ classifier }) => classifier.fit({ x, y: labels }, { metrics: [{ type: 'f1', average: 'binary' }] }),
    OPTION,
    'the metric "f1" has an average for two classes only: take "macro"',
  ],
  [
    'the largest of one',
    ({ nn }) => nn.evaluate(xy, { metrics: ['topKAccuracy'] }),
    OPTION,
    'the metric "topKAccuracy" needs an output for each class, but there is one output',
  ],
  [
    'a function that gives text',
    ({ nn }) => nn.evaluate(xy, { metrics: [{ ...custom, value: () => 'good' }] }),
    TYPE,
    'the value of the metric "mine" must be a number, got "good"',
  ],
  [
    'a monitor that is better in no direction',
    ({ nn }) => nn.fit(xy, { metrics: [custom], earlyStopping: { monitor: 'mine' } }),
    OPTION,
    'earlyStopping.monitor "mine" needs earlyStopping.mode, or better in the metric',
  ],
  [
    'a metric that a stream has not',
    ({ nn }) => nn.fit(() => [xy], { metrics: ['r2'] }),
    OPTION,
    'the metric "r2" of a stream needs validation data: its own rows are not kept',
  ],
  [
    'a monitor that a stream has not',
    ({ nn }) => nn.fit(() => [xy], { metrics: ['r2'], validation: { x, y }, earlyStopping: { monitor: 'r2' } }),
    OPTION,
    'earlyStopping.monitor "r2" is not measured on a stream: take "val_r2"',
  ],
];
