'use strict';
// node save-until-killed.js save <file> <inputs> <version>: saves one model after another over the same file, from that version on. Each save
// is announced with "begin <version>", and with "end <version>" when it is done.
// node save-until-killed.js checkpoint <file> <epochs>: trains with a checkpoint after each epoch, and resumes.
// test/formats/killed.test.ts kills it. The lines are written at once: a pipe keeps them.
const { writeSync } = require('node:fs');
const { NeuralNetwork } = require('../../dist');
const { killedModel, killedTraining } = require('./killed-models');

const [, , mode, file, size, first] = process.argv;

async function save() {
  for (let version = Number(first); ; version++) {
    const nn = killedModel(NeuralNetwork, Number(size), version);
    writeSync(1, `begin ${version}\n`);
    await nn.save(file);
    writeSync(1, `end ${version}\n`);
  }
}

async function checkpoint() {
  const { options, data, fit } = killedTraining;
  const nn = new NeuralNetwork(options);
  const onEpoch = ({ epoch }) => writeSync(1, `end ${epoch}\n`);
  await nn.fit(data, { ...fit, epochs: Number(size), onEpoch, checkpoint: { path: file, resume: true } });
}

(mode === 'save' ? save : checkpoint)();
