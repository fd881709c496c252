#include "nn/bf16_pass.h"

namespace chainrule {

void Bf16Pass::set_rows(size_t rows) {
  input_.resize(rows, layer_.in);
  gradient_.resize(rows, layer_.units);
}

void Bf16Pass::forward(const ForwardProduct<float>& product) {
  input_.assign(kernels_, product.a);
  bf16_forward_product(kernels_, input_, product);
}

}  // namespace chainrule
