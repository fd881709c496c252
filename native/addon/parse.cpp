#include "addon/parse.h"

#include <cstring>
#include <string>

#include "addon/guard.h"

namespace chainrule {
namespace {

void append_initializer(const Fields& fields, std::vector<double>& settings) {
  settings.push_back(static_cast<double>(fields.one_of<InitializerKind>("type", kInitializerNames)));
  for (const char* field : {"value", "mean", "stddev", "low", "high"}) settings.push_back(fields.number(field));
}

LayerSpec parse_layer(const Fields& fields) {
  LayerSpec layer{};
  layer.kind = fields.one_of<LayerKind>("type", kLayerNames);
  if (layer.kind == LayerKind::dropout) {
    layer.settings = {fields.number("rate")};
    return layer;
  }
  layer.settings = {static_cast<double>(fields.count("units", kMaxWidth)),
                    static_cast<double>(fields.one_of<Activation>("activation", kActivationNames))};
  append_initializer({fields["weightsInitializer"], "weightsInitializer"}, layer.settings);
  append_initializer({fields["biasInitializer"], "biasInitializer"}, layer.settings);
  return layer;
}

/// Class indices, in memory of our own, all of them checked.
std::vector<int32_t> parse_labels(const Napi::Value& y, size_t rows, const Topology& topology) {
  const int32_t* data = elements<int32_t>(y, rows, "y");
  auto labels = asking_for<int32_t>(rows, [&] { return std::vector<int32_t>(data, data + rows); });
  check_labels(topology, labels);
  return labels;
}

bool is_labels(const Napi::Value& y) { return y.IsTypedArray() && y.As<Napi::TypedArray>().TypedArrayType() == napi_int32_array; }

}  // namespace

size_t count_of(const Napi::Value& value, const char* name, uint64_t max) {
  require(value.IsNumber(), std::string(name) + " is not a number");
  const double number = value.As<Napi::Number>().DoubleValue();
  // In this form, NaN is out of range too.
  require(number >= 1 && number <= static_cast<double>(max), std::string(name) + " is out of range");
  return static_cast<size_t>(number);
}

Fields::Fields(const Napi::Value& value, const char* name) {
  require(value.IsObject(), std::string(name) + " is not an object");
  object_ = value.As<Napi::Object>();
}

Napi::Value Fields::operator[](const char* field) const { return object_.Get(field); }

double Fields::number(const char* field) const {
  const Napi::Value value = (*this)[field];
  require(value.IsNumber(), std::string(field) + " is not a number");
  return value.As<Napi::Number>().DoubleValue();
}

bool Fields::flag(const char* field) const {
  const Napi::Value value = (*this)[field];
  require(value.IsBoolean(), std::string(field) + " is not a boolean");
  return value.As<Napi::Boolean>().Value();
}

size_t Fields::index_in(const char* field, const char* const* names, size_t count) const {
  const Napi::Value value = (*this)[field];
  require(value.IsString(), std::string(field) + " is not a string");
  const std::string text = value.As<Napi::String>();
  for (size_t i = 0; i < count; ++i) {
    if (text == names[i]) return i;
  }
  throw ContractViolation(std::string(field) + " is not a known name: " + text);
}

NetworkSpec parse_network(const Fields& fields, size_t element_size) {
  NetworkSpec spec{};
  spec.input_size = fields.count("inputSize", kMaxWidth);
  const double seed = fields.number("seed");
  require(seed >= 0 && seed <= 0x1p53, "seed is out of range");
  spec.seed = static_cast<uint64_t>(seed);
  const Fields loss(fields["loss"], "loss");
  spec.loss = loss.one_of<Loss>("type", kLossNames);
  spec.huber_delta = loss.number("delta");
  for (const Napi::Value& layer : parse_array(fields["layers"], "layers", stream::kMaxLayers))
    spec.layers.push_back(parse_layer({layer, "layer"}));
  spec.element_size = element_size;
  return spec;
}

OptimizerSpec parse_optimizer(const Fields& fields) {
  OptimizerSpec spec{};
  spec.kind = fields.one_of<Optimizer>("type", kOptimizerNames);
  spec.learning_rate = fields.number("learningRate");
  spec.weight_decay = fields.number("weightDecay");
  spec.momentum = fields.number("momentum");
  spec.nesterov = fields.flag("nesterov");
  spec.beta1 = fields.number("beta1");
  spec.beta2 = fields.number("beta2");
  spec.alpha = fields.number("alpha");
  spec.epsilon = fields.number("epsilon");
  spec.centered = fields.flag("centered");
  spec.learning_rate_decay = fields.number("learningRateDecay");
  spec.initial_accumulator = fields.number("initialAccumulator");
  return spec;
}

std::vector<Napi::Value> parse_array(const Napi::Value& value, const char* name, uint32_t max) {
  require(value.IsArray(), std::string(name) + " is not an array");
  const auto array = value.As<Napi::Array>();
  const uint32_t length = array.Length();
  require(length <= max, std::string(name) + " has too many elements");
  std::vector<Napi::Value> values;
  for (uint32_t i = 0; i < length; ++i) values.push_back(array[i]);
  return values;
}

SamplesFields::SamplesFields(const Fields& fields) : x(fields["x"]), y(fields["y"]), rows(fields.count("rows", kMaxRows)) {}

template <typename T>
BorrowedSamples<T>::BorrowedSamples(const SamplesFields& fields, const Topology& topology) {
  const uint64_t rows = fields.rows;
  view_.rows = fields.rows;
  view_.x = elements<T>(fields.x, rows * topology.input_size, "x");
  if (is_labels(fields.y)) {
    labels_ = parse_labels(fields.y, fields.rows, topology);
  } else {
    view_.values = elements<T>(fields.y, rows * topology.outputs, "y");
  }
}

template <typename T>
Samples<T> BorrowedSamples<T>::view() const {
  Samples<T> samples = view_;
  if (samples.values == nullptr) samples.labels = labels_.data();
  return samples;
}

template <typename T>
LastingSamples<T>::LastingSamples(const SamplesFields& fields, const Topology& topology, Held& held) : rows_(fields.rows) {
  const uint64_t rows = fields.rows;
  x_ = LastingElements<T>(fields.x, rows * topology.input_size, "x", held);
  if (is_labels(fields.y)) {
    labels_ = parse_labels(fields.y, fields.rows, topology);
  } else {
    values_ = LastingElements<T>(fields.y, rows * topology.outputs, "y", held);
  }
}

template class BorrowedSamples<float>;
template class BorrowedSamples<double>;
template class LastingSamples<float>;
template class LastingSamples<double>;

}  // namespace chainrule
