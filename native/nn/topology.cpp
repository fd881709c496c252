#include "nn/topology.h"

#include <algorithm>

namespace chainrule {

Topology::Topology(const NetworkSpec& spec)
    : input_size(spec.input_size),
      loss(spec.loss),
      huber_delta(spec.huber_delta),
      seed(spec.seed),
      bf16_products(spec.bf16_products),
      widest(padded(spec.input_size)) {
  size_t in = spec.input_size;
  for (const LayerSpec& layer : spec.layers) {
    if (layer.kind == LayerSpec::Kind::dropout) {
      double& rate = layers.empty() ? input_dropout_rate : layers.back().dropout_rate;
      rate = 1 - (1 - rate) * (1 - layer.dropout_rate);
      continue;
    }
    DenseLayer dense{};
    dense.in = in;
    dense.units = layer.dense.units;
    dense.activation = layer.dense.activation;
    dense.weights = layer.dense.weights;
    dense.bias = layer.dense.bias;
    dense.weights_offset = block_size;
    dense.bias_offset = block_size + in * padded(dense.units);
    block_size = dense.bias_offset + padded(dense.units);
    parameter_count += (in + 1) * dense.units;
    widest = std::max(widest, padded(dense.units));
    layers.push_back(dense);
    in = dense.units;
  }
  outputs = in;
}

bool Topology::loss_fused() const {
  const Activation last = layers.back().activation;
  return (loss == Loss::crossEntropy && last == Activation::softmax) || (loss == Loss::binaryCrossEntropy && last == Activation::sigmoid);
}

bool Topology::small() const {
  const auto is_small = [&](const DenseLayer& layer) {
    const bool mixes = layer.activation == Activation::softmax && !(&layer == &layers.back() && loss_fused());
    return layer.dropout_rate == 0 && !mixes;
  };
  return widest <= kLanes && input_dropout_rate == 0 && std::all_of(layers.begin(), layers.end(), is_small);
}

double Topology::loss_divisor(size_t rows) const {
  return static_cast<double>(rows) * (loss == Loss::crossEntropy ? 1.0 : static_cast<double>(outputs));
}

}  // namespace chainrule
