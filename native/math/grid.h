#pragma once
#include <algorithm>

#include "math/panel_matrix.h"
#include "math/parallel_for.h"

namespace chainrule {

/// A result, as cells of a few rows and a strip of panels. Strips follow each other within a block of rows, cells within a strip.
class Grid {
 public:
  /// Blocks have at most `max_rows` rows and `max_strips` strips; strips have at most `strip` panels.
  Grid(size_t rows, size_t cell_rows, size_t max_rows, size_t panels, size_t strip, size_t max_strips)
      : rows_(rows), panels_(panels), cell_rows_(cell_rows), max_strips_(max_strips), strips_((panels + strip - 1) / strip) {
    const size_t blocks = std::max<size_t>(1, (rows + max_rows - 1) / max_rows);
    cells_ = (rows + blocks * cell_rows - 1) / (blocks * cell_rows);
    blocks_ = cells_ == 0 ? 0 : (rows + height() - 1) / height();
  }

  size_t cells() const { return blocks_ * strips_ * cells_; }

  /// Calls work(rows, panels) for blocks that are together the cells of a range, as large as they can be.
  template <typename Work>
  void for_blocks(Range range, const Work& work) const {
    for (size_t cell = range.begin, n; cell < range.end; cell += n) {
      const size_t left = range.end - cell;
      const size_t strip = cell / cells_ % strips_;
      const size_t first_row = cell / (cells_ * strips_) * height();
      const size_t first = cell % cells_;
      const size_t strips = first > 0 ? 0 : std::min({left / cells_, strips_ - strip, max_strips_});
      n = strips > 0 ? strips * cells_ : std::min(left, cells_ - first);
      const Range rows{first_row + first * cell_rows_, std::min(rows_, first_row + (strips > 0 ? cells_ : first + n) * cell_rows_)};
      if (rows.begin < rows.end) work(rows, Range{start_of(strip), start_of(strip + std::max<size_t>(1, strips))});
    }
  }

 private:
  size_t height() const { return cells_ * cell_rows_; }
  size_t start_of(size_t strip) const { return panels_ * strip / strips_; }

  size_t rows_, panels_, cell_rows_, max_strips_, strips_;
  size_t cells_;   // of a strip in a block
  size_t blocks_;  // one below the other
};

/// Multiply-adds of a product that take as long as other work on one element.
constexpr size_t kMultiplyAddsPerElement = 4;

/// Calls work(rows, panels) for every block of a result, on all threads if the work is worth it.
template <typename Work>
void for_blocks(const Grid& grid, size_t multiply_adds, const Work& work) {
  if (!is_worth_sharing(multiply_adds / kMultiplyAddsPerElement)) return grid.for_blocks({0, grid.cells()}, work);
  share_out(grid.cells(), [&](Range cells) { grid.for_blocks(cells, work); });
}

}  // namespace chainrule
