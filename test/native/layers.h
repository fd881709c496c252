// Layers of the networks that the tests make.
#pragma once
#include "nn/layers/dense_settings.h"

/// An initializer without settings of its own, as numbers.
inline std::vector<double> plain_initializer(chainrule::InitializerKind kind) { return {static_cast<double>(kind), 0, 0, 0, 0, 0}; }

inline chainrule::LayerSpec dense(size_t units, chainrule::Activation activation) {
  chainrule::LayerSpec layer{chainrule::LayerKind::dense, {static_cast<double>(units), static_cast<double>(activation)}, {}};
  for (const auto kind : {chainrule::InitializerKind::xavierUniform, chainrule::InitializerKind::zeros}) {
    for (const double number : plain_initializer(kind)) layer.settings.push_back(number);
  }
  layer.settings.push_back(static_cast<double>(chainrule::PerMember::none));
  return layer;
}

inline chainrule::LayerSpec dropout(double rate) { return {chainrule::LayerKind::dropout, {rate}, {}}; }
