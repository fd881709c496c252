// Specifications as rows of numbers, in the order in which lib/wasm/numbers.ts writes them -> plain structs.
#pragma once
#include "nn/limits.h"
#include "nn/numbers.h"
#include "nn/trainer.h"

namespace chainrule {

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
