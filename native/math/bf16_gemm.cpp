#include "math/bf16_gemm.h"

#include <algorithm>

#include "math/grid.h"

namespace chainrule {
namespace {

/// Rows of the left-hand matrix in one block: with kBf16Depth columns they take 128 KB of the second-level cache.
constexpr size_t kBlockRows = 256;

/// Panels of the result in one block, in tiles.
constexpr size_t kTiles = 2;

/// Strips that each thread should find at the least before rows are cut, too: every block rounds its weights anew.
constexpr size_t kStripsPerThread = 8;

/// Calls work(rows, panels) for every block of a result, on all threads if the work is worth it.
template <typename Work>
void for_blocks(const Bf16Kernels& kernels, size_t rows, size_t row_unit, size_t panels, size_t multiply_adds, const Work& work) {
  const size_t strips = (panels + kernels.tile_panels - 1) / kernels.tile_panels;
  const size_t wanted = kStripsPerThread * static_cast<size_t>(ThreadPool::shared().size());
  const size_t cells = std::max<size_t>(1, wanted / std::max<size_t>(1, strips));
  const size_t cell_rows = (std::min(rows, kBlockRows) + cells * row_unit - 1) / (cells * row_unit) * row_unit;
  for_blocks(Grid(rows, std::max(row_unit, cell_rows), kBlockRows, panels, kernels.tile_panels, kTiles), multiply_adds / 2, work);
}

/// All blocks of C = A B + bias; `p` says what is the same for all of them.
void multiply(const Bf16Kernels& kernels, const Bf16Matrix& a, size_t depth, const Bf16ProductBlock& p) {
  // A tile of rows starts with an even one, as pairs of rows do.
  const size_t row_unit = kernels.tile_rows + kernels.tile_rows % 2;
  for_blocks(kernels, a.rows(), row_unit, panels_of(p.cols), a.rows() * depth * p.cols, [&](Range rows, Range panels) {
    Bf16ProductBlock b = p;
    b.a = a.plain();
    b.a_stride = a.stride();
    b.rows = rows;
    b.panels = panels;
    for (size_t k = 0; k < depth; k += kBf16Depth) {
      b.k = {k, std::min(depth, k + kBf16Depth)};
      b.finish = b.k.end == depth ? p.finish : nullptr;
      kernels.multiply(b);
    }
  });
}

}  // namespace

void Bf16Matrix::resize(size_t rows, size_t cols) {
  // The size is recorded after the allocation, which may throw.
  const size_t needed = 2 * panels_of(cols) * (rows + rows % 2) * kLanes;
  if (memory_.size() < needed) memory_ = AlignedBuffer<Bf16>(needed);
  rows_ = rows;
  cols_ = cols;
}

void Bf16Matrix::assign(const Bf16Kernels& kernels, PanelView<const float> from) {
  Bf16* const plain = memory_.data();
  parallel_for(from.panels(), 1, from.rows * from.cols, [&](Range panels) {
    kernels.round({from.data, from.stride, plain, plain + size(), stride(), from.rows, from.cols, panels});
  });
}

void bf16_forward_product(const Bf16Kernels& kernels, const Bf16Matrix& a, const ForwardProduct<float>& p) {
  Bf16ProductBlock b{};
  b.w = p.w.data;
  b.w_stride = p.w.stride;
  b.bias = p.bias;
  b.c = p.z.data;
  b.c_stride = p.z.stride;
  b.cols = p.w.cols;
  const auto activate = [](const void* product, size_t panel, size_t first_row, size_t rows, float* z) {
    const auto& self = *static_cast<const ForwardProduct<float>*>(product);
    self.activate(z, self.out.panel(panel) + first_row * kLanes, rows);
  };
  if (p.activate != nullptr) b.finish = activate;
  b.context = &p;
  multiply(kernels, a, p.w.rows, b);
}

void bf16_input_gradient_product(const Bf16Kernels& kernels, const Bf16Matrix& dz, const InputGradientProduct<float>& p) {
  Bf16ProductBlock b{};
  b.w = p.w.data;
  b.w_stride = p.w.stride;
  b.transposed = true;
  b.c = p.da.data;
  b.c_stride = p.da.stride;
  b.cols = p.w.rows;
  b.finish = p.finish;
  b.context = p.context;
  multiply(kernels, dz, p.w.cols, b);
}

void bf16_weight_gradient_product(const Bf16Kernels& kernels, const Bf16Matrix& a, const Bf16Matrix& dz,
                                  const WeightGradientProduct<float>& p) {
  for_blocks(kernels, p.dw.rows, kLanes, p.dw.panels(), a.rows() * p.dw.rows * p.dw.cols, [&](Range in, Range panels) {
    Bf16WeightGradientBlock b{};
    b.a = a.paired();
    b.dz = dz.paired();
    b.a_stride = a.stride();
    b.dz_stride = dz.stride();
    b.batch = a.rows();
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

}  // namespace chainrule
