import { samples, toRows } from './data.mjs';
import { main, measure } from './measure.mjs';
import { load, version } from './peers.mjs';

const { Architect } = load('synaptic');

/** synaptic updates after every sample; a step of a batch is as many updates. */
async function train(spec) {
  const net = new Architect.Perceptron(...spec.sizes);
  const { x, y, outputs } = samples({ ...spec, batches: 1 });
  const inputs = toRows(x, spec.sizes[0]);
  const targets = toRows(y, outputs);
  const epoch = () => {
    for (let i = 0; i < inputs.length; i++) {
      net.activate(inputs[i]);
      net.propagate(0.1, targets[i]);
    }
  };
  return { ...(await measure(epoch, spec.seconds)), version: version('synaptic') };
}

await main({ train });
