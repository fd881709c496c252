// The specification of a network, as plain data. All of it was checked by the code that filled it in (in the package: lib/options.ts).
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "nn/initialize.h"

namespace chainrule {

/// Kinds of layers, numbered in the order of layers.inc.
enum class LayerKind : uint8_t {
#define LAYER(name) name,
#include "nn/layers.inc"
#undef LAYER
};

constexpr const char* kLayerNames[] = {
#define LAYER(name) #name,
#include "nn/layers.inc"
#undef LAYER
};

constexpr size_t kLayerCount = sizeof(kLayerNames) / sizeof(kLayerNames[0]);

/// A layer as asked for.
struct LayerSpec {
  LayerKind kind;
  std::vector<double> settings;   ///< in the order in which layers/<kind>.cpp reads them
  std::vector<LayerSpec> layers;  ///< inside it
};

/// Kinds of inputs, numbered in the order of inputs.inc.
enum class InputKind : uint8_t {
#define INPUT(name) name,
#include "nn/inputs.inc"
#undef INPUT
};

constexpr const char* kInputNames[] = {
#define INPUT(name) #name,
#include "nn/inputs.inc"
#undef INPUT
};

constexpr size_t kInputCount = sizeof(kInputNames) / sizeof(kInputNames[0]);

/// Some columns of x, as asked for.
struct InputSpec {
  InputKind kind;
  std::vector<double> settings;  ///< in the order in which inputs/<kind>.cpp reads them
};

/// A loss and its settings; it ignores those that it does not have.
struct LossSpec {
  Loss kind;
  LossSettings<double> settings{};
  size_t targets = 0;                ///< columns of y, each with as many outputs, which stand side by side; 0: as many as outputs
  size_t point = 0;                  ///< the one of a target's outputs that metrics compare with it
  std::vector<double> per_output{};  ///< a number for each output; none: each is 1
};

struct NetworkSpec {
  size_t input_size;
  std::vector<LayerSpec> layers;  ///< the last one is dense
  LossSpec loss;
  uint64_t seed;
  size_t element_size = sizeof(float);
  bool bf16_products = false;       ///< in training; only in f32, and where bf16_kernels() is not null
  std::vector<InputSpec> inputs{};  ///< in the order of their columns in x; none: the first layer takes x itself
};

/// The part of the settings of an optimizer that a tensor has for itself.
struct TensorSettings {
  double learning_rate_factor = 1;
  bool decays = true;  ///< whether weight decay acts on it
  double l1 = 0;       ///< penalties: l1 * |w| and l2 * w^2 for each element, whose derivatives are added to the gradient
  double l2 = 0;
  bool frozen = false;  ///< whether the optimizer never changes it

  bool operator==(const TensorSettings&) const = default;
};

/// An optimizer and its settings; it ignores those that it does not have.
struct OptimizerSpec : OptimizerSettings<double> {
  Optimizer kind;
  std::vector<TensorSettings> tensors{};  ///< of all trained tensors in the order of the list; none: they are all default
};

/// Samples: x is [rows, input_size] row-major; y is either labels [rows] or values [rows, targets] row-major. With an index, x, y and
/// weights may have other rows, too: the samples are those that it names, in its order.
template <typename T>
struct Samples {
  const T* x = nullptr;
  const T* values = nullptr;
  const int32_t* labels = nullptr;
  size_t rows = 0;
  const T* weights = nullptr;       ///< [rows], finite and 0 or more; null: each is 1
  const uint32_t* index = nullptr;  ///< [rows]; null: the first rows of x, y and weights

  /// Those from sample `first` on.
  Samples from(size_t first, size_t input_size, size_t targets) const {
    Samples rest = *this;
    rest.rows -= first;
    if (index != nullptr) {
      rest.index += first;
      return rest;
    }
    rest.x += first * input_size;
    if (values != nullptr) rest.values += first * targets;
    if (labels != nullptr) rest.labels += first;
    if (weights != nullptr) rest.weights += first;
    return rest;
  }
  /// The rows of x and y that a batch reads: those that are named for it, or else the first of these samples.
  const uint32_t* rows_of(const uint32_t* named) const { return named != nullptr ? named : index; }
};

constexpr const char* kMetricNames[] = {
#define METRIC(name, divisor) #name,
#include "nn/metrics.inc"
#undef METRIC
};

constexpr size_t kMetricCount = sizeof(kMetricNames) / sizeof(kMetricNames[0]);

/// One number for each metric, in the order of metrics.inc.
template <typename T>
using PerMetric = std::array<T, kMetricCount>;

/// The mean loss, and the metrics.
struct Metrics {
  double loss = 0;
  PerMetric<double> values{};
};

}  // namespace chainrule
