// Matrices for tests: random numbers that are the same everywhere, and memory that shows who reads or writes beyond a matrix.
#pragma once
#include <algorithm>
#include <cstring>
#include <limits>

#include "math/panel_matrix.h"

namespace chainrule {

/// The same numbers on every platform (Knuth's MMIX generator).
class Numbers {
 public:
  explicit Numbers(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return state_ >> 11;
  }
  /// In [-1, 1), with a full mantissa, so that no sum is exact and every change of order shows.
  template <typename T>
  T value() {
    return static_cast<T>(static_cast<double>(next()) * 0x1p-52 - 1);
  }
  size_t below(size_t n) { return static_cast<size_t>(next() >> 16) % n; }

 private:
  uint64_t state_;
};

template <typename T>
inline bool same_bits(T a, T b) {
  return std::memcmp(&a, &b, sizeof(T)) == 0;
}

/// A matrix with canaries before, behind and between its panels. A canary is a NaN, so that reading one shows as well as writing one.
template <typename T>
class Guarded {
 public:
  /// Elements are canaries at first: whoever computes the matrix must write all of it.
  Guarded(size_t rows, size_t cols) : rows_(rows) {
    view_.rows = rows;
    view_.cols = cols;
    view_.stride = rows * kLanes + kGap;
    buffer_ = AlignedBuffer<T>(kGap + view_.panels() * view_.stride);
    std::fill_n(buffer_.data(), buffer_.size(), std::numeric_limits<T>::quiet_NaN());
    view_.data = buffer_.data() + kGap;
  }

  PanelView<T> view() const { return view_; }

  /// Random elements and zeros in the padding lanes.
  void fill(Numbers& numbers) {
    clear();
    for (size_t i = 0; i < view_.rows; ++i)
      for (size_t j = 0; j < view_.cols; ++j) view_.at(i, j) = numbers.value<T>();
  }
  void clear() {
    for (size_t p = 0; p < view_.panels(); ++p) std::fill_n(view_.panel(p), rows_ * kLanes, T{0});
  }
  void set_padding(T value) {
    for (size_t i = 0; i < view_.rows; ++i)
      for (size_t j = view_.cols; j < padded(view_.cols); ++j) view_.panel(j / kLanes)[i * kLanes + j % kLanes] = value;
  }

  bool padding_is_zero() const {
    for (size_t i = 0; i < view_.rows; ++i)
      for (size_t j = view_.cols; j < padded(view_.cols); ++j)
        if (!same_bits(view_.panel(j / kLanes)[i * kLanes + j % kLanes], T{0})) return false;
    return true;
  }
  bool canaries_alive() const {
    const T canary = std::numeric_limits<T>::quiet_NaN();
    const auto alive = [&](const T* from, size_t count) {
      return std::all_of(from, from + count, [&](T x) { return same_bits(x, canary); });
    };
    bool all = alive(buffer_.data(), kGap);
    for (size_t p = 0; p < view_.panels(); ++p) all = all && alive(view_.panel(p) + rows_ * kLanes, kGap);
    return all;
  }

 private:
  static constexpr size_t kGap = 3 * kLanes;
  size_t rows_;
  AlignedBuffer<T> buffer_;
  PanelView<T> view_;
};

}  // namespace chainrule
