#include "wasm/parse.h"

#include "math/contract.h"

namespace chainrule {
namespace {

constexpr size_t kInitializerNumbers = 6;

LayerSpec parse_layer(Numbers& numbers) {
  LayerSpec layer{};
  layer.kind = numbers.one_of<LayerKind>(kLayerCount);
  const auto settings = numbers.take(layer.kind == LayerKind::dropout ? 1 : 2 + 2 * kInitializerNumbers);
  layer.settings.assign(settings.begin(), settings.end());
  return layer;
}

}  // namespace

NetworkSpec parse_network(Numbers& numbers) {
  NetworkSpec spec{};
  spec.input_size = static_cast<size_t>(numbers.whole(1, kMaxWidth));
  spec.seed = numbers.whole(0, uint64_t{1} << 53);
  spec.loss = numbers.one_of<Loss>(kLossCount);
  spec.huber_delta = numbers.number();
  for (uint64_t layers = numbers.whole(1, stream::kMaxLayers); layers > 0; --layers) spec.layers.push_back(parse_layer(numbers));
  return spec;
}

OptimizerSpec parse_optimizer(Numbers& numbers) {
  OptimizerSpec spec{};
  spec.kind = numbers.one_of<Optimizer>(kOptimizerCount);
  spec.learning_rate = numbers.number();
  spec.weight_decay = numbers.number();
  spec.momentum = numbers.number();
  spec.nesterov = numbers.flag();
  spec.beta1 = numbers.number();
  spec.beta2 = numbers.number();
  spec.alpha = numbers.number();
  spec.epsilon = numbers.number();
  spec.centered = numbers.flag();
  spec.learning_rate_decay = numbers.number();
  spec.initial_accumulator = numbers.number();
  return spec;
}

template <typename T>
Samples<T> parse_samples(const RawSamples& raw, const Topology& topology) {
  Samples<T> samples;
  samples.x = static_cast<const T*>(raw.x);
  samples.rows = raw.rows;
  if (!raw.labelled) {
    samples.values = static_cast<const T*>(raw.y);
    return samples;
  }
  samples.labels = static_cast<const int32_t*>(raw.y);
  check_labels(topology, {samples.labels, raw.rows});
  return samples;
}

template Samples<float> parse_samples(const RawSamples&, const Topology&);
template Samples<double> parse_samples(const RawSamples&, const Topology&);

}  // namespace chainrule
