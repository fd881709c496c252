#include "math/bf16_gemm.h"

#include <algorithm>

#include "math/parallel_for.h"

namespace chainrule {
namespace {

/// Rows of the left-hand matrix in one block: with kBf16Depth columns they take 128 KB of the second-level cache.
constexpr size_t kBlockRows = 256;

/// Panels of the result in one block, in tiles.
constexpr size_t kTiles = 2;

size_t pieces_of(size_t count, size_t size) { return (count + size - 1) / size; }

/// The size of blocks, a multiple of `unit` and at most `limit`, that cuts `count` into at least `pieces` pieces if it can.
size_t block_size(size_t count, size_t unit, size_t limit, size_t pieces) {
  const size_t even = pieces_of(count, std::max(pieces, pieces_of(count, limit)));
  return pieces_of(even, unit) * unit;
}

/// Calls work(rows, panels) for every block of a result, on all threads if the work is worth it. Weights are rounded once per block, so
/// the panels are cut first.
template <typename Work>
void for_blocks(const Bf16Kernels& kernels, size_t rows, size_t row_unit, size_t panels, size_t multiply_adds, const Work& work) {
  const size_t wanted = pieces_wanted(multiply_adds / 2);
  const size_t width = block_size(panels, kernels.tile_panels, kTiles * kernels.tile_panels, wanted);
  const size_t columns = pieces_of(panels, width);
  const size_t height = block_size(rows, row_unit, kBlockRows, pieces_of(wanted, columns));
  const size_t per_column = pieces_of(rows, height);
  const auto block = [&](size_t index) {
    const size_t row = index % per_column * height;
    const size_t panel = index / per_column * width;
    work(Range{row, std::min(rows, row + height)}, Range{panel, std::min(panels, panel + width)});
  };
  const size_t count = per_column * columns;
  if (wanted > 1) {
    ThreadPool::shared().run(count, block);
  } else {
    for (size_t i = 0; i < count; ++i) block(i);
  }
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
