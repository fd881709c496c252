// Loops of the kernels' tests: over the instruction sets and both element types.
#pragma once
#include <cmath>
#include <string>
#include <vector>

#include "check.h"
#include "isas.h"
#include "matrices.h"

namespace chainrule {

/// run(table, T{}) gives a std::vector<T>: the same bits from all instruction sets that fuse.
template <typename F>
void check_same_bits(const char* subject, const F& run) {
  const auto check = [&](const Kernels& k, const auto& expected, const auto& got) {
    bool same = expected.size() == got.size();
    for (size_t i = 0; same && i < got.size(); ++i) same = same_bits(expected[i], got[i]);
    if (!same) check::fail(__FILE__, __LINE__, std::string(subject) + ": other bits from " + k.isa);
  };
  const auto floats = run(reference_kernels().f32, float{});
  const auto doubles = run(reference_kernels().f64, double{});
  for (const Kernels* k : fusing(kernels_to_test())) {
    check(*k, floats, run(k->f32, float{}));
    check(*k, doubles, run(k->f64, double{}));
  }
}

/// |got - expected| <= tolerance * max(1, |expected|), with a tolerance for each element type.
template <typename T>
void check_close(const char* subject, const Kernels& k, T got, double expected, double tolerance_f32, double tolerance_f64) {
  const double tolerance = sizeof(T) == 4 ? tolerance_f32 : tolerance_f64;
  if (std::abs(static_cast<double>(got) - expected) <= tolerance * std::max(1.0, std::abs(expected))) return;
  check::fail(__FILE__, __LINE__,
              std::string(subject) + ' ' + k.isa + (sizeof(T) == 4 ? " f32" : " f64") + ": " + check::show(got) + ", expected " +
                  check::show(expected));
}

/// A vector of columns, padded with zeros.
template <typename T>
std::vector<T> column_vector(size_t columns, Numbers& numbers) {
  std::vector<T> v(padded(columns), T{0});
  for (size_t i = 0; i < columns; ++i) v[i] = numbers.value<T>();
  return v;
}

/// Appends the elements of a matrix, row by row, padding included; fails if padding or canaries were written to.
template <typename T>
void append(std::vector<T>& to, const Guarded<T>& matrix) {
  CHECK(matrix.padding_is_zero());
  CHECK(matrix.canaries_alive());
  for (size_t row = 0; row < matrix.view().rows; ++row)
    for (size_t column = 0; column < matrix.view().cols; ++column) to.push_back(matrix.view().at(row, column));
}

/// Appends a vector of columns; fails if its padding is not zero.
template <typename T>
void append(std::vector<T>& to, const std::vector<T>& vector, size_t columns) {
  for (size_t i = columns; i < vector.size(); ++i) CHECK(same_bits(vector[i], T{0}));
  to.insert(to.end(), vector.begin(), vector.begin() + static_cast<std::ptrdiff_t>(columns));
}

}  // namespace chainrule
