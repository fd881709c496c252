'use strict';
// Calls every method and accessor of every native class on what is not an object of it, and prints what was not refused, as JSON.
const path = require('node:path');
const native = require('node-gyp-build')(path.join(__dirname, '../..'));
const wire = require('./raw-wire');

const spec = wire.oneLayer(native, 2, 1);
const network = new native.Network(spec, 'f32');
const trainer = network.trainer(wire.trainer(native, { batchSize: 1, shuffle: false }, 'sgd', {}));
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
if (new Sub(spec, 'f32').parameterCount !== 3) wrong.push('a subclass');
console.log(JSON.stringify({ calls, wrong }));
