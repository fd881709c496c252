// The one layout for everything: columns in panels of sixteen, [ceil(cols / 16)][rows][16].
#pragma once
#include "kernels/kernels.h"
#include "math/aligned_buffer.h"

namespace chainrule {

constexpr size_t panels_of(size_t columns) { return (columns + kLanes - 1) / kLanes; }
constexpr size_t padded(size_t columns) { return panels_of(columns) * kLanes; }

/// A matrix in panels that somebody else owns. T may be const.
template <typename T>
struct PanelView {
  T* data = nullptr;
  size_t rows = 0;
  size_t cols = 0;
  size_t stride = 0;  ///< elements from one panel to the next, at least 16 * rows

  size_t panels() const { return panels_of(cols); }
  T* panel(size_t index) const { return data + index * stride; }
  T& at(size_t row, size_t col) const { return data[col / kLanes * stride + row * kLanes + col % kLanes]; }
  operator PanelView<const T>() const { return {data, rows, cols, stride}; }
};

/// A view of rows x cols on memory for at least rows * padded(cols) elements.
template <typename T>
PanelView<T> panel_view(T* data, size_t rows, size_t cols) {
  return {data, rows, cols, rows * kLanes};
}

/// A matrix in panels that owns its memory; all zero at first. Padding lanes stay zero unless somebody writes to them.
template <typename T>
class PanelMatrix {
 public:
  PanelMatrix() = default;
  PanelMatrix(size_t rows, size_t cols) : buffer_(rows * padded(cols)), view_(panel_view(buffer_.data(), rows, cols)) {}
  PanelMatrix(PanelMatrix&&) noexcept = default;
  PanelMatrix& operator=(PanelMatrix&&) noexcept = default;
  PanelMatrix(const PanelMatrix&) = delete;
  PanelMatrix& operator=(const PanelMatrix&) = delete;

  const PanelView<T>& view() { return view_; }
  PanelView<const T> view() const { return view_; }
  T& at(size_t row, size_t col) { return view_.at(row, col); }

 private:
  AlignedBuffer<T> buffer_;
  PanelView<T> view_;
};

}  // namespace chainrule
