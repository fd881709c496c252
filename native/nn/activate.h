// Activations of whole matrices, where they cannot ride in a product's epilogue.
#pragma once
#include "kernels/kernels.h"
#include "math/panel_matrix.h"

namespace chainrule {

/// a = softmax(z), row by row; a may be z.
template <typename T>
void softmax_rows(const KernelTable<T>& kernels, PanelView<const T> z, PanelView<T> a);

/// d = the gradient with respect to z, of the gradient d with respect to a = softmax(z).
template <typename T>
void softmax_gradient_rows(const KernelTable<T>& kernels, PanelView<T> a, PanelView<T> d);

/// a = f(z) for any activation but linear.
template <typename T>
void activate_logits(const KernelTable<T>& kernels, Activation activation, PanelView<const T> z, PanelView<T> a);

}  // namespace chainrule
