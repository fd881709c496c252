'use strict';
// Run with UV_THREADPOOL_SIZE=1: what Node does on its own threads must be done while ours train, predict and evaluate for as long as they
// are let. If they took that one thread, nothing would ever be printed.
const dns = require('node:dns/promises');
const fs = require('node:fs/promises');
const zlib = require('node:zlib');
const { promisify } = require('node:util');
const { NeuralNetwork, dense } = require('../../dist');

async function main() {
  const nn = new NeuralNetwork({ inputSize: 64, layers: [dense(256, 'relu'), dense(1)] });
  const data = { x: new Float32Array(64 * 2000).fill(0.5), y: new Float32Array(2000) };
  const controller = new AbortController();
  const { signal } = controller;
  let training = true;
  const ended = nn
    .fit(data, { epochs: 2 ** 30, signal, warnings: false })
    .catch((error) => error.name)
    .finally(() => {
      training = false;
    });
  const forever = (work) => work().then(() => signal.aborted || forever(work));
  const others = [forever(() => nn.predictAsync(data.x)), forever(() => nn.evaluate(data))];
  const done = [];
  const note = (what) => () => done.push(training ? what : `${what}, too late`);
  await Promise.all([
    fs.readFile(__filename).then(note('file')),
    dns.lookup('localhost').then(note('name')),
    promisify(zlib.gzip)('x').then(note('gzip')),
  ]);
  controller.abort();
  console.log(JSON.stringify({ done: done.sort(), ended: await ended }));
  await Promise.all(others);
}

main();
