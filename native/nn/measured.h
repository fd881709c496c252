// Parameters that are measured, such as running statistics.
#pragma once
#include <cmath>

#include "nn/layers/gradient.h"
#include "nn/parameters.h"
#include "nn/spec.h"

namespace chainrule {

/// Moves them towards the values of a batch, but in frozen layers; where those are NaN, they stay. With shards `measured` are sums over
/// them. It is laid out as the block, from `begin` on.
template <typename T>
void move_measured(const ParameterList& parameters, const std::vector<TensorSettings>& tensors, const T* measured, T* block,
                   size_t begin = 0, T shards = 1) {
  for (const Parameter& parameter : parameters) {
    const T momentum = static_cast<T>(parameter.momentum);
    if (parameter.trained || momentum == 0 || (!tensors.empty() && tensors[parameter.trained_before - 1].frozen)) continue;
    const size_t end = parameter.offset + parameter.rows * padded(parameter.cols);
    for (size_t i = parameter.offset; i < end; ++i) {
      const T value = measured[i - begin] / shards;
      if (!std::isnan(value)) block[i] = moved(block[i], value, momentum);
    }
  }
}

}  // namespace chainrule
