// The three products of backpropagation: cuts them into blocks that fit the caches, and shares the blocks out to threads.
// Threads share out tiles, never k, so the bits do not depend on their number. naive_gemm.h is the truth that these are tested against.
#pragma once
#include "kernels/kernels.h"
#include "math/panel_matrix.h"

namespace chainrule {

/// Z[batch, units] = A[batch, in] W[in, units] + bias, out = activate(Z).
template <typename T>
struct ForwardProduct {
  PanelView<const T> a;
  PanelView<const T> w;
  const T* bias = nullptr;  ///< [padded(units)], or null
  PanelView<T> z;
  PanelView<T> out;  ///< may be z; needs the same stride
  void (*activate)(const T* z, T* out, size_t vectors) = nullptr;
};
template <typename T>
void forward_product(const KernelTable<T>& kernels, const ForwardProduct<T>& product);

/// dA[batch, in] = dZ[batch, units] W[in, units]ᵀ, then `finish` (see InputGradientBlock).
template <typename T>
struct InputGradientProduct {
  PanelView<const T> w;
  PanelView<const T> dz_t;  ///< [units, batch]
  PanelView<T> da_t;        ///< [in, batch]; the rows of its panels are padded to sixteen; always written to
  PanelView<T> da;          ///< [batch, in]
  bool transposed = false;  ///< whether da_t is wanted: otherwise its contents are undefined afterwards
  void (*finish)(const void* context, size_t panel, size_t first_row, size_t rows, T* d) = nullptr;
  const void* context = nullptr;
};
template <typename T>
void input_gradient_product(const KernelTable<T>& kernels, const InputGradientProduct<T>& product);

/// dW[in, units] = A[batch, in]ᵀ dZ[batch, units]: stored in dw, or added to it times `scale`, or handed to `update` piece by piece (see
/// WeightGradientBlock).
template <typename T>
struct WeightGradientProduct {
  PanelView<const T> a;
  PanelView<const T> dz;
  const Shards* shards = nullptr;  ///< of the batch; null: it is one chain
  PanelView<T> dw;                 ///< with `update`: only its shape and stride are used
  const T* scale = nullptr;
  void (*update)(const void* context, size_t panel, size_t first_row, size_t rows, const T* gradient) = nullptr;
  const void* context = nullptr;
  const T* prefetch[2 + kMaxStateArrays] = {};
};
template <typename T>
void weight_gradient_product(const KernelTable<T>& kernels, const WeightGradientProduct<T>& product);

}  // namespace chainrule
