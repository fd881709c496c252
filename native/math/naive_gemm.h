// The truth: three loops. Kept forever; every fast path is tested against it.
#pragma once
#include <cmath>

#include "math/panel_matrix.h"

namespace chainrule {

enum class Transposed { none, a, b };

/// c[i, j] = bias[j] + sum over k of a[i, k] b[k, j], fused multiply-adds in ascending k; a or b is read transposed if so asked. Not fused:
/// what it is in WebAssembly.
template <typename T>
void naive_gemm(PanelView<const T> a, PanelView<const T> b, const T* bias, PanelView<T> c, Transposed transposed = Transposed::none,
                bool fused = true) {
  const size_t depth = transposed == Transposed::a ? a.rows : a.cols;
  for (size_t i = 0; i < c.rows; ++i) {
    for (size_t j = 0; j < c.cols; ++j) {
      T sum = bias != nullptr ? bias[j] : T{0};
      for (size_t k = 0; k < depth; ++k) {
        const T x = transposed == Transposed::a ? a.at(k, i) : a.at(i, k);
        const T y = transposed == Transposed::b ? b.at(j, k) : b.at(k, j);
        sum = fused ? std::fma(x, y, sum) : x * y + sum;
      }
      c.at(i, j) = sum;
    }
  }
}

}  // namespace chainrule
