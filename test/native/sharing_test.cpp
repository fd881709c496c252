// Work that is shared out: each part of it is done once, whatever its size and the number of threads.
#include <algorithm>
#include <atomic>
#include <initializer_list>
#include <vector>

#include "check.h"
#include "math/grid.h"
#include "resized.h"

using namespace chainrule;

namespace {

constexpr std::initializer_list<size_t> kCounts{1, 2, 3, 7, 8, 9, 100, 1001};

/// Whether share_out() covers [0, count) without gaps or overlaps. Without atomics, so that TSan sees the ordering.
bool each_once(size_t count) {
  std::vector<int> calls(count, 0);
  share_out(count, [&](Range range) {
    for (size_t i = range.begin; i < range.end; ++i) ++calls[i];
  });
  return std::all_of(calls.begin(), calls.end(), [](int n) { return n == 1; });
}

/// Whether the blocks of `range` and of what comes before and after it cover a result once, each within the limits.
bool covers_once(const Grid& grid, size_t rows, size_t panels, size_t max_rows, size_t max_panels, Range range) {
  std::vector<int> calls(rows * panels, 0);
  bool within = true;
  for (const Range part : {Range{0, range.begin}, range, Range{range.end, grid.cells()}}) {
    grid.for_blocks(part, [&](Range r, Range p) {
      within = within && r.begin < r.end && p.begin < p.end && r.end - r.begin <= max_rows && p.end - p.begin <= max_panels;
      for (size_t row = r.begin; row < r.end; ++row) {
        for (size_t panel = p.begin; panel < p.end; ++panel) ++calls[row * panels + panel];
      }
    });
  }
  return within && std::all_of(calls.begin(), calls.end(), [](int n) { return n == 1; });
}

}  // namespace

TEST(share_out_covers_a_range_once) {
  for (const int threads : {1, 2, 3, 8, 100}) {
    const Resized resized(threads);
    for (const size_t count : kCounts) CHECK(each_once(count));
  }
}

TEST(share_out_within_a_share_is_done_by_its_caller) {
  const Resized resized(4);
  std::vector<std::atomic<int>> calls(40);
  share_out(10, [&](Range outer) {
    for (size_t i = outer.begin; i < outer.end; ++i) {
      share_out(4, [&](Range inner) {
        for (size_t j = inner.begin; j < inner.end; ++j) ++calls[4 * i + j];
      });
    }
  });
  CHECK(std::all_of(calls.begin(), calls.end(), [](const auto& n) { return n == 1; }));
}

TEST(grid_covers_a_result_once) {
  constexpr size_t kRows = 64, kStrip = 3, kStrips = 4;
  for (const size_t rows : {1, 15, 16, 17, 64, 65, 130, 200}) {
    for (const size_t panels : {1, 2, 3, 4, 5, 7, 12, 13, 40}) {
      const Grid grid(rows, 16, kRows, panels, kStrip, kStrips);
      for (const size_t begin : {size_t{0}, grid.cells() / 5, grid.cells() / 2}) {
        for (const size_t end : {begin, begin + (grid.cells() - begin) / 3, grid.cells()})
          CHECK(covers_once(grid, rows, panels, kRows, kStrip * kStrips, {begin, end}));
      }
    }
  }
}

TEST(grid_of_nothing_has_no_blocks) {
  int blocks = 0;
  for (const Grid& grid : {Grid(0, 16, 64, 3, 3, 4), Grid(5, 16, 64, 0, 3, 4)})
    grid.for_blocks({0, grid.cells()}, [&](Range, Range) { ++blocks; });
  CHECK_EQ(blocks, 0);
}
