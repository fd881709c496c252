// An activation at work on whole matrices, or as part of a product.
#pragma once
#include "nn/layers/gradient.h"

namespace chainrule {

template <typename T>
class ActivationFunction {
 public:
  ActivationFunction(const KernelTable<T>& kernels, Activation activation)
      : kernels_(kernels),
        reads_(kDerivativeReads[static_cast<size_t>(activation)]),
        activate_(kernels.activate[static_cast<size_t>(activation)]),
        derivative_(kernels.derivative[static_cast<size_t>(activation)]) {}

  /// Whether it mixes the units of a row, as softmax does.
  bool mixes_rows() const { return reads_ == DerivativeReads::row; }
  bool is_linear() const { return reads_ == DerivativeReads::nothing; }
  /// Whether the derivative is computed from the input, so that the output must not overwrite it.
  bool reads_input() const { return reads_ == DerivativeReads::input; }
  /// The function that a product applies to its tiles; null: nothing, for linear and for activations of whole rows.
  auto by_vector() const { return activate_; }

  /// a = f(z), or what of it by_vector() does not do; a may be z.
  void apply(PanelView<const T> z, PanelView<T> a) const;
  void apply_to_rows(const PanelView<const T>& z, const PanelView<T>& a) const {
    if (mixes_rows()) softmax(z, a);
  }

  /// d *= f'. `saved` is what the derivative is computed from: the input if it reads_input(), or the output.
  Epilogue<T> epilogue(PanelView<const T> saved);

 private:
  void softmax(const PanelView<const T>& z, const PanelView<T>& a) const;

  const KernelTable<T>& kernels_;
  const DerivativeReads reads_;
  void (*const activate_)(const T* z, T* a, size_t vectors);
  void (*const derivative_)(const T* saved, T* d, size_t vectors);
  PanelView<const T> saved_;
};

}  // namespace chainrule
