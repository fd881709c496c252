// Backpropagation over one batch: forward, loss, backward (docs/backprop.md derives it).
#pragma once
#include <optional>

#include "nn/output.h"
#include "nn/small_dense.h"

namespace chainrule {

template <typename T>
class Backprop {
 public:
  /// `shards`: those of a batch that are computed here; 1: a batch comes with none. `total` sums numbers over all who have parts of one.
  Backprop(const Topology& topology, const KernelTable<T>& kernels, size_t shards = 1, SumOverAll* total = nullptr);

  /// Which way a batch goes: by the layers one after the other, if something is to be looked at in between.
  enum class Way : uint8_t { fastest, by_layers };

  /// Reads a batch in, and makes room for it: the first of `samples`, or those of its rows of x and y that `index` names. `shards` must
  /// last as long as the batch; then it may have no rows here, and forward() and backward() have nothing to do. Throws std::bad_alloc;
  /// load() can then be called again.
  void load(const Samples<T>& samples, const uint32_t* index, size_t rows, Way way = Way::fastest, const BatchShards* shards = nullptr);

  /// Says which rows the next load() reads: they come from memory while this batch is computed.
  void expect(const Samples<T>& samples, const uint32_t* index, size_t rows) const;

  /// The settings of the trained tensors from now on: frozen layers behave differently. Null: they are all default.
  void set_tensors(const TensorGroups* tensors) { tensors_ = tensors; }

  /// The loss of a network that has no kernel for it, from now on; it must last. forward() needs one then.
  void set_custom_loss(CustomLoss<T>* loss) { output_.set_custom_loss(loss); }

  /// Predictions of the batch in training mode, as far as the loss needs them; returns the summed loss, and with `metrics` adds the
  /// batch to them. The gradient of the mean loss with respect to the outputs is kept for backward(). All dropout rates are multiplied
  /// by `dropout`.
  double forward(const T* parameters, uint64_t step, MetricSums* metrics, double dropout = 1);

  /// The sum of the weights of the whole batch that is loaded.
  double weight() const { return output_.weight(); }

  /// Gradients of the batch's mean loss; forward() must have been called with the same parameters and step. With an optimizer in the
  /// sink the parameters change on the way, each layer's after its last use.
  void backward(const T* parameters, uint64_t step, const GradientSink<T>& sink);

  /// A layer's input after forward(), dropout included, and the gradient that it has read in backward(): of a batch that went by_layers, by
  /// the index in the topology's sequence.
  PanelView<const T> input_of(size_t layer) const { return sequence_->input_of(layer, input_); }
  PanelView<const T> gradient_of(size_t layer) const { return sequence_->gradient_of(layer); }

  /// Memory that is kept from batch to batch.
  size_t bytes() const;

 private:
  void make_room(size_t rows, bool is_small);
  Pass<T> pass(const T* parameters, uint64_t step, double dropout = 1) const {
    return {parameters, step, topology_.loss_fused(), dropout, tensors_, shards_};
  }

  const Topology& topology_;
  const KernelTable<T>& kernels_;
  const size_t shard_count_;
  SumOverAll* const total_;
  const bool may_be_small_;
  const TensorGroups* tensors_ = nullptr;
  std::optional<Sequence<T>> sequence_;  // made when the first batch goes that way
  std::optional<SmallTraining<T>> small_;
  bool is_small_ = false;  // the batch that is loaded
  bool is_empty_ = false;  // likewise
  const BatchShards* shards_ = nullptr;
  Output<T> output_;
  AlignedBuffer<T> memory_;
  PanelView<T> input_;
};

}  // namespace chainrule
