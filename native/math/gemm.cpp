#include "math/gemm.h"

#include <algorithm>

#include "math/share.h"

namespace chainrule {
namespace {

/// Rows of the right-hand matrix in one block: three panels of them (24 KB in f32) stay in the first-level cache while the rows of the
/// left-hand matrix pass by.
template <typename T>
constexpr size_t kDepth = 512 / sizeof(T);

/// Rows of the left-hand matrix in one block: with kDepth columns they take 128 KB of the second-level cache.
constexpr size_t kRows = 256;

struct Grid {
  size_t row_block, column_block;  ///< elements of each block
  size_t row_blocks, column_blocks;
};

/// Cuts rows x columns into blocks of at most row_limit x column_limit, whole multiples of the units, enough of them for all threads.
Grid cut(size_t rows, size_t row_unit, size_t row_limit, size_t columns, size_t column_unit, size_t column_limit, size_t wanted) {
  const auto blocks = [](size_t n, size_t block) { return (n + block - 1) / block; };
  const auto even = [&](size_t n, size_t count, size_t unit) { return blocks(blocks(n, count), unit) * unit; };
  size_t column_count = blocks(columns, column_limit);
  size_t row_count = blocks(rows, row_limit);
  if (row_count * column_count < wanted) column_count = std::min(blocks(columns, column_unit), blocks(wanted, row_count));
  if (row_count * column_count < wanted) row_count = std::min(blocks(rows, row_unit), blocks(wanted, column_count));
  Grid g{};
  g.row_block = even(rows, row_count, row_unit);
  g.column_block = even(columns, column_count, column_unit);
  g.row_blocks = blocks(rows, g.row_block);
  g.column_blocks = blocks(columns, g.column_block);
  return g;
}

/// Calls work(rows, columns) for every block of the grid, on all threads if the grid was cut for them.
template <typename Work>
void for_blocks(const Grid& g, size_t rows, size_t columns, bool shared, const Work& work) {
  const auto block = [&](size_t index) {
    const size_t row = index % g.row_blocks * g.row_block;
    const size_t column = index / g.row_blocks * g.column_block;
    work(Range{row, std::min(rows, row + g.row_block)}, Range{column, std::min(columns, column + g.column_block)});
  };
  const size_t count = g.row_blocks * g.column_blocks;
  if (shared) {
    ThreadPool::shared().run(count, block);
  } else {
    for (size_t i = 0; i < count; ++i) block(i);
  }
}

}  // namespace

template <typename T>
void forward_product(const KernelTable<T>& kernels, const ForwardProduct<T>& p) {
  const size_t depth = p.w.rows;
  const size_t wanted = pieces_wanted(p.a.rows * depth * p.w.cols);
  const Grid grid = cut(p.a.rows, kernels.tile_rows, kRows, p.w.panels(), kernels.tile_panels, 4 * kernels.tile_panels, wanted);
  for_blocks(grid, p.a.rows, p.w.panels(), wanted > 1, [&](Range rows, Range panels) {
    ForwardBlock<T> b{};
    b.a = p.a.data;
    b.w = p.w.data;
    b.bias = p.bias;
    b.z = p.z.data;
    b.out = p.out.data;
    b.a_stride = p.a.stride;
    b.w_stride = p.w.stride;
    b.z_stride = p.z.stride;
    b.rows = rows;
    b.panels = panels;
    b.activate = p.activate;
    for (size_t k = 0; k < depth; k += kDepth<T>) {
      b.k = {k, std::min(depth, k + kDepth<T>)};
      b.last = b.k.end == depth;
      kernels.forward(b);
    }
  });
}

template <typename T>
void input_gradient_product(const KernelTable<T>& kernels, const InputGradientProduct<T>& p) {
  const size_t depth = p.w.cols;
  const size_t batch = p.da.rows;
  const size_t wanted = pieces_wanted(batch * depth * p.w.rows);
  const Grid grid = cut(p.w.rows, kLanes, kRows, batch, kernels.tile_panels * kLanes, kRows, wanted);
  for_blocks(grid, p.w.rows, batch, wanted > 1, [&](Range in, Range samples) {
    InputGradientBlock<T> b{};
    b.w = p.w.data;
    b.dz_t = p.dz_t.data;
    b.da_t = p.da_t.data;
    b.da = p.da.data;
    b.w_stride = p.w.stride;
    b.dz_t_stride = p.dz_t.stride;
    b.da_t_stride = p.da_t.stride;
    b.da_stride = p.da.stride;
    b.in = in;
    b.batch = samples;
    b.transposed = p.transposed;
    b.finish = p.finish;
    b.context = p.context;
    for (size_t k = 0; k < depth; k += kDepth<T>) {
      b.k = {k, std::min(depth, k + kDepth<T>)};
      b.first = k == 0;
      b.last = b.k.end == depth;
      kernels.input_gradient(b);
    }
  });
}

template <typename T>
void weight_gradient_product(const KernelTable<T>& kernels, const WeightGradientProduct<T>& p) {
  const size_t wanted = pieces_wanted(p.a.rows * p.dw.rows * p.dw.cols);
  const Grid grid = cut(p.dw.rows, kLanes, 4 * kRows, p.dw.panels(), kernels.tile_panels, 4 * kernels.tile_panels, wanted);
  for_blocks(grid, p.dw.rows, p.dw.panels(), wanted > 1, [&](Range in, Range panels) {
    WeightGradientBlock<T> b{};
    b.a = p.a.data;
    b.dz = p.dz.data;
    b.a_stride = p.a.stride;
    b.dz_stride = p.dz.stride;
    b.batch = p.a.rows;
    b.in = in;
    b.panels = panels;
    b.dw = p.dw.data;
    b.dw_stride = p.dw.stride;
    b.update = p.update;
    b.context = p.context;
    std::copy(std::begin(p.prefetch), std::end(p.prefetch), std::begin(b.prefetch));
    kernels.weight_gradient(b);
  });
}

template void forward_product(const KernelTable<float>&, const ForwardProduct<float>&);
template void forward_product(const KernelTable<double>&, const ForwardProduct<double>&);
template void input_gradient_product(const KernelTable<float>&, const InputGradientProduct<float>&);
template void input_gradient_product(const KernelTable<double>&, const InputGradientProduct<double>&);
template void weight_gradient_product(const KernelTable<float>&, const WeightGradientProduct<float>&);
template void weight_gradient_product(const KernelTable<double>&, const WeightGradientProduct<double>&);

}  // namespace chainrule
