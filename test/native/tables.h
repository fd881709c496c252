// Every table of kernels in turn, and the checks that the tests of its rows share.
#pragma once
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "check.h"
#include "isas.h"
#include "matrices.h"

namespace chainrule {

/// The error of a few roundings, relative to the arguments.
template <typename T>
constexpr double kTolerance = sizeof(T) == 4 ? 3e-6 : 6e-15;

template <typename T>
bool near(T got, double wanted, double scale = 1) {
  return std::abs(static_cast<double>(got) - wanted) <= kTolerance<T> * std::max(scale, std::abs(wanted));
}

/// Equal bits, or both NaN.
template <typename T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](T x, T y) { return same_bits(x, y) || (std::isnan(x) && std::isnan(y)); });
}

template <typename T>
void check_near(T got, double wanted, double scale, const char* what, const Kernels& k) {
  if (!near(got, wanted, scale))
    check::fail(
        __FILE__, __LINE__,
        std::string(what) + ' ' + k.isa + (sizeof(T) == 4 ? " f32" : " f64") + ": " + check::show(got) + ", not " + check::show(wanted));
}

inline void check_true(bool holds, const std::string& what, const Kernels& k) {
  if (!holds) check::fail(__FILE__, __LINE__, what + ' ' + k.isa);
}

/// Widths around the 16 lanes of a panel.
constexpr size_t kUnits[] = {1, 2, 3, 10, 15, 16, 17, 31, 33, 48, 100};

/// Rows first to last - 1 of `rows` are computed; the others must not change. They are two blocks of sixteen and a rest.
constexpr size_t kRows = 41;
constexpr Range kSome = {2, 37};

template <typename T>
bool outside_untouched(const Guarded<T>& m) {
  for (size_t row = 0; row < kRows; ++row) {
    if (row >= kSome.begin && row < kSome.end) continue;
    for (size_t p = 0; p < m.view().panels(); ++p)
      for (size_t i = 0; i < kLanes; ++i)
        if (!std::isnan(m.view().panel(p)[row * kLanes + i])) return false;
  }
  return m.canaries_alive();
}

/// Padding lanes of the computed rows.
template <typename T>
bool some_padding_is_zero(const Guarded<T>& m) {
  for (size_t row = kSome.begin; row < kSome.end; ++row)
    for (size_t j = m.view().cols; j < padded(m.view().cols); ++j)
      if (m.view().panel(j / kLanes)[row * kLanes + j % kLanes] != 0) return false;
  return true;
}

/// Every order of magnitude of either sign, zeros, and a grid where the functions bend.
template <typename T>
std::vector<T> arguments() {
  std::vector<T> z = {T{0}, -T{0}, T{1e4}, T{-1e4}, T{88}, T{-88}, T{20}, T{-20}, T{700}, T{-700}};
  for (double x = 1e-30; x < 1e5; x *= 7) z.insert(z.end(), {static_cast<T>(x), static_cast<T>(-x)});
  for (double x = -12; x < 12; x += 0.0625) z.push_back(static_cast<T>(x));
  z.resize(z.size() / kLanes * kLanes);
  return z;
}

inline double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }

}  // namespace chainrule
