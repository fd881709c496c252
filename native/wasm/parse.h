// Samples as JavaScript writes them into memory -> plain structs.
#pragma once
#include "nn/spec.h"
#include "nn/topology.h"

namespace chainrule {

/// Samples as JavaScript hands them over: x [rows, inputs], and y, which is labels [rows] or values [rows, targets]; and the
/// weights [rows], or null.
struct RawSamples {
  const void* x;
  const void* y;
  bool labelled;
  const void* weights;
  size_t rows;
};

/// Throws if a label is out of range.
template <typename T>
Samples<T> parse_samples(const RawSamples& raw, const Topology& topology);

}  // namespace chainrule
