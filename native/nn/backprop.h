// Backpropagation over one batch: forward, loss, backward (docs/backprop.md derives it).
#pragma once
#include <deque>
#include <vector>

#include "nn/layer_pass.h"
#include "nn/metrics.h"
#include "nn/topology.h"

namespace chainrule {

template <typename T>
class Backprop {
 public:
  Backprop(const Topology& topology, const KernelTable<T>& kernels);

  /// Reads a batch in, and makes room for it: rows of `samples`, all of them or those that `index` names (then `rows` of them).
  /// Throws std::bad_alloc; load() can then be called again.
  void load(const Samples<T>& samples, const uint32_t* index, size_t rows);

  /// Predictions of the batch in training mode, as far as the loss needs them; returns the summed loss, and with `metrics` adds the
  /// batch to them. The gradient of the mean loss with respect to the outputs is kept for backward().
  double forward(const T* parameters, uint64_t step, MetricSums* metrics);

  /// Gradients of the batch's mean loss; forward() must have been called with the same parameters and step. With an optimizer in the
  /// sink the parameters change on the way, each layer's after its last use.
  void backward(const T* parameters, uint64_t step, const GradientSink<T>& sink);

  /// A layer's input, dropout included, after forward(), and its dLoss/dZ after backward().
  PanelView<const T> input_of(size_t layer) const { return layer == 0 ? input_ : passes_[layer - 1].output(); }
  PanelView<const T> gradient_of(size_t layer) const { return passes_[layer].gradient(); }

  /// Memory that is kept from batch to batch.
  size_t bytes() const;

 private:
  void make_room(size_t rows, bool labelled);
  LossBlock<T> loss_block(size_t rows);
  void compute_loss();
  void prepare_small_pass(PanelView<T> input);
  void add_metrics(MetricSums* metrics);

  const Topology& topology_;
  const KernelTable<T>& kernels_;
  std::deque<LayerPass<T>> passes_;  // a deque, as passes cannot be moved

  SmallPass<T> small_pass_{};  // for batches of the size that is set, if `is_small_`
  std::vector<SmallLayer<T>> small_layers_;
  AlignedBuffer<T> small_gradients_;  // of all parameters, from forward() to backward()
  bool is_small_ = false;

  AlignedBuffer<T> memory_;
  PanelView<T> input_, targets_, probabilities_;
  std::vector<T> row_loss_;
  std::vector<int32_t> labels_;
  bool labelled_ = false;
};

}  // namespace chainrule
