'use strict';
// Rows of numbers, as native/nn/wire.h reads them, for scripts that use the addon without the package.

/** A network of one dense layer without an activation, whose weights start at 0; its loss is mse. */
function oneLayer({ names }, inputs, units) {
  const zeros = [names.initializers.indexOf('zeros'), 0, 0, 0, 0, 0];
  const settings = [units, names.activations.indexOf('linear'), ...zeros, ...zeros, names.perMember.indexOf('none')];
  const loss = [names.losses.indexOf('mse'), ...names.lossSettings.map(() => 0), units, 0, 0];
  const layer = [names.layers.indexOf('dense'), settings.length, ...settings, 0];
  return Float64Array.of(inputs, 1, ...loss, 1, ...layer, 0);
}

/** An optimizer; settings that are not given are 0, and those of tensors the default. */
function optimizer({ names }, type, settings) {
  return Float64Array.of(0, names.optimizers.indexOf(type), ...names.optimizerSettings.map((name) => Number(settings[name] ?? 0)));
}

function trainer(native, { batchSize, shuffle }, type, settings) {
  const [metrics, dropLast, shards, accumulate, clipNorm, clipValue, emaDecay, lbfgs] = [0, 0, 1, 1, 0, 0, 0, 0];
  const step = [shards, accumulate, clipNorm, clipValue, emaDecay, lbfgs];
  return Float64Array.of(batchSize, Number(shuffle), metrics, dropLast, ...step, ...optimizer(native, type, settings));
}

module.exports = { oneLayer, optimizer, trainer };
