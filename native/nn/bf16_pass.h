// What a layer keeps for products in bfloat16: the operands that it rounds once and multiplies by twice.
#pragma once
#include "math/bf16_gemm.h"
#include "nn/topology.h"

namespace chainrule {

/// The three products of a dense layer, as gemm.h describes them. Weights, sums, results and whatever is done to them stay in single
/// precision.
class Bf16Pass {
 public:
  Bf16Pass(const Bf16Kernels& kernels, const DenseLayer& layer) : kernels_(kernels), layer_(layer) {}

  /// Throws std::bad_alloc.
  void set_rows(size_t rows);
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
  const DenseLayer& layer_;
  Bf16Matrix input_;     // [rows, in]
  Bf16Matrix gradient_;  // [rows, units]
};

}  // namespace chainrule
