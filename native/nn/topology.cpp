#include "nn/topology.h"

#include <algorithm>

#include "math/random.h"
#include "nn/layers/settings.h"

namespace chainrule {

Topology::Topology(const NetworkSpec& spec)
    : input_size(spec.input_size),
      loss(spec.loss),
      huber_delta(spec.huber_delta),
      seed(spec.seed),
      bf16_products(spec.bf16_products),
      widest(padded(spec.input_size)) {
  size_t in = spec.input_size;
  for (size_t index = 0; index < spec.layers.size(); ++index) {
    const LayerSpec& layer = spec.layers[index];
    const Numbers settings(layer.settings);
    if (layer.kind == LayerKind::dropout) {
      double& rate = layers.empty() ? input_dropout_rate : layers.back().dropout_rate;
      rate = 1 - (1 - rate) * (1 - read_dropout_rate(settings));
      continue;
    }
    const auto [units, activation, weights, bias] = read_dense(settings);
    const std::string prefix = "layers." + std::to_string(index) + ".";
    const uint32_t random = stream::kInitialWeights + static_cast<uint32_t>(layers.size());
    parameters.add({prefix + "weights", in, units, weights, in, units, random, 0});
    parameters.add({prefix + "bias", 1, units, bias, in, units, random, 1});
    DenseLayer dense{};
    dense.in = in;
    dense.units = units;
    dense.activation = activation;
    layers.push_back(dense);
    widest = std::max(widest, padded(units));
    in = units;
  }
  parameters.seal();
  for (size_t i = 0; i < layers.size(); ++i) {
    layers[i].weights_offset = parameters.of(2 * i).offset;
    layers[i].bias_offset = parameters.of(2 * i + 1).offset;
  }
  block_size = parameters.block_size();
  parameter_count = parameters.count();
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
