// A checked specification, compiled: the dense layers with what lies between them, and where each one's parameters are.
#pragma once
#include <vector>

#include "math/panel_matrix.h"
#include "nn/parameters.h"
#include "nn/spec.h"

namespace chainrule {

/// A dense layer, and the dropout that follows it (several in a row are one with the product of their keep probabilities).
struct DenseLayer {
  size_t in, units;
  Activation activation;
  double dropout_rate;                 ///< of what this layer puts out
  size_t weights_offset, bias_offset;  ///< in the parameter block, in elements

  template <typename T>
  PanelView<T> weights_in(T* block) const {
    return panel_view(block + weights_offset, in, units);
  }
};

struct Topology {
  explicit Topology(const NetworkSpec& spec);

  size_t input_size, outputs;
  double input_dropout_rate = 0;
  std::vector<DenseLayer> layers;
  ParameterList parameters;
  Loss loss;
  double huber_delta;
  uint64_t seed;
  bool bf16_products;
  size_t block_size = 0;       ///< elements of a parameter block, padding included
  size_t parameter_count = 0;  ///< parameters without padding
  size_t widest = 0;           ///< columns of the widest matrix of activations, padded

  /// Whether the loss takes the last layer's logits in place of its activations: softmax with crossEntropy, sigmoid with
  /// binaryCrossEntropy. (With any other last activation these losses take its outputs as logits.)
  bool loss_fused() const;
  /// Whether a SmallPass can do the work: layers of at most one panel, and nothing between them that mixes the units of a row or drops
  /// some.
  bool small() const;
  /// The divisor of a batch's summed loss: samples, times outputs where the loss is a mean over outputs too.
  double loss_divisor(size_t rows) const;
};

}  // namespace chainrule
