/**
 * Names from other libraries, and the ones to write here: one table for the error messages and docs/habits.md. A test does
 * each of them both ways.
 */

/** The objects with options, or properties, that habits are known of. */
export type HabitPlace = 'fit' | 'network' | 'layer' | 'samples' | 'earlyStopping' | 'checkpoint' | 'session' | 'batcher';

const adam = "optimizer: { type: 'adam', learningRate: 0.01 }";
const sgd = "optimizer: { type: 'sgd', learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4 }";
const plateau = "optimizer: { type: 'adam', learningRate: { type: 'plateau', monitor: 'loss' } }";
const print = 'onEpoch: ({ epoch, loss }) => console.log(epoch, loss)';
const stop = "earlyStopping: { monitor: 'loss', target: 0.005 }";
const wait = "earlyStopping: { monitor: 'loss', patience: 5, restoreBest: true }";
const layers = "layers: [dense(8, 'relu'), dense(1)]";
const network = `new NeuralNetwork({ inputSize: 2, ${layers}, loss: 'mse', seed: 1 })`;
const withDropout = "layers: [dense(8, 'relu'), dropout(0.2), dense(1)]";
const penalised = "layers: [dense(8, 'relu', { l2: 1e-4 }), dense(1)]";
const frozen = "layers: [dense(8, 'relu', { trainable: false }), dense(1)]";
const slower = "layers: [dense(8, 'relu', { learningRateFactor: 0.1 }), dense(1)]";
const fit = "await nn.fit({ x, y }, { epochs: 100, batchSize: 4, optimizer: 'adam', metrics: ['mae'] })";
const pairs = 'x: data.map(({ input }) => input), y: data.map(({ output }) => output)';

/** Options, by the object that they are given in: several names for what is written alike. */
export const optionHabits: Readonly<Record<HabitPlace, readonly (readonly [names: readonly string[], write: string])[]>> = {
  fit: [
    [['learningRate', 'learning_rate', 'lr', 'eta'], adam],
    [['momentum', 'weightDecay', 'decay'], sgd],
    [['verbose', 'log', 'logPeriod', 'logging'], print],
    [['callbacks'], print],
    [['iterations', 'maxIter', 'nEpochs', 'numEpochs', 'nbEpoch'], 'epochs: 100'],
    [['batch_size', 'miniBatchSize', 'minibatch'], 'batchSize: 32'],
    [['drop_last', 'dropRemainder'], 'dropLast: true'],
    [['validation_split', 'testSize'], 'validationSplit: 0.2'],
    [['errorThresh', 'errorThreshold', 'tol'], stop],
    [['patience', 'restoreBest', 'earlyStop'], wait],
    [['timeout', 'maxSeconds', 'timeLimit'], 'maxTime: 60'],
    [['scheduler', 'lrScheduler', 'schedule', 'reduceLROnPlateau'], plateau],
    [['loss', 'seed', 'activation', 'layers', 'hiddenLayers'], network],
    [['dropout'], withDropout],
  ],
  network: [
    [['hiddenLayers', 'hiddenSizes', 'hiddenLayerSizes', 'units', 'sizes', 'outputSize', 'activation'], layers],
    [['inputShape', 'inputDim', 'inputUnits', 'nInputs'], 'inputSize: 2'],
    [['optimizer', 'learningRate', 'lr', 'momentum', 'epochs', 'iterations', 'batchSize', 'metrics', 'verbose'], fit],
    [['dropout'], withDropout],
  ],
  layer: [
    [['inputShape', 'inputDim', 'inputSize'], network],
    [['dropout'], withDropout],
    [['kernelRegularizer', 'regularizer', 'weightDecay'], penalised],
    [['freeze', 'frozen', 'requiresGrad'], frozen],
    [['learningRate', 'learningRateMultiplier', 'lr'], slower],
  ],
  samples: [
    [['input', 'inputs', 'X', 'xs', 'features'], 'x'],
    [['output', 'outputs', 'Y', 'ys', 'labels', 'label', 'target', 'targets'], 'y'],
  ],
  earlyStopping: [[['threshold', 'baseline', 'errorThresh'], 'target: 0.005']],
  checkpoint: [[['file', 'filepath', 'filename'], "path: 'model.checkpoint'"]],
  session: [[['batchSize', 'batch'], 'rows: 1']],
  batcher: [[['batchSize', 'batch_size', 'maxBatchSize'], 'maxBatch: 64']],
};

/** Methods of other libraries, which throw here and say what to write. */
export const methodHabits: readonly (readonly [names: readonly string[], write: string])[] = [
  [['train', 'trainAsync', 'learn'], fit],
  [['run', 'activate', 'predictOnBatch', 'predictProba', 'feedForward'], 'nn.predict(x)'],
  [['compile'], `nn = ${network}; ${fit}`],
  [['add', 'addLayer'], `nn = ${network}`],
  [['fitDataset'], 'await nn.fit(() => [{ x, y }])'],
  [
    ['trainOnBatch', 'propagate', 'backpropagate', 'backprop'],
    "nn.update(nn.backward(x, y).gradients, { type: 'sgd', learningRate: 0.1 })",
  ],
  [['step'], "nn.update(gradients, { type: 'sgd', learningRate: 0.1 })"],
  [['zeroGrad'], 'const { gradients } = nn.backward(x, y)'],
  [['toFunction'], 'nn.toJavaScript()'],
  [['stateDict'], 'nn.toPyTorch()'],
  [['test', 'score'], 'await nn.evaluate({ x, y })'],
  [['getWeights', 'setWeights', 'parameters'], 'const { weights, bias } = nn.layers[0]'],
];

/** A call in the table below. */
export type CallHabit =
  | 'fit(X, y)'
  | 'fit([{ input, output }])'
  | 'evaluate(X, y)'
  | 'layers: [8, 1]'
  | 'dense(8, { activation })'
  | 'dense({ units, activation })'
  | 'dropout({ rate })'
  | 'update(gradients, 0.1)'
  | 'update(backward(x, y), optimizer)'
  | 'forward(row); backward(target)'
  | 'backward({ x, y })';

/** Calls with other arguments. */
export const callHabits: Readonly<Record<CallHabit, string>> = {
  'fit(X, y)': 'await nn.fit({ x: X, y }, { epochs: 100 })',
  'fit([{ input, output }])': `await nn.fit({ ${pairs} })`,
  'evaluate(X, y)': 'await nn.evaluate({ x: X, y })',
  'layers: [8, 1]': layers,
  'dense(8, { activation })': "dense(8, 'relu')",
  'dense({ units, activation })': "dense(8, 'relu')",
  'dropout({ rate })': 'dropout(0.2)',
  'update(gradients, 0.1)': "nn.update(gradients, { type: 'sgd', learningRate: 0.1 })",
  'update(backward(x, y), optimizer)': "nn.update(nn.backward(x, y).gradients, { type: 'sgd', learningRate: 0.1 })",
  'forward(row); backward(target)': 'const { loss, gradients } = nn.backward(x, y)',
  'backward({ x, y })': 'const { loss, gradients } = nn.backward(x, y)',
};

/** The replacement of an option; undefined where the table has none. */
export function optionHabit(place: HabitPlace, name: string): string | undefined {
  return optionHabits[place].find(([names]) => names.includes(name) || names.some((known) => plain(known) === plain(name)))?.[1];
}

/** Case and underscores do not matter, but for a single letter: `X` is not `x`. */
const plain = (name: string): string => (name.length === 1 ? name : name.toLowerCase().replace(/[_-]/g, ''));
