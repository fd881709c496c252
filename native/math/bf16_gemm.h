// The three products of gemm.h with operands rounded to bfloat16 and sums in single precision. That is twice as fast where the CPU has an
// instruction for it. Each element of a result is one chain over k in ascending order. Neither the number of threads nor the other rows of
// a batch change its bits.
#pragma once
#include "kernels/bf16.h"
#include "math/gemm.h"

namespace chainrule {

/// A matrix rounded to bfloat16, in the two forms that the products read.
class Bf16Matrix {
 public:
  /// Makes room for rows x cols. Throws std::bad_alloc, and then nothing has changed.
  void resize(size_t rows, size_t cols);
  /// Rounds a matrix of the size there is room for.
  void assign(const Bf16Kernels& kernels, PanelView<const float> from);

  const Bf16* plain() const { return memory_.data(); }
  const Bf16* paired() const { return memory_.data() + size(); }
  size_t rows() const { return rows_; }
  size_t bytes() const { return memory_.size() * sizeof(Bf16); }
  size_t stride() const { return (rows_ + rows_ % 2) * kLanes; }

 private:
  size_t size() const { return panels_of(cols_) * stride(); }

  AlignedBuffer<Bf16> memory_;  // plain, then paired
  size_t rows_ = 0, cols_ = 0;
};

/// The products of gemm.h. Activations and their gradients are given rounded, and not read from `product`; weights are rounded on the way.
void bf16_forward_product(const Bf16Kernels& kernels, const Bf16Matrix& a, const ForwardProduct<float>& product);
/// Of `product`, dz_t, da_t and `transposed` are not used here.
void bf16_input_gradient_product(const Bf16Kernels& kernels, const Bf16Matrix& dz, const InputGradientProduct<float>& product);
void bf16_weight_gradient_product(const Bf16Kernels& kernels, const Bf16Matrix& a, const Bf16Matrix& dz,
                                  const WeightGradientProduct<float>& product);

}  // namespace chainrule
