// Members of an ensemble: matrices [members * batch, columns] with one member's rows behind the other's, and tensors with a row for each.
#pragma once
#include "kernels/dispatch.h"
#include "math/panel_matrix.h"
#include "math/parallel_for.h"
#include "nn/layers/batch_shards.h"

namespace chainrule {

/// The most members of an ensemble: the sizes of all matrices of a batch stay below 2^64.
constexpr size_t kMaxMembers = size_t{1} << 16;

/// The rows of one member, `batch` of them.
template <typename T>
PanelView<T> member_rows(PanelView<T> all, size_t member, size_t batch) {
  return {all.data + member * batch * kLanes, batch, all.cols, all.stride};
}

/// Sixteen values of a tensor's row.
template <typename T>
T* row_vector(PanelView<T> tensor, size_t row, size_t panel) {
  return tensor.panel(panel) + row * kLanes;
}

/// Calls f(panel, member) for all of them, on all threads if it is worth it. `matrix` is member-major.
template <typename T, typename F>
void for_panels_of_members(PanelView<T> matrix, size_t members, const F& f) {
  parallel_for(matrix.panels() * members, 1, matrix.rows * matrix.cols, [&](Range range) {
    for (size_t i = range.begin; i < range.end; ++i) f(i / members, i % members);
  });
}

/// out = in * scale + shift for rows of one panel; without `shift` it is 0. `add`: out += that.
template <typename T>
void scale_rows(const KernelTable<T>& kernels, const T* in, const T* scale, const T* shift, T* out, size_t rows, bool add = false) {
  ColumnBlock<T> block{};
  block.in = in;
  block.out = out;
  block.scale = scale;
  block.shift = shift;
  block.rows = rows;
  block.panels = {0, 1};
  block.add = add;
  kernels.affine(block);
}

/// out[16] = sum over rows of one panel of a * b.
template <typename T>
void sum_products(const KernelTable<T>& kernels, const BatchShards* shards, const T* a, const T* b, size_t rows, T* out) {
  sum_over_shards<1>(kernels, shards, rows, out, 1, [&](Range part, T* sums) {
    ColumnSumBlock<T> block{};
    block.a = a + part.begin * kLanes;
    block.b = b + part.begin * kLanes;
    block.out = sums;
    block.rows = part.end - part.begin;
    block.panels = {0, 1};
    kernels.column_products(block);
  });
}

}  // namespace chainrule
