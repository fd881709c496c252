// Specifications as rows of numbers, in the order in which lib/wasm/numbers.ts writes them -> plain structs.
#pragma once
#include "nn/limits.h"
#include "nn/trainer.h"

namespace chainrule {

/// Reads a row of numbers one after the other.
class Numbers {
 public:
  Numbers(const double* first, size_t count) : next_(first), end_(first + count) {}

  double number();
  bool flag() { return number() != 0; }
  /// A whole number from `min` to `max`.
  uint64_t whole(uint64_t min, uint64_t max);
  /// The index of a name in a list of so many.
  template <typename Enum>
  Enum one_of(size_t count) {
    return static_cast<Enum>(whole(0, count - 1));
  }

 private:
  const double* next_;
  const double* end_;
};

NetworkSpec parse_network(Numbers& numbers);
OptimizerSpec parse_optimizer(Numbers& numbers);

/// Samples as JavaScript hands them over: x [rows, inputs], and y, which is labels [rows] or values [rows, outputs].
struct RawSamples {
  const void* x;
  const void* y;
  bool labelled;
  size_t rows;
};

/// Throws if a label is out of range.
template <typename T>
Samples<T> parse_samples(const RawSamples& raw, const Topology& topology);

}  // namespace chainrule
