#include "math/parallel_for.h"

#include <atomic>

namespace chainrule {
namespace {

/// Parts of a range; with more threads than these, some have a part in common.
constexpr size_t kMaxParts = 64;

/// A part of a range, a pair of cache lines away from the next.
struct alignas(128) Part {
  std::atomic<size_t> next;
  size_t end;

  /// Some of what is left, or nothing.
  Range take() {
    const size_t seen = next.load(std::memory_order_relaxed);
    if (seen >= end) return {end, end};
    const size_t size = std::max<size_t>(1, (end - seen) / 2);
    const size_t begin = std::min(end, next.fetch_add(size, std::memory_order_relaxed));
    return {begin, std::min(end, begin + size)};
  }
};

}  // namespace

void share_out(size_t count, FunctionRef<void(Range)> f) noexcept {
  const size_t threads = std::min(static_cast<size_t>(ThreadPool::shared().size()), count);
  const size_t parts = std::min(threads, kMaxParts);
  Part part[kMaxParts];
  for (size_t i = 0, begin = 0; i < parts; ++i) {
    part[i].next.store(begin, std::memory_order_relaxed);
    begin += (count - begin) / (parts - i);
    part[i].end = begin;
  }
  ThreadPool::shared().run(threads, [&](size_t) {
    const size_t first = ThreadPool::place();
    for (size_t i = 0; i < parts; ++i) {
      Part& here = part[(first + i) % parts];
      for (Range range = here.take(); range.begin < range.end; range = here.take()) f(range);
    }
  });
}

}  // namespace chainrule
