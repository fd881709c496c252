#include "math/gemm.h"

#include <algorithm>

#include "math/grid.h"

namespace chainrule {
namespace {

/// The most rows of the left-hand matrix in one block, and panels of the result.
constexpr size_t kRows = 256;
constexpr size_t kPanels = 12;

/// Rows of the left-hand matrix that are few enough to stay in the first-level cache at any depth.
constexpr size_t kFewRows = 4;

/// Panels of dZ that pass by a stripe of the weight gradient at the most: the more, the less often A comes from memory.
constexpr size_t kPanelsPastStripe = 48;

/// The cost of an element of a result besides its sum, in multiply-adds: storing and activating it, turning it round twice, updating a
/// weight.
constexpr size_t kPerActivation = 16;
constexpr size_t kPerInputGradient = 64;
constexpr size_t kPerWeight = 8;

/// The depth of blocks that cut `depth` evenly: a short last one would load and store as many sums as the others.
template <typename T>
size_t even_depth(size_t depth) {
  const size_t blocks = (depth + kDepth<T> - 1) / kDepth<T>;
  return blocks < 2 ? depth : padded((depth + blocks - 1) / blocks);
}

}  // namespace

template <typename T>
void forward_product(const KernelTable<T>& kernels, const ForwardProduct<T>& p) {
  const size_t depth = p.w.rows;
  // For a few rows the weights come from memory once and no cache can help: then panels are best read from one end to the other.
  const size_t block_depth = p.a.rows <= kFewRows ? depth : even_depth<T>(depth);
  const Grid grid(p.a.rows, kLanes, kRows, p.w.panels(), kernels.tile_panels, kPanels / kernels.tile_panels);
  for_blocks(grid, p.a.rows * (depth + kPerActivation) * p.w.cols, [&](Range rows, Range panels) {
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
  const Grid grid(p.w.rows, kLanes, kRows, panels_of(batch), kernels.tile_panels, kPanels / kernels.tile_panels);
  for_blocks(grid, batch * (depth + kPerInputGradient) * p.w.rows, [&](Range in, Range panels) {
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
    b.batch = {panels.begin * kLanes, std::min(batch, panels.end * kLanes)};
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
  const Grid grid(p.dw.rows, kGradientRows, 4 * kRows, p.dw.panels(), kernels.tile_panels, kPanelsPastStripe / kernels.tile_panels);
  for_blocks(grid, (p.a.rows + kPerWeight) * p.dw.rows * p.dw.cols, [&](Range in, Range panels) {
    WeightGradientBlock<T> b{};
    b.a = p.a.data;
    b.dz = p.dz.data;
    b.a_stride = p.a.stride;
    b.dz_stride = p.dz.stride;
    b.batch = p.a.rows;
    b.units = p.dw.cols;
    b.shards = p.shards;
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
