#include "nn/layers/bf16_products.h"

namespace chainrule {

void Bf16Products::set_rows(size_t rows, size_t in, size_t units) {
  input_.resize(rows, in);
  gradient_.resize(rows, units);
}

void Bf16Products::forward(const ForwardProduct<float>& product) {
  input_.assign(kernels_, product.a);
  bf16_forward_product(kernels_, input_, product);
}

}  // namespace chainrule
