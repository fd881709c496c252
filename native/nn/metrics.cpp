#include "nn/metrics.h"

#include <cmath>

namespace chainrule {
namespace {

template <typename T>
size_t argmax(PanelView<const T> m, size_t row) {
  size_t best = 0;
  for (size_t j = 1; j < m.cols; ++j) {
    if (m.at(row, j) > m.at(row, best)) best = j;
  }
  return best;
}

/// Where one output changes from no to yes: a probability of one half, or its logit.
double threshold(const Topology& t) {
  const bool reads_logits = kLossTraits[static_cast<size_t>(t.loss)].reads != LossReads::numbers;
  return reads_logits && !t.loss_fused() ? 0 : 0.5;
}

/// The part of a row that is right: with one output, or several independent ones, those on the right side of the threshold;
/// otherwise whether the largest output is the right one.
template <typename T>
double correct_part(const Topology& topology, PanelView<const T> outputs, size_t row, const int32_t* labels, PanelView<const T> targets) {
  if (labels != nullptr) return argmax(outputs, row) == static_cast<size_t>(labels[row]) ? 1 : 0;
  if (outputs.cols > 1 && kLossTraits[static_cast<size_t>(topology.loss)].reads != LossReads::logits) return argmax(outputs, row) == argmax(targets, row) ? 1 : 0;
  size_t right = 0;
  for (size_t j = 0; j < outputs.cols; ++j) {
    const bool yes = static_cast<double>(outputs.at(row, j)) > threshold(topology);
    if (yes == (static_cast<double>(targets.at(row, j)) > 0.5)) ++right;
  }
  return static_cast<double>(right) / static_cast<double>(outputs.cols);
}

}  // namespace

template <typename T>
void MetricSums::add(const Topology& topology, PanelView<const T> outputs, const int32_t* labels, PanelView<const T> targets) {
  for (size_t i = 0; i < outputs.rows; ++i) {
    correct += correct_part(topology, outputs, i, labels, targets);
    for (size_t j = 0; j < outputs.cols; ++j) {
      const double target = labels == nullptr ? static_cast<double>(targets.at(i, j)) : labels[i] == static_cast<int32_t>(j) ? 1 : 0;
      const double error = static_cast<double>(outputs.at(i, j)) - target;
      squared_error += error * error;
      absolute_error += std::abs(error);
    }
  }
}

Metrics MetricSums::mean(const Topology& topology) const {
  const double samples = static_cast<double>(rows);
  const double elements = samples * static_cast<double>(topology.outputs);
  return {loss / topology.loss_divisor(rows), correct / samples, squared_error / elements, absolute_error / elements};
}

template void MetricSums::add(const Topology&, PanelView<const float>, const int32_t*, PanelView<const float>);
template void MetricSums::add(const Topology&, PanelView<const double>, const int32_t*, PanelView<const double>);

}  // namespace chainrule
