// What a network is, as plain data. Everything here was checked by whoever filled it in (in the package: lib/options.ts).
#pragma once
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

struct NetworkSpec {
  size_t input_size;
  std::vector<LayerSpec> layers;  ///< the last one is dense
  Loss loss;
  double huber_delta;
  uint64_t seed;
  size_t element_size = sizeof(float);
  bool bf16_products = false;  ///< in training; only in f32, and where bf16_kernels() is not null
};

/// The settings of all optimizers; one ignores what is not its own. Names and defaults are PyTorch's.
struct OptimizerSpec {
  Optimizer kind;
  double learning_rate, weight_decay;
  double momentum;             ///< sgd, rmsprop
  bool nesterov;               ///< sgd
  double beta1, beta2;         ///< adam, adamw
  double alpha;                ///< rmsprop
  double epsilon;              ///< all but sgd
  bool centered;               ///< rmsprop
  double learning_rate_decay;  ///< adagrad
  double initial_accumulator;  ///< adagrad
};

/// Samples: x is [rows, input_size] row-major; y is either labels [rows] or values [rows, outputs] row-major.
template <typename T>
struct Samples {
  const T* x = nullptr;
  const T* values = nullptr;
  const int32_t* labels = nullptr;
  size_t rows = 0;

  /// Those from row `first` on.
  Samples from(size_t first, size_t input_size, size_t outputs) const {
    Samples rest = *this;
    rest.x += first * input_size;
    if (values != nullptr) rest.values += first * outputs;
    if (labels != nullptr) rest.labels += first;
    rest.rows -= first;
    return rest;
  }
};

/// Means over samples (loss), or over samples and outputs.
struct Metrics {
  double loss = 0, accuracy = 0, mse = 0, mae = 0;
};

}  // namespace chainrule
