// The way of a weight gradient from the product that computes it to the sink.
#pragma once
#include "math/gemm.h"
#include "nn/layers/gradient.h"

namespace chainrule {

/// Hands the pieces of dW to a sink. It must live as long as the product is computed.
template <typename T>
struct WeightUpdate {
  const KernelTable<T>& kernels;
  const GradientSink<T>& sink;
  size_t offset, stride;  ///< of dW in the block, and from one of its panels to the next

  /// Completes a product whose `dw` is where the sink wants it.
  void hand_to(WeightGradientProduct<T>& p) const {
    if (sink.optimizer == nullptr) return;
    p.scale = sink.optimizer->plain_factor();
    p.update = p.scale == nullptr ? apply : nullptr;
    p.context = this;
    p.prefetch[0] = p.dw.data;
    for (size_t i = 0; i < sink.optimizer->slots().size(); ++i) p.prefetch[i + 1] = sink.optimizer->slots()[i].data() + offset;
  }

 private:
  static void apply(const void* context, size_t panel, size_t first_row, size_t rows, const T* gradient) {
    const WeightUpdate& self = *static_cast<const WeightUpdate*>(context);
    self.sink.take(self.kernels, self.offset + panel * self.stride + first_row * kLanes, gradient, rows);
  }
};

/// Where a sink wants a gradient that a product writes or adds itself.
template <typename T>
T* block_of(const GradientSink<T>& sink) {
  return sink.optimizer != nullptr ? sink.parameters : sink.gradients;
}

}  // namespace chainrule
