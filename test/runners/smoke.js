/**
 * Uses the library as tests of users do, in the realm of the test runner: trains, predicts in every way, saves, loads, and
 * fails. Resolves to what was not as expected. `file` is a path to write a model to.
 */
module.exports = async function smoke(chainrule, file) {
  const { NeuralNetwork, dense, toClasses, confusionMatrix, ChainruleError, ChainruleTypeError, ChainruleRangeError } = chainrule;
  const wrong = [];
  const expect = (name, truth) => {
    if (!truth) wrong.push(name);
  };
  /** An Array of this realm. */
  const isArray = (value) => Object.getPrototypeOf(value) === Array.prototype;
  const x = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  const y = [0, 1, 1, 0];
  const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(8, 'tanh'), dense(1, 'sigmoid')], seed: 1 });
  const epochs = [];
  const options = {
    epochs: 300,
    batchSize: 4,
    optimizer: { type: 'adam', learningRate: 0.05 },
    onEpoch: ({ epoch }) => epochs.push(epoch),
  };
  const training = nn.fit({ x, y }, options);
  expect('fit returns a Promise', training instanceof Promise);
  const history = await training;
  expect('history.loss is an Array', isArray(history.loss));
  expect('it learns', history.loss.at(-1) < 0.1);
  expect('onEpoch is called', epochs.length === 300);

  const rounded = ({ data }) => [...data].map(Math.round).join();
  const many = { data: new Float32Array(2000), shape: [1000, 2] };
  expect('predict', rounded(nn.predict(x)) === '0,1,1,0');
  expect('predict: rows of a typed array', rounded(nn.predict({ data: Float64Array.of(0, 1, 1, 1), shape: [2, 2] })) === '1,0');
  expect('predict: a Float32Array', nn.predict(x).data instanceof Float32Array);
  expect('predict: shape is an Array', isArray(nn.predict(x).shape));
  expect('predictAsync', rounded(await nn.predictAsync(x)) === '0,1,1,0');
  expect('predictAsync: a Float32Array', (await nn.predictAsync(x)).data instanceof Float32Array);
  expect('predictAsync, many rows: a Float32Array', (await nn.predictAsync(many)).data instanceof Float32Array);
  const { accuracy, confusionMatrix: matrix } = await nn.evaluate({ x, y }, { metrics: ['accuracy'], confusionMatrix: true });
  expect('evaluate', accuracy === 1 && matrix[0][0] === 2);
  expect('evaluate: the matrix is an Array', isArray(matrix) && isArray(matrix[0]));
  expect('toClasses', [...toClasses(nn.predict(x))].join() === '0,1,1,0');
  expect('confusionMatrix', confusionMatrix(y, y)[1][1] === 2);

  const session = nn.session({ rows: 1 });
  expect('session: a Float32Array', session.input instanceof Float32Array && session.output instanceof Float32Array);
  session.input.set([0, 1]);
  session.run();
  expect('session', Math.round(session.output[0]) === 1);
  const batcher = nn.batcher({ maxBatch: 4 });
  const answers = await Promise.all(x.map((row) => batcher.predict(row)));
  expect('batcher', answers.map(({ data }) => Math.round(data[0])).join() === '0,1,1,0');
  expect('batcher: a Float32Array', answers[0].data instanceof Float32Array);
  await batcher.close();

  const { loss, gradients } = nn.backward(x, y);
  expect('backward', loss < 0.1 && gradients[0].weights.data instanceof Float32Array);
  expect('weights: a Float32Array', nn.layers[0].weights.data instanceof Float32Array);
  nn.update(gradients, 'adam');
  nn.layers[1].bias = [0];

  const before = rounded(nn.predict(x));
  await nn.save(file);
  const loaded = await NeuralNetwork.load(file);
  expect('save and load', rounded(loaded.predict(x)) === before);
  expect('load: a NeuralNetwork', loaded instanceof NeuralNetwork);
  const document = JSON.parse(JSON.stringify(nn.toJSON()));
  expect('toJSON and fromJSON', rounded(NeuralNetwork.fromJSON(document).predict(x)) === before);
  expect('share', rounded(NeuralNetwork.fromShared(nn.share()).predict(x)) === before);
  await nn.fit({ x, y }, { epochs: 2, checkpoint: { path: `${file}.checkpoint` } });

  const thrown = async (body) => {
    try {
      await body();
      return undefined;
    } catch (error) {
      return error;
    }
  };
  const typeError = await thrown(() => nn.predict('text'));
  expect('a type: ChainruleTypeError', typeError instanceof ChainruleTypeError && typeError instanceof TypeError);
  const rangeError = await thrown(() => dense(-1));
  expect('a range: ChainruleRangeError', rangeError instanceof ChainruleRangeError && rangeError instanceof RangeError);
  const missing = await thrown(() => NeuralNetwork.load(`${file}.missing`));
  expect('no file: a code', typeof missing.code === 'string');
  const damaged = await thrown(() => NeuralNetwork.fromJSON({}));
  expect('no model: a coded error', damaged instanceof Error && String(damaged.code).startsWith('ERR_CHAINRULE_'));
  const controller = new AbortController();
  controller.abort();
  const aborted = await thrown(() => nn.fit({ x, y }, { epochs: 5, signal: controller.signal }));
  expect('aborted: an AbortError', aborted instanceof Error && aborted.name === 'AbortError');
  expect('ChainruleError is a class of Error', ChainruleError.prototype instanceof Error);
  return wrong;
};
