#include "nn/intake.h"

#include <atomic>

#include "math/parallel_for.h"

namespace chainrule {
namespace {

/// Elements that a thread takes at the least: some pages.
constexpr size_t kUnit = 4096;

/// About how many multiply-adds a core does while it copies or checks an element.
constexpr size_t kWork = 8;

constexpr size_t element_size(Element element) {
  constexpr size_t kSizes[] = {
#define ELEMENT(name, type) sizeof(type),
#include "kernels/elements.inc"
#undef ELEMENT
  };
  return kSizes[static_cast<size_t>(element)];
}

/// Whether f(range) is true for all ranges that cover [0, count).
template <typename F>
bool all_of(size_t count, size_t unit, size_t work, const F& f) {
  std::atomic<bool> all{true};
  parallel_for(count, unit, work, [&](Range range) {
    if (all.load(std::memory_order_relaxed) && !f(range)) all.store(false, std::memory_order_relaxed);
  });
  return all.load(std::memory_order_relaxed);
}

template <typename T>
bool is_category(T value, size_t categories) {
  if (!(value >= 0 && value < static_cast<T>(categories))) return false;
  return static_cast<T>(static_cast<int32_t>(value)) == value;  // there are no more than 2^24
}

}  // namespace

template <typename T>
bool take(const KernelTable<T>& kernels, Element element, const void* from, T* to, size_t count, Bounds<T> bounds) {
  const auto kernel = kernels.take[static_cast<size_t>(element)];
  const char* const bytes = static_cast<const char*>(from);
  std::atomic<bool> all{true};
  parallel_for(count, kUnit, count * kWork, [&](Range range) {
    const void* const first = bytes + range.begin * element_size(element);
    if (!kernel(first, to + range.begin, range.end - range.begin, bounds.low, bounds.high)) all.store(false, std::memory_order_relaxed);
  });
  return all.load(std::memory_order_relaxed);
}

template <typename T>
bool are_within(const KernelTable<T>& kernels, const T* data, size_t rows, size_t columns, Bounds<T> bounds,
                std::span<const CategoryColumns> categories) {
  const size_t count = rows * columns;
  if (!all_of(count, kUnit, count * kWork,
              [&](Range range) { return kernels.within(data + range.begin, range.end - range.begin, bounds.low, bounds.high); })) {
    return false;
  }
  for (const CategoryColumns& group : categories) {
    const bool all = all_of(rows, 1, rows * group.count * kWork, [&](Range range) {
      for (size_t row = range.begin; row < range.end; ++row) {
        const T* const values = data + row * columns + group.first;
        for (size_t i = 0; i < group.count; ++i)
          if (!is_category(values[i], group.categories)) return false;
      }
      return true;
    });
    if (!all) return false;
  }
  return true;
}

template bool take(const KernelTable<float>&, Element, const void*, float*, size_t, Bounds<float>);
template bool take(const KernelTable<double>&, Element, const void*, double*, size_t, Bounds<double>);
template bool are_within(const KernelTable<float>&, const float*, size_t, size_t, Bounds<float>, std::span<const CategoryColumns>);
template bool are_within(const KernelTable<double>&, const double*, size_t, size_t, Bounds<double>, std::span<const CategoryColumns>);

}  // namespace chainrule
