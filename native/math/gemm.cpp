#include "math/gemm.h"

#include <algorithm>

#include "math/parallel_for.h"

namespace chainrule {
namespace {

/// Rows of the left-hand matrix in one block.
constexpr size_t kRows = 256;

/// Rows of the left-hand matrix that are few enough to stay in the first-level cache at any depth.
constexpr size_t kFewRows = 4;

/// Panels of dZ that pass by each stripe of the weight gradient, in tiles: the more, the less often A comes from memory.
constexpr size_t kTilesInStripe = 16;

/// The depth of blocks that cut `depth` evenly: a short last one would load and store as many sums as the others.
template <typename T>
size_t even_depth(size_t depth) {
  const size_t blocks = (depth + kDepth<T> - 1) / kDepth<T>;
  return blocks < 2 ? depth : padded((depth + blocks - 1) / blocks);
}

/// One side of a result: cut into blocks of at most `limit` elements, whole multiples of `unit` but for the last.
struct Side {
  size_t count, unit, limit;

  size_t blocks(size_t size) const { return (count + size - 1) / size; }
  /// The block size that makes `pieces` blocks as even as they can be.
  size_t block(size_t pieces) const { return (blocks(pieces) + unit - 1) / unit * unit; }
};

/// Calls work(rows, columns) for every block of a result, on all threads if the work is worth it.
template <typename Work>
void for_blocks(const Side& rows, const Side& columns, size_t multiply_adds, const Work& work) {
  const size_t wanted = pieces_wanted(multiply_adds);
  // Small products must not pay for being cut up.
  if (wanted == 1 && rows.count <= rows.limit && columns.count <= columns.limit) return work(Range{0, rows.count}, Range{0, columns.count});

  size_t column_pieces = columns.blocks(columns.limit);
  size_t row_pieces = rows.blocks(rows.limit);
  const auto more = [&](const Side& side, size_t others) { return std::min(side.blocks(side.unit), (wanted + others - 1) / others); };
  if (row_pieces * column_pieces < wanted) column_pieces = more(columns, row_pieces);
  if (row_pieces * column_pieces < wanted) row_pieces = more(rows, column_pieces);

  const size_t height = rows.block(row_pieces);
  const size_t width = columns.block(column_pieces);
  const size_t per_column = rows.blocks(height);
  const auto block = [&](size_t index) {
    const size_t row = index % per_column * height;
    const size_t column = index / per_column * width;
    work(Range{row, std::min(rows.count, row + height)}, Range{column, std::min(columns.count, column + width)});
  };
  const size_t count = per_column * columns.blocks(width);
  if (wanted > 1) {
    ThreadPool::shared().run(count, block);
  } else {
    for (size_t i = 0; i < count; ++i) block(i);
  }
}

}  // namespace

template <typename T>
void forward_product(const KernelTable<T>& kernels, const ForwardProduct<T>& p) {
  const size_t depth = p.w.rows;
  // For a few rows the weights come from memory once and no cache can help: then panels are best read from one end to the other.
  const size_t block_depth = p.a.rows <= kFewRows ? depth : even_depth<T>(depth);
  const Side batch_side{p.a.rows, kernels.tile_rows, kRows};
  const Side unit_side{p.w.panels(), kernels.tile_panels, 4 * kernels.tile_panels};
  for_blocks(batch_side, unit_side, p.a.rows * depth * p.w.cols, [&](Range rows, Range panels) {
    ForwardBlock<T> b{};
    b.a = p.a.data;
    b.w = p.w.data;
    b.bias = p.bias;
    b.units = p.w.cols;
    b.z = p.z.data;
    b.out = p.out.data;
    b.a_stride = p.a.stride;
    b.w_stride = p.w.stride;
    b.z_stride = p.z.stride;
    b.rows = rows;
    b.panels = panels;
    b.activate = p.activate;
    for (size_t k = 0; k < depth; k += block_depth) {
      b.k = {k, std::min(depth, k + block_depth)};
      b.last = b.k.end == depth;
      kernels.forward(b);
    }
  });
}

template <typename T>
void input_gradient_product(const KernelTable<T>& kernels, const InputGradientProduct<T>& p) {
  const size_t depth = p.w.cols;
  const size_t batch = p.da.rows;
  const size_t block_depth = even_depth<T>(depth);
  const Side in_side{p.w.rows, kLanes, kRows};
  const Side batch_side{batch, kernels.tile_panels * kLanes, kRows};
  for_blocks(in_side, batch_side, batch * depth * p.w.rows, [&](Range in, Range samples) {
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
    for (size_t k = 0; k < depth; k += block_depth) {
      b.k = {k, std::min(depth, k + block_depth)};
      b.first = k == 0;
      b.last = b.k.end == depth;
      kernels.input_gradient(b);
    }
  });
}

template <typename T>
void weight_gradient_product(const KernelTable<T>& kernels, const WeightGradientProduct<T>& p) {
  const Side in_side{p.dw.rows, kLanes, 4 * kRows};
  const Side unit_side{p.dw.panels(), kernels.tile_panels, kTilesInStripe * kernels.tile_panels};
  for_blocks(in_side, unit_side, p.a.rows * p.dw.rows * p.dw.cols, [&](Range in, Range panels) {
    WeightGradientBlock<T> b{};
    b.a = p.a.data;
    b.dz = p.dz.data;
    b.a_stride = p.a.stride;
    b.dz_stride = p.dz.stride;
    b.batch = p.a.rows;
    b.units = p.dw.cols;
    b.in = in;
    b.panels = panels;
    b.dw = p.dw.data;
    b.dw_stride = p.dw.stride;
    b.scale = p.scale;
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
