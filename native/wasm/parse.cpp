#include "wasm/parse.h"

#include "math/contract.h"

namespace chainrule {
namespace {

Initializer parse_initializer(Numbers& numbers) {
  Initializer initializer;
  initializer.kind = numbers.one_of<InitializerKind>(kInitializerCount);
  initializer.value = numbers.number();
  initializer.mean = numbers.number();
  initializer.stddev = numbers.number();
  initializer.low = numbers.number();
  initializer.high = numbers.number();
  return initializer;
}

LayerSpec parse_layer(Numbers& numbers) {
  LayerSpec layer{};
  layer.kind = numbers.one_of<LayerSpec::Kind>(2);
  if (layer.kind == LayerSpec::Kind::dropout) {
    layer.dropout_rate = numbers.number();
    return layer;
  }
  layer.dense.units = static_cast<size_t>(numbers.whole(1, kMaxWidth));
  layer.dense.activation = numbers.one_of<Activation>(kActivationCount);
  layer.dense.weights = parse_initializer(numbers);
  layer.dense.bias = parse_initializer(numbers);
  return layer;
}

}  // namespace

double Numbers::number() {
  require(next_ < end_, "there are too few numbers");
  return *next_++;
}

uint64_t Numbers::whole(uint64_t min, uint64_t max) {
  const double value = number();
  // In this form, NaN is out of range too.
  require(value >= static_cast<double>(min) && value <= static_cast<double>(max), "a number is out of range");
  return static_cast<uint64_t>(value);
}

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
