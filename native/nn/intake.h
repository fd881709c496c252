// Values from outside on their way in: copied, converted and checked in one pass, on all threads if they are many.
#pragma once
#include <cstdint>
#include <span>

#include "kernels/kernels.h"

namespace chainrule {

/// Both finite.
template <typename T>
struct Bounds {
  T low, high;
};

/// Columns of a matrix that hold categories, whole numbers from 0 to `categories` - 1: `count` of them from `first` on.
struct CategoryColumns {
  size_t first, count, categories;
};

/// Copies `count` elements of the type `element` to `to`, rounded to nearest; whether all of them are within the bounds then. `from` may
/// change meanwhile: the answer is about `to`.
template <typename T>
bool take(const KernelTable<T>& kernels, Element element, const void* from, T* to, size_t count, Bounds<T> bounds);

/// Whether all of `data` [rows, columns] is within the bounds, and has categories where they belong.
template <typename T>
bool are_within(const KernelTable<T>& kernels, const T* data, size_t rows, size_t columns, Bounds<T> bounds,
                std::span<const CategoryColumns> categories);

}  // namespace chainrule
