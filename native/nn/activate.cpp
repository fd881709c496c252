#include "nn/activate.h"

#include "math/share.h"

namespace chainrule {

template <typename T>
void softmax_rows(const KernelTable<T>& kernels, PanelView<const T> z, PanelView<T> a) {
  share_range(a.rows, 1, a.rows * a.cols * kLanes, [&](Range rows) { kernels.softmax({z.data, a.data, nullptr, a.cols, a.stride, rows}); });
}

template <typename T>
void softmax_gradient_rows(const KernelTable<T>& kernels, PanelView<T> a, PanelView<T> d) {
  share_range(a.rows, 1, a.rows * a.cols, [&](Range rows) { kernels.softmax_gradient({nullptr, a.data, d.data, a.cols, a.stride, rows}); });
}

template <typename T>
void activate_logits(const KernelTable<T>& kernels, Activation activation, PanelView<const T> z, PanelView<T> a) {
  if (activation == Activation::softmax) return softmax_rows(kernels, z, a);
  kernels.activate[static_cast<size_t>(activation)](z.data, a.data, z.rows * z.panels());
}

template void softmax_rows(const KernelTable<float>&, PanelView<const float>, PanelView<float>);
template void softmax_rows(const KernelTable<double>&, PanelView<const double>, PanelView<double>);
template void softmax_gradient_rows(const KernelTable<float>&, PanelView<float>, PanelView<float>);
template void softmax_gradient_rows(const KernelTable<double>&, PanelView<double>, PanelView<double>);
template void activate_logits(const KernelTable<float>&, Activation, PanelView<const float>, PanelView<float>);
template void activate_logits(const KernelTable<double>&, Activation, PanelView<const double>, PanelView<double>);

}  // namespace chainrule
