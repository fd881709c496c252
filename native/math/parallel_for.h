#pragma once
#include <algorithm>

#include "kernels/kernels.h"
#include "math/thread_pool.h"

namespace chainrule {

/// Below this number of multiply-adds, or as much other work (about 10 us of one core), waking a helper costs more than it brings.
constexpr size_t kWorthSharing = size_t{1} << 20;

/// Pieces that each thread should find at the least, so that one that comes late does not leave the others waiting.
constexpr size_t kPiecesPerThread = 4;

/// In how many pieces work of this size should be cut for the threads there are; 1 if it is not worth sharing.
inline size_t pieces_wanted(size_t work) {
  if (work < kWorthSharing) return 1;
  const int threads = ThreadPool::shared().size();
  return threads == 1 ? 1 : static_cast<size_t>(threads) * kPiecesPerThread;
}

/// parallel_for() of work that may be worth sharing. Apart from it, so that little work is done where it is asked for.
template <typename F>
void share_out(size_t count, size_t unit, size_t work, const F& f) {
  const size_t pieces = pieces_wanted(work);
  if (pieces == 1) return f(Range{0, count});
  const size_t size = std::max<size_t>(1, (count + pieces * unit - 1) / (pieces * unit)) * unit;
  ThreadPool::shared().run((count + size - 1) / size, [&](size_t i) { f(Range{i * size, std::min(count, (i + 1) * size)}); });
}

/// Calls f(range) for ranges that cover [0, count), whole multiples of `unit` but for the last; on all threads if the work is worth it.
template <typename F>
inline void parallel_for(size_t count, size_t unit, size_t work, const F& f) {
  if (work < kWorthSharing) return f(Range{0, count});
  share_out(count, unit, work, f);
}

}  // namespace chainrule
