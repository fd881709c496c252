// The three products of a dense layer: in the network's element type, or with operands rounded to bfloat16 where training goes by those.
#pragma once
#include <optional>
#include <type_traits>

#include "math/gemm.h"
#include "nn/layers/bf16_products.h"
#include "nn/layers/layer.h"

namespace chainrule {

template <typename T>
class DenseProducts {
 public:
  /// In T.
  explicit DenseProducts(const KernelTable<T>& kernels) : kernels_(kernels) {}
  explicit DenseProducts(const Tools<T>& tools) : DenseProducts(tools.kernels) {
    if (tools.mode == Mode::training && tools.bf16 != nullptr) bf16_.emplace(*tools.bf16);
  }

  /// Whether operands are rounded: then input_gradient() reads no transposed gradient.
  bool rounds() const { return bf16_.has_value(); }
  /// Throws std::bad_alloc.
  void set_rows(size_t rows, size_t in, size_t units) {
    if (bf16_) bf16_->set_rows(rows, in, units);
  }
  size_t bytes() const { return bf16_ ? bf16_->bytes() : 0; }

  void forward(const ForwardProduct<T>& product) {
    if constexpr (kMayRound) {
      if (bf16_) return bf16_->forward(product);
    }
    forward_product(kernels_, product);
  }

  /// Takes dLoss/dZ in, which the next two are of.
  void read_gradient(PanelView<const T> dz) {
    if constexpr (kMayRound) {
      if (bf16_) bf16_->read_gradient(dz);
    }
  }

  void input_gradient(const InputGradientProduct<T>& product) const {
    if constexpr (kMayRound) {
      if (bf16_) return bf16_->input_gradient(product);
    }
    input_gradient_product(kernels_, product);
  }

  /// dW = Xᵀ dZ, handed to the sink piece by piece while it is in the cache. `weights` is [in, units] in the block that block_of(sink) is,
  /// and `offset` where it begins there. `shards` are those of the batch; null: its rows are one chain.
  void weight_gradient(PanelView<const T> in, PanelView<const T> dz, PanelView<T> weights, size_t offset, const GradientSink<T>& sink,
                       const BatchShards* shards) const {
    if (!sink.wants(offset)) return;
    const RowShards row_shards(shards, in.rows);
    const Update update{kernels_, sink, offset, weights.stride};
    WeightGradientProduct<T> p;
    p.a = in;
    p.dz = dz;
    p.shards = row_shards.get();
    p.dw = weights;
    if (!sink.steps()) {
      p.scale = sink.factor;
    } else {
      p.scale = sink.optimizer->plain_factor(offset);
      p.update = p.scale == nullptr ? Update::apply : nullptr;
      p.context = &update;
      p.prefetch[0] = p.dw.data;
      size_t next = 1;
      for (const AlignedBuffer<T>& slot : sink.optimizer->slots()) p.prefetch[next++] = slot.data() + offset;
      if (sink.optimizer->average() != nullptr) p.prefetch[next] = sink.optimizer->average() + offset;
    }
    if constexpr (kMayRound) {
      if (bf16_) return bf16_->weight_gradient(p);
    }
    weight_gradient_product(kernels_, p);
  }

 private:
  static constexpr bool kMayRound = std::is_same_v<T, float>;

  struct Update {
    const KernelTable<T>& kernels;
    const GradientSink<T>& sink;
    size_t offset, stride;

    static void apply(const void* context, size_t panel, size_t first_row, size_t rows, const T* gradient) {
      const Update& self = *static_cast<const Update*>(context);
      self.sink.take(self.kernels, self.offset + panel * self.stride + first_row * kLanes, gradient, rows);
    }
  };

  const KernelTable<T>& kernels_;
  std::optional<Bf16Products> bf16_;
};

/// Where a sink wants a gradient that a product writes or adds itself.
template <typename T>
T* block_of(const GradientSink<T>& sink) {
  return sink.steps() ? sink.parameters : sink.gradients;
}

/// The sums of dZ over its rows go to the sink: `offset` is that of the first panel's sixteen values, `stride` leads to the next panel's.
template <typename T>
void bias_gradient(const KernelTable<T>& kernels, const BatchShards* shards, PanelView<const T> dz, size_t offset, size_t stride,
                   const GradientSink<T>& sink) {
  for (size_t panel = 0; panel < dz.panels(); ++panel) {
    T sums[kLanes];
    sum_rows(kernels, shards, dz.panel(panel), dz.rows, sums);
    sink.take(kernels, offset + panel * stride, sums, 1);
  }
}

}  // namespace chainrule
