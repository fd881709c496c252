#include "addon/parse.h"

#include <algorithm>
#include <string>
#include <utility>

#include "addon/guard.h"

namespace chainrule {
namespace {

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

uint64_t count_if_given(const Napi::Value& value, const char* name) {
  if (value.IsUndefined()) return 0;
  require(value.IsNumber(), std::string(name) + " is not a number");
  const double number = value.As<Napi::Number>().DoubleValue();
  require(number >= 0 && number <= 0x1p53, std::string(name) + " is out of range");
  return static_cast<uint64_t>(number);
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

std::vector<double> parse_numbers(const Napi::Value& value, const char* name) {
  require(value.IsTypedArray(), std::string(name) + " is not a typed array");
  const size_t count = value.As<Napi::TypedArray>().ElementLength();
  const double* numbers = elements<double>(value, count, name);
  return asking_for<double>(count, [&] { return std::vector<double>(numbers, numbers + count); });
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

Rows::Rows(size_t rows, const Napi::Value& x, size_t columns, const Napi::Value& given) : count(rows), all(rows) {
  if (given.IsUndefined()) return;
  require(x.IsTypedArray() && given.IsTypedArray(), "x or index is not a typed array");
  all = std::min<size_t>(x.As<Napi::TypedArray>().ElementLength() / columns, kMaxRows);
  const uint32_t* data = elements<uint32_t>(given, count, "index");
  index = asking_for<uint32_t>(count, [&] { return std::vector<uint32_t>(data, data + count); });
  for (const uint32_t row : index) require(row < all, "index has a row that x does not have");
}

SamplesFields::SamplesFields(const Fields& fields)
    : x(fields["x"]), y(fields["y"]), weights(fields["weights"]), index(fields["index"]), rows(fields.count("rows", kMaxRows)) {}

template <typename T>
BorrowedSamples<T>::BorrowedSamples(const SamplesFields& fields, const Topology& topology) {
  require(fields.index.IsUndefined(), "a batch has no index");
  const uint64_t rows = fields.rows;
  view_.rows = fields.rows;
  view_.x = elements<T>(fields.x, rows * topology.input_size, "x");
  if (is_labels(fields.y)) {
    labels_ = parse_labels(fields.y, fields.rows, topology);
  } else {
    view_.values = elements<T>(fields.y, rows * topology.targets, "y");
  }
  if (!fields.weights.IsUndefined()) view_.weights = elements<T>(fields.weights, rows, "weights");
}

template <typename T>
Samples<T> BorrowedSamples<T>::view() const {
  Samples<T> samples = view_;
  if (samples.values == nullptr) samples.labels = labels_.data();
  return samples;
}

template <typename T>
LastingSamples<T>::LastingSamples(const SamplesFields& fields, const Topology& topology, Held& held) : rows_(fields.rows) {
  Rows used(fields.rows, fields.x, topology.input_size, fields.index);
  index_ = std::move(used.index);
  const uint64_t rows = used.all;
  x_ = LastingElements<T>(fields.x, rows * topology.input_size, "x", held);
  if (is_labels(fields.y)) {
    labels_ = parse_labels(fields.y, used.all, topology);
  } else {
    values_ = LastingElements<T>(fields.y, rows * topology.targets, "y", held);
  }
  if (!fields.weights.IsUndefined()) weights_ = LastingElements<T>(fields.weights, rows, "weights", held);
}

template class BorrowedSamples<float>;
template class BorrowedSamples<double>;
template class LastingSamples<float>;
template class LastingSamples<double>;

}  // namespace chainrule
