#include "nn/layers/activation_function.h"

#include <algorithm>

namespace chainrule {

template <typename T>
void ActivationFunction<T>::apply(PanelView<const T> z, PanelView<T> a) const {
  if (activate_ != nullptr) {
    parallel_for(z.panels(), 1, z.rows * z.cols * kLanes, [&](Range panels) {
      for (size_t panel = panels.begin; panel < panels.end; ++panel) activate_(z.panel(panel), a.panel(panel), z.rows);
    });
  } else if (is_linear()) {
    for (size_t panel = 0; a.data != z.data && panel < z.panels(); ++panel) std::copy_n(z.panel(panel), z.rows * kLanes, a.panel(panel));
  }
  apply_to_rows(z, a);
}

template <typename T>
void ActivationFunction<T>::softmax(const PanelView<const T>& z, const PanelView<T>& a) const {
  parallel_for(a.rows, 1, a.rows * a.cols * kLanes, [&](Range rows) {
    kernels_.softmax({z.data, a.data, nullptr, a.cols, a.stride, rows});
  });
}

template <typename T>
Epilogue<T> ActivationFunction<T>::epilogue(PanelView<const T> saved) {
  if (is_linear()) return {};
  saved_ = saved;
  if (reads_ == DerivativeReads::row) {
    const auto apply_rows = [](const void* context, PanelView<T> d) {
      const auto& self = *static_cast<const ActivationFunction*>(context);
      const PanelView<T> a{const_cast<T*>(self.saved_.data), self.saved_.rows, self.saved_.cols, self.saved_.stride};
      parallel_for(d.rows, 1, d.rows * d.cols, [&](Range rows) {
        self.kernels_.softmax_gradient({nullptr, a.data, d.data, d.cols, d.stride, rows});
      });
    };
    return {nullptr, apply_rows, this};
  }
  const auto apply = [](const void* context, size_t panel, size_t first_row, size_t rows, T* d) {
    const auto& self = *static_cast<const ActivationFunction*>(context);
    self.derivative_(self.saved_.panel(panel) + first_row * kLanes, d, rows);
  };
  return {apply, nullptr, this};
}

template class ActivationFunction<float>;
template class ActivationFunction<double>;

}  // namespace chainrule
