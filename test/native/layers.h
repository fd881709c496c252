// Layers of the networks that the tests make.
#pragma once
#include "nn/spec.h"

inline chainrule::LayerSpec dense(size_t units, chainrule::Activation activation) {
  chainrule::LayerSpec layer{};
  layer.kind = chainrule::LayerSpec::Kind::dense;
  layer.dense.units = units;
  layer.dense.activation = activation;
  layer.dense.weights.kind = chainrule::InitializerKind::xavierUniform;
  layer.dense.bias.kind = chainrule::InitializerKind::zeros;
  return layer;
}

inline chainrule::LayerSpec dropout(double rate) {
  chainrule::LayerSpec layer{};
  layer.kind = chainrule::LayerSpec::Kind::dropout;
  layer.dropout_rate = rate;
  return layer;
}
