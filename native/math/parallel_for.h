#pragma once
#include <algorithm>

#include "kernels/kernels.h"
#include "math/function_ref.h"
#include "math/thread_pool.h"

namespace chainrule {

/// Below this number of elements that are passed over once, or as much other work, waking a helper costs more than it brings.
constexpr size_t kWorthSharing = size_t{1} << 20;

inline bool is_worth_sharing(size_t work) { return work >= kWorthSharing && ThreadPool::shared().size() > 1; }

/// Calls f(range), which must not throw, for ranges that cover [0, count), on all threads. Each thread begins in a part that is the same
/// every time, so that its caches still have what it read and wrote there last. It takes half of what is left of that part, again and
/// again, and then helps out in the others: the last ranges are short, and a thread that comes late leaves nobody waiting.
void share_out(size_t count, FunctionRef<void(Range)> f) noexcept;

/// parallel_for() of work that may be worth sharing. Apart from it, so that little work is done where it is asked for.
template <typename F>
void share_out(size_t count, size_t unit, const F& f) {
  if (ThreadPool::shared().size() == 1) return f(Range{0, count});
  share_out((count + unit - 1) / unit, [&](Range units) { f(Range{units.begin * unit, std::min(count, units.end * unit)}); });
}

/// Calls f(range) for ranges that cover [0, count), whole multiples of `unit` but for the last; on all threads if the work is worth it.
template <typename F>
void parallel_for(size_t count, size_t unit, size_t work, const F& f) {
  if (work < kWorthSharing) return f(Range{0, count});
  share_out(count, unit, f);
}

}  // namespace chainrule
