// Sums over vectors that are as long as the parameters. They go over blocks of a fixed size, so that threads cannot change a bit.
#pragma once
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "kernels/kernels.h"
#include "math/parallel_for.h"

namespace chainrule {

template <typename T>
class BlockSums {
 public:
  /// For vectors of `size` elements, a multiple of 16. Throws std::bad_alloc.
  BlockSums(const KernelTable<T>& kernels, size_t size) : kernels_(kernels), size_(size), sums_((size + kBlock - 1) / kBlock) {}

  /// Lane by lane in a block, then over lanes and blocks in double precision, in order.
  double dot(const T* a, const T* b) {
    const size_t whole = size_ / kBlock;
    parallel_for(sums_.size(), kAtOnce, size_, [&](Range blocks) {
      for (size_t first = blocks.begin, end; first < blocks.end; first = end) {
        // Only the last block of all may be shorter than the others, and goes alone.
        end = first < whole ? std::min({first + kAtOnce, blocks.end, whole}) : first + 1;
        alignas(64) T lanes[kAtOnce * kLanes];
        const size_t offset = first * kBlock;
        kernels_.column_products({a + offset, b + offset, lanes, length(first) / kLanes, kBlock, kBlock, {0, end - first}});
        for (size_t block = first; block < end; ++block) {
          const T* const own = lanes + (block - first) * kLanes;
          sums_[block] = std::accumulate(own, own + kLanes, 0.0);
        }
      }
    });
    return std::accumulate(sums_.begin(), sums_.end(), 0.0);
  }

  double sum_of_absolutes(const T* a) {
    each_block(
        [&](const T* first, size_t count) {
          return std::accumulate(first, first + count, 0.0, [](double sum, T x) { return sum + static_cast<double>(std::abs(x)); });
        },
        a);
    return std::accumulate(sums_.begin(), sums_.end(), 0.0);
  }

  /// NaN if an element is NaN.
  double largest_absolute(const T* a) {
    each_block(
        [&](const T* first, size_t count) {
          double most = 0;
          for (size_t i = 0; i < count; ++i) most = larger(most, static_cast<double>(std::abs(first[i])));
          return most;
        },
        a);
    return std::accumulate(sums_.begin(), sums_.end(), 0.0, larger);
  }

 private:
  static constexpr size_t kBlock = 4096;  // elements
  static constexpr size_t kAtOnce = 4;    // blocks that a kernel works on side by side

  static double larger(double a, double b) { return a >= b || std::isnan(a) ? a : b; }
  size_t length(size_t block) const { return std::min(kBlock, size_ - block * kBlock); }

  template <typename F>
  void each_block(const F& f, const T* a) {
    parallel_for(sums_.size(), 1, size_, [&](Range blocks) {
      for (size_t block = blocks.begin; block < blocks.end; ++block) sums_[block] = f(a + block * kBlock, length(block));
    });
  }

  const KernelTable<T>& kernels_;
  const size_t size_;
  std::vector<double> sums_;  // of blocks
};

}  // namespace chainrule
