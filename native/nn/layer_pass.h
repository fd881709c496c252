// A dense layer at work on a batch: forward beside backward, with the matrices that pass between them.
#pragma once
#include <optional>

#include "kernels/kernels.h"
#include "math/panel_matrix.h"
#include "nn/bf16_pass.h"
#include "nn/optimizer.h"
#include "nn/topology.h"

namespace chainrule {

/// What the dropout masks of a pass depend on, besides the place in the network.
struct DropoutKey {
  uint64_t seed = 0;
  uint64_t step = 0;
};

/// Zeroes part of a matrix and scales the rest, out of place or in place; the same key and place give the same mask. Places are counted
/// along the network: 0 is its input, n what its n-th dense layer puts out.
template <typename T>
void drop_out(const KernelTable<T>& kernels, double rate, const DropoutKey& key, size_t place, PanelView<const T> in, PanelView<T> out);

/// Where weight gradients go: into a block laid out as the parameters, or through an optimizer step into the parameters themselves.
template <typename T>
struct GradientSink {
  T* gradients = nullptr;
  T* parameters = nullptr;
  const OptimizerState<T>* optimizer = nullptr;
};

template <typename T>
class LayerPass {
 public:
  /// `number` counts the layers from 0. `logits_only`: the loss takes the logits, so forward() stops there. `bf16`: what products are
  /// computed by, or null for products in T; in f32 only.
  LayerPass(const KernelTable<T>& kernels, const DenseLayer& layer, size_t number, bool logits_only, const Bf16Kernels* bf16);

  /// Makes room for batches of so many rows, which are what follows until the next call. Throws std::bad_alloc; then the next call begins
  /// afresh.
  void set_rows(size_t rows);
  /// Memory that is kept from batch to batch.
  size_t bytes() const { return memory_.size() * sizeof(T) + (bf16_ ? bf16_->bytes() : 0); }

  /// Z = A W + b, A = f(Z), then dropout. `in` is [rows, layer.in].
  void forward(const T* parameters, PanelView<const T> in, const DropoutKey& key);

  /// What the next layer, or the loss, reads: [rows, units].
  PanelView<const T> output() const { return layer_.dropout_rate > 0 ? dropped_ : activated_; }

  /// dLoss/dOutput is written here, then turned into dLoss/dZ by finish_gradient(), or tile by tile by the layer above.
  PanelView<T> gradient() const { return gradient_; }
  /// From dLoss/dOutput to dLoss/dZ (nothing to do if forward() stopped at the logits).
  void finish_gradient(const DropoutKey& key);

  /// This layer in a SmallPass, for the rows that were set.
  SmallLayer<T> small_layer() const;

  /// dLoss/dOutput of the layer below, finished there already: dA = dZ Wᵀ, then `below`'s derivative and dropout.
  void backward_to(LayerPass& below, const T* parameters, const DropoutKey& key);
  /// dW = Aᵀ dZ and db = sum of dZ over the batch, stored or applied.
  void backward_weights(PanelView<const T> in, const GradientSink<T>& sink);

 private:
  void prepare_gradient();

  const KernelTable<T>& kernels_;
  const DenseLayer& layer_;
  const size_t number_;
  const bool logits_only_;
  const bool keeps_logits_;  // the derivative is computed from Z, so that A must not overwrite it

  AlignedBuffer<T> memory_;
  PanelView<T> logits_, activated_, dropped_;  // may be one and the same
  PanelView<T> gradient_;                      // [rows, units]
  PanelView<T> gradient_t_;                    // [units, rows], panels padded to sixteen rows; empty with products in bf16
  std::optional<Bf16Pass> bf16_;
};

}  // namespace chainrule
