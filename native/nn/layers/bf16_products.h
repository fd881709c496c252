// The three products of a dense layer with operands rounded to bfloat16, where the CPU has instructions for it.
#pragma once
#include "math/bf16_gemm.h"

namespace chainrule {

/// The products of gemm.h. Operands are rounded once and multiplied by twice; weights, sums, results and whatever is done to them stay in
/// single precision.
class Bf16Products {
 public:
  explicit Bf16Products(const Bf16Kernels& kernels) : kernels_(kernels) {}

  /// Throws std::bad_alloc.
  void set_rows(size_t rows, size_t in, size_t units);
  size_t bytes() const { return input_.bytes() + gradient_.bytes(); }

  /// Rounds the input, which weight_gradient() reads again.
  void forward(const ForwardProduct<float>& product);
  /// Rounds dLoss/dZ for the next two.
  void read_gradient(PanelView<const float> dz) { gradient_.assign(kernels_, dz); }
  void input_gradient(const InputGradientProduct<float>& product) const { bf16_input_gradient_product(kernels_, gradient_, product); }
  void weight_gradient(const WeightGradientProduct<float>& product) const {
    bf16_weight_gradient_product(kernels_, input_, gradient_, product);
  }

 private:
  const Bf16Kernels& kernels_;
  Bf16Matrix input_;     // [rows, in]
  Bf16Matrix gradient_;  // [rows, units]
};

}  // namespace chainrule
