// Products whose operands are rounded to bfloat16 (the upper half of a float) and whose sums stay in single precision. One table per
// instruction set that has an instruction for it, found by dispatch.h. The rules of kernels.h hold here too.
#pragma once
#include "kernels/kernels.h"

namespace chainrule {

/// A bfloat16, as bits.
using Bf16 = uint16_t;

/// The instructions multiply pairs: sum += a[2i] * b[2i] + a[2i + 1] * b[2i + 1], which is two steps along k. So whatever is read along k
/// comes in pairs, and the odd one out is paired with a zero. A matrix that is read along its columns is `plain`,
/// [ceil(cols / 16)][rows][16]; one that is read along its rows is `paired`, [ceil(cols / 16)][ceil(rows / 2)][16][2]. Padding is zero.

/// The most columns or rows of k that are multiplied in one go: three panels of the right-hand matrix stay in the first-level cache.
constexpr size_t kBf16Depth = 256;

/// Rounds panels of a matrix to nearest even, in both forms. Lanes beyond the last column become zero, whatever they hold.
struct Bf16RoundBlock {
  const float* in;
  size_t in_stride;
  Bf16* plain;
  Bf16* paired;
  size_t stride;  ///< of both results: 16 * rows, rows being rounded up to an even number
  size_t rows, cols;
  Range panels;
};

/// One block of C[rows, cols] = A[rows, k] B[k, cols] + bias. B is a matrix of weights in single precision, as it is or transposed; it is
/// rounded on the way. The blocks of one element must be done in ascending k.
struct Bf16ProductBlock {
  const Bf16* a;  ///< plain
  size_t a_stride;
  const float* w;  ///< [k, cols], or [cols, k] if it is to be read transposed
  size_t w_stride;
  bool transposed;
  const float* bias;  ///< [cols, padded to 16], or null for zero; read by the first k-block
  float* c;           ///< partial sums until the last k-block
  size_t c_stride;
  size_t cols;            ///< of C in all
  Range rows, panels, k;  ///< k.begin is a multiple of 16, and k no longer than kBf16Depth
  /// After the last k-block, with some rows of one panel while they are in the first-level cache; null: nothing to be done.
  void (*finish)(const void* context, size_t panel, size_t first_row, size_t rows, float* c);
  const void* context;
};

/// One block of dW[in, units] = A[batch, in]ᵀ dZ[batch, units]; the rest is as in WeightGradientBlock.
struct Bf16WeightGradientBlock {
  const Bf16* a;   ///< paired
  const Bf16* dz;  ///< paired
  size_t a_stride, dz_stride;
  size_t batch;
  Range in, panels;  ///< in.begin is a multiple of 16
  float* dw;
  const float* scale;
  size_t dw_stride;
  void (*update)(const void* context, size_t panel, size_t first_row, size_t rows, const float* gradient);
  const void* context;
  const float* prefetch[2 + kMaxStateArrays];
};

struct Bf16Kernels {
  size_t tile_rows, tile_panels;
  void (*round)(const Bf16RoundBlock&);
  void (*multiply)(const Bf16ProductBlock&);
  void (*weight_gradient)(const Bf16WeightGradientBlock&);
};

}  // namespace chainrule
