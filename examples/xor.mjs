// XOR, with the four steps of backpropagation in your hands: node examples/xor.mjs
// (`chainrule xor` has the same side by side with a published table.)
import { dense, NeuralNetwork } from 'chainrule';

const x = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const y = [[0], [1], [1], [0]];

const nn = new NeuralNetwork({
  inputSize: 2,
  layers: [dense(4, 'tanh'), dense(1, 'sigmoid')],
  loss: 'binaryCrossEntropy',
  seed: 1,
});
console.log(`${nn.summary()}\n`);

const epochs = 500;
for (let epoch = 0; epoch < epochs; epoch++) {
  const output = nn.forward(x); //                                   1. predictions
  const { loss, gradients } = nn.backward(x, y); //                  2. loss   3. gradients
  nn.update(gradients, { type: 'sgd', learningRate: 1 }); //         4. update
  if (epoch % 100 === 0) console.log(`epoch ${String(epoch).padStart(3)}   loss ${loss.toFixed(4)}   outputs ${rounded(output)}`);
}
console.log(`epoch ${epochs}   loss ${(await nn.evaluate({ x, y })).loss.toFixed(4)}   outputs ${rounded(nn.predict(x))}`);

// The same in one call is what you would use: `fit` runs off the main thread, and far faster.
const same = NeuralNetwork.fromJSON(nn.toJSON());
const history = await same.fit({ x, y }, { epochs, batchSize: 4, optimizer: { type: 'sgd', learningRate: 1 } });
console.log(`\n${epochs} more epochs with fit: loss ${history.loss.at(-1).toFixed(4)}, ${(history.seconds * 1000).toFixed(1)} ms`);

function rounded({ data }) {
  return Array.from(data, (value) => value.toFixed(3)).join(' ');
}
