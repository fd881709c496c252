// The circumstances of a training step that diverged, for the message about it.
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>

#include "nn/parameters.h"

namespace chainrule {

struct Divergence {
  int64_t tensor = -1;             ///< the trained tensor with the largest weight at that time, by its index in the list; -1: none diverged
  double weight = 0;               ///< its magnitude; infinite for one that was not finite
  size_t first_row = 0, rows = 0;  ///< the batch, as places in the order of the epoch; no rows where it is not known
};

/// The trained tensor of a block with the largest weight.
template <typename T>
Divergence largest_weight(const ParameterList& parameters, const T* block) {
  Divergence found;
  for (size_t index = 0; index < parameters.all().size(); ++index) {
    const Parameter& tensor = parameters.all()[index];
    if (!tensor.trained) break;
    const PanelView<const T> view = tensor.view(block);
    for (size_t row = 0; row < view.rows; ++row) {
      for (size_t col = 0; col < view.cols; ++col) {
        const double value = std::abs(static_cast<double>(view.at(row, col)));
        const double weight = std::isfinite(value) ? value : std::numeric_limits<double>::infinity();
        if (found.tensor >= 0 && weight <= found.weight) continue;
        found.tensor = static_cast<int64_t>(index);
        found.weight = weight;
      }
    }
  }
  return found;
}

}  // namespace chainrule
