// Networks of dense layers of at most one panel, in one kernel call for all layers: from product to product, calls would cost more than the
// arithmetic. The same bits as by the layers one after the other.
#pragma once
#include "nn/layers/activation_function.h"
#include "nn/topology.h"

namespace chainrule {

/// The common part of all such passes.
template <typename T>
class SmallDense {
 public:
  /// Whether a network is such a one: in prediction, or (`mode`) in training.
  static bool fits(const Topology& topology, Mode mode);

  size_t bytes() const { return memory_.size() * sizeof(T) + layers_.capacity() * sizeof(SmallLayer<T>); }

 protected:
  SmallDense(const Topology& topology, const KernelTable<T>& kernels) : topology_(topology), kernels_(kernels) {}
  static SmallLayer<T> layer_of(const Topology& topology, const SmallDensePlan& plan);

  const Topology& topology_;
  const KernelTable<T>& kernels_;
  AlignedBuffer<T> memory_;
  std::vector<SmallLayer<T>> layers_;
};

template <typename T>
class SmallPrediction : public SmallDense<T> {
 public:
  SmallPrediction(const Topology& topology, const KernelTable<T>& kernels);

  /// The layers write to `first`, `second` and `first` again. Throws std::bad_alloc; then nothing has changed.
  void set_buffers(T* first, T* second);
  /// The outputs of so many rows, in one panel.
  T* predict(const Pass<T>& pass, const T* in, size_t rows);

 private:
  ActivationFunction<T> last_;
  SmallPass<T> pass_{};
};

template <typename T>
class SmallTraining : public SmallDense<T> {
 public:
  SmallTraining(const Topology& topology, const KernelTable<T>& kernels);

  /// Makes room for batches of `rows` rows. Throws std::bad_alloc; then the next call begins afresh.
  void set_rows(size_t rows);
  PanelView<const T> output() const;
  PanelView<T> output_gradient() const;
  /// Where the batches are, and how their loss is computed, on output() and output_gradient(): until the next set_rows().
  void set_batch(PanelView<const T> in, const LossBlock<T>& loss);
  /// Forward, loss and backward in one.
  void run(const T* parameters);
  /// Hands over the gradients of the last run().
  void backward(const GradientSink<T>& sink) const;

 private:
  AlignedBuffer<T> gradients_;  // of all parameters
  SmallPass<T> pass_{};
  size_t rows_ = 0;
};

}  // namespace chainrule
