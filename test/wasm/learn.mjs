// XOR and digits, as a page in a browser does it and Node.js too: what came out, as plain data.

async function sha256(parts) {
  const bytes = await new Blob(parts).arrayBuffer();
  return Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** SHA-256 of all parameters, in hex. */
const digest = (nn) => sha256(nn.layers.filter(({ type }) => type === 'dense').flatMap(({ weights, bias }) => [weights.data, bias.data]));

async function xor({ NeuralNetwork, dense }) {
  const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(4, 'tanh'), dense(1, 'sigmoid')], seed: 2 });
  const x = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  await nn.fit({ x, y: [0, 1, 1, 0] }, { epochs: 300, batchSize: 4, optimizer: { type: 'adam', learningRate: 0.05 } });
  const session = nn.session();
  const bySession = x.map((row) => {
    session.input.set(row);
    return session.run()[0];
  });
  return { outputs: [...nn.predict(x).data], bySession, bits: await digest(nn) };
}

/** `training` and `heldOut`: images of 784 pixels in one array, and labels. */
async function readDigits({ NeuralNetwork, dense, dropout }, { training, heldOut }) {
  const nn = new NeuralNetwork({
    inputSize: 784,
    layers: [dense(64, 'relu'), dropout(0.1), dense(10, 'softmax')],
    loss: 'crossEntropy',
    seed: 42,
  });
  const { loss } = await nn.fit(training, { epochs: 8, batchSize: 32, optimizer: 'adam', metrics: ['accuracy'] });
  const { accuracy } = await nn.evaluate(heldOut, { metrics: ['accuracy'] });
  const { data } = await NeuralNetwork.fromJSON(JSON.parse(JSON.stringify(nn))).predictAsync(heldOut.x);
  return { losses: [...loss], accuracy, someOutputs: [...data.slice(0, 20)], bits: await digest(nn) };
}

/** Models and arrays as bytes, texts and objects, out and in again; a digest of each file. */
async function travel({ NeuralNetwork, dense, readNpy, readNpz, toNpy, toNpz }) {
  const options = { inputSize: 3, layers: [{ type: 'normalize' }, dense(5, 'relu'), { type: 'batchNorm' }, dense(2, 'softmax')], seed: 3 };
  const nn = new NeuralNetwork(options);
  await nn.adapt([
    [1, 2, 3],
    [4, 7, 9],
  ]);
  nn.metadata = { name: 'Übung' };
  const wanted = JSON.stringify(nn.toJSON().parameters);
  const { stateDict, module } = nn.toPyTorch();
  const again = {
    bytes: await NeuralNetwork.load(nn.toBytes()),
    text: NeuralNetwork.fromJSON(JSON.parse(JSON.stringify(nn.toJSON({ weights: 'base64' })))),
    pytorch: await NeuralNetwork.fromSafetensors(stateDict, options),
    onnx: await NeuralNetwork.fromONNX(nn.toONNX()),
  };
  const array = { data: Float32Array.from({ length: 1000 }, (_, i) => i % 7), shape: [10, 100] };
  const files = [nn.toBytes(), stateDict, module, nn.toJavaScript(), toNpy(array), await toNpz({ array })];
  const compressed = await toNpz({ array }, { compress: true });
  const read = [await readNpy(files[4]), (await readNpz(files[5])).array, (await readNpz(compressed)).array];
  compressed[60] ^= 1;
  const damaged = await readNpz(compressed).catch(({ code }) => code);
  const brain = await NeuralNetwork.fromBrainJS({
    ...{
      type: 'NeuralNetwork',
      sizes: [2, 1],
      layers: [
        { weights: [], biases: [] },
        { weights: [[1, 2]], biases: [0] },
      ],
    },
    ...{ inputLookup: null, outputLookup: null, options: { activation: 'relu' } },
  });
  const config = { name: 'dense', units: 1, activation: 'relu', batch_input_shape: [null, 2] };
  const tfjs = await NeuralNetwork.fromTfjs({
    modelTopology: { class_name: 'Sequential', config: { layers: [{ class_name: 'Dense', config }] } },
    weightSpecs: [
      { name: 'dense/kernel', shape: [2, 1], dtype: 'float32' },
      { name: 'dense/bias', shape: [1], dtype: 'float32' },
    ],
    weightData: Float32Array.of(1, 2, 3).buffer,
  });
  return {
    same: Object.entries(again)
      .filter(([, other]) => JSON.stringify(other.toJSON().parameters) === wanted)
      .map(([name]) => name),
    metadata: again.bytes.metadata,
    digests: await Promise.all(files.map((file) => sha256([file]))),
    arrays: read.filter(({ data, shape }) => String(data) === String(array.data) && String(shape) === String(array.shape)).length,
    damaged,
    foreign: [brain, tfjs].map((other) => other.predict([10, 20]).data[0]),
  };
}

export async function learn(chainrule, digits) {
  const { isa, isas, precisions, threads } = chainrule.info();
  return {
    info: { isa, isas, precisions, threads },
    xor: await xor(chainrule),
    digits: await readDigits(chainrule, digits),
    travel: await travel(chainrule),
  };
}
