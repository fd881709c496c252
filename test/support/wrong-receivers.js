'use strict';
// Calls every method and accessor of every native class on what is not an object of it, and prints what was not refused, as JSON.
const path = require('node:path');
const native = require('node-gyp-build')(path.join(__dirname, '../..'));

const initializer = { type: 'zeros', value: 0, mean: 0, stddev: 0, low: 0, high: 0 };
const layer = { type: 'dense', units: 1, activation: 'linear', weightsInitializer: initializer, biasInitializer: initializer };
const spec = { precision: 'f32', seed: 1, inputSize: 2, layers: [layer], loss: { type: 'mse', delta: 1 } };
const optimizer = {
  ...{ type: 'sgd', learningRate: 0, weightDecay: 0, momentum: 0, nesterov: false, beta1: 0, beta2: 0, alpha: 0, epsilon: 0 },
  ...{ centered: false, learningRateDecay: 0, initialAccumulator: 0 },
};
const network = new native.Network(spec);
const trainer = network.trainer({ optimizer, batchSize: 1, shuffle: false, metrics: false });
const snapshot = network.snapshot();
const shared = (length) => new Float32Array(new SharedArrayBuffer(4 * length));
const bound = network.bind(shared(2), shared(1));

class Sub extends native.Network {}
const others = (object) => [
  ...[undefined, null, 1, 'text', Symbol('s'), {}, [], () => {}, snapshot, bound, new Float32Array(4)],
  ...[Object.create(object), new Proxy(object, {}), Object.getPrototypeOf(object), Object.create(Sub.prototype)],
  Reflect.construct(Object, [], object.constructor),
];

const wrong = [];
let calls = 0;
for (const [object, other] of [
  [network, trainer],
  [trainer, network],
]) {
  for (const [name, { get, value }] of Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(object)))) {
    if (name === 'constructor') continue;
    for (const receiver of [...others(object), other]) {
      calls++;
      try {
        (get ?? value).call(receiver, receiver, 1, receiver);
        wrong.push(`${name} did not throw`);
      } catch (error) {
        if (!(error instanceof TypeError) || error.code !== 'ERR_CHAINRULE_TYPE') wrong.push(`${name}: ${error.message}`);
      }
    }
  }
}
// A subclass's own object is one of ours.
if (new Sub(spec).parameterCount !== 3) wrong.push('a subclass');
console.log(JSON.stringify({ calls, wrong }));
