// XOR and digits, as a page in a browser does it and Node.js too: what came out, as plain data.

/** SHA-256 of all parameters, in hex. */
async function digest(nn) {
  const arrays = nn.layers.filter(({ type }) => type === 'dense').flatMap(({ weights, bias }) => [weights.data, bias.data]);
  const bytes = await new Blob(arrays).arrayBuffer();
  return Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

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

export async function learn(chainrule, digits) {
  const { isa, isas, precisions, threads } = chainrule.info();
  return { info: { isa, isas, precisions, threads }, xor: await xor(chainrule), digits: await readDigits(chainrule, digits) };
}
