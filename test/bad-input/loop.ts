import { count, OPTION, type Row, TYPE, VALUE, xy } from './row';

const sgd = (learningRate: unknown) => ({ optimizer: { type: 'sgd', learningRate } });
const stream = () => [xy];

/** Schedules, callbacks, limits and streams. */
export const loop: Row[] = [
  [
    'milestones that fall',
    ({ nn }) => nn.fit(xy, sgd({ type: 'multiStep', milestones: [3, 3] })),
    VALUE,
    'optimizer.learningRate.milestones must be an array of ascending epochs, above 0, got an array of 2',
  ],
  [
    'a milestone of 0',
    ({ nn }) => nn.fit(xy, sgd({ type: 'multiStep', milestones: [0] })),
    VALUE,
    `optimizer.learningRate.milestones[0] must be ${count}, got 0`,
  ],
  [
    'half an epoch of warm-up',
    ({ nn }) => nn.fit(xy, sgd({ type: 'cosine', warmup: 0.5 })),
    VALUE,
    'optimizer.learningRate.warmup must be a whole number from 0 to 2147483647, got 0.5',
  ],
  [
    'a schedule per minute',
    ({ nn }) => nn.fit(xy, sgd({ type: 'cosine', per: 'minute' })),
    VALUE,
    'optimizer.learningRate.per must be one of "epoch" or "step", got "minute"',
  ],
  [
    'a plateau per step',
    ({ nn }) => nn.fit(xy, sgd({ type: 'plateau', per: 'step' })),
    VALUE,
    'optimizer.learningRate.per must be "epoch", got "step"',
  ],
  [
    'a plateau of what is not measured',
    ({ nn }) => nn.fit(xy, sgd({ type: 'plateau', monitor: 'mae' })),
    OPTION,
    'optimizer.learningRate.monitor "mae" needs metrics to have "mae"',
  ],
  [
    'a plateau of validation data that are not there',
    ({ nn }) => nn.fit(xy, { optimizer: { type: 'adam', weightDecay: { type: 'plateau', initial: 1, monitor: 'val_loss' } } }),
    OPTION,
    'optimizer.weightDecay.monitor "val_loss" needs validation data: give validation or validationSplit',
  ],
  [
    'a cycle with an initial rate',
    ({ nn }) => nn.fit(xy, sgd({ type: 'oneCycle', initial: 1 })),
    OPTION,
    'optimizer.learningRate has no option "initial"; it has type, peak, per, warmup, rise, divisor, finalDivisor',
  ],
  [
    'a rise of 1',
    ({ nn }) => nn.fit(xy, sgd({ type: 'oneCycle', rise: 1 })),
    VALUE,
    'optimizer.learningRate.rise must be a finite number above 0 and below 1, got 1',
  ],
  [
    'a power of 0',
    ({ nn }) => nn.fit(xy, sgd({ type: 'polynomial', power: 0 })),
    VALUE,
    'optimizer.learningRate.power must be a finite number above 0, got 0',
  ],
  [
    'half a cycle',
    ({ nn }) => nn.fit(xy, sgd({ type: 'coslog', cycles: 0.5 })),
    VALUE,
    'optimizer.learningRate.cycles must be a whole number from 1 to 30, got 0.5',
  ],
  [
    'a cycle that shrinks',
    ({ nn }) => nn.fit(xy, sgd({ type: 'cosineRestarts', period: 3, periodFactor: 0.5 })),
    VALUE,
    `optimizer.learningRate.periodFactor must be ${count}, got 0.5`,
  ],
  [
    'more dropout than there is',
    ({ nn }) => nn.fit(xy, { dropoutSchedule: 1.5 }),
    VALUE,
    'dropoutSchedule must be a finite number from 0 to 1, got 1.5',
  ],
  [
    'dropout that ends at more than there is',
    ({ nn }) => nn.fit(xy, { dropoutSchedule: { type: 'cosine', final: 2 } }),
    VALUE,
    'dropoutSchedule.final must be a finite number from 0 to 1, got 2',
  ],
  [
    'a schedule of steps for a stream of unknown length',
    ({ nn }) => nn.fit(stream, sgd({ type: 'oneCycle' })),
    OPTION,
    'optimizer.learningRate changes at each step, and needs stepsPerEpoch for a stream: how many steps there are is not known before',
  ],
  [
    'stepsPerEpoch for samples',
    ({ nn }) => nn.fit(xy, { stepsPerEpoch: 3 }),
    OPTION,
    'stepsPerEpoch goes with a stream only: the epochs of { x, y } have all rows',
  ],
  ['stepsPerEpoch 0', ({ nn }) => nn.fit(stream, { stepsPerEpoch: 0 }), VALUE, `stepsPerEpoch must be ${count}, got 0`],
  [
    'a schedule of a single step',
    ({ nn }) => nn.update([], { type: 'adam', weightDecay: { type: 'cosine', initial: 1 } }),
    OPTION,
    'optimizer.weightDecay must be a number here: a schedule needs the epochs of fit',
  ],
  ['onBatch that is no function', ({ nn }) => nn.fit(xy, { onBatch: true }), TYPE, 'onBatch must be a function, got true'],
  ['no time', ({ nn }) => nn.fit(xy, { maxTime: 0 }), VALUE, 'maxTime must be a finite number above 0, got 0'],
  ['endless time', ({ nn }) => nn.fit(xy, { maxTime: Infinity }), VALUE, 'maxTime must be a finite number above 0, got Infinity'],
  ['warnings as text', ({ nn }) => nn.fit(xy, { warnings: 'none' }), TYPE, 'warnings must be true or false, got "none"'],
  [
    'ties for both',
    ({ nn }) => nn.fit(xy, { earlyStopping: { ties: 'both' } }),
    VALUE,
    'earlyStopping.ties must be one of "first" or "last", got "both"',
  ],
];
