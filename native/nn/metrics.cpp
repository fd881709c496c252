#include "nn/metrics.h"

#include <cmath>

namespace chainrule {
namespace {

/// One row of outputs, and what they should be.
template <typename T>
struct OutputRow {
  const Topology& topology;
  PanelView<const T> outputs;
  const int32_t* labels;  ///< of all rows; null if there are targets
  PanelView<const T> targets;
  size_t row;

  double output(size_t j) const { return static_cast<double>(outputs.at(row, j)); }
  double target(size_t j) const {
    return labels == nullptr ? static_cast<double>(targets.at(row, j)) : labels[row] == static_cast<int32_t>(j) ? 1 : 0;
  }
};

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

// The functions of metrics.inc: each adds a row to `sum`.

/// The part of a row that is right: with one output, or several independent ones, those on the right side of the threshold;
/// otherwise whether the largest output is the right one.
template <typename T>
void accuracy(const OutputRow<T>& r, double& sum) {
  const size_t columns = r.outputs.cols;
  if (r.labels != nullptr) {
    sum += argmax(r.outputs, r.row) == static_cast<size_t>(r.labels[r.row]) ? 1 : 0;
  } else if (columns > 1 && kLossTraits[static_cast<size_t>(r.topology.loss)].reads != LossReads::logits) {
    sum += argmax(r.outputs, r.row) == argmax(r.targets, r.row) ? 1 : 0;
  } else {
    size_t right = 0;
    for (size_t j = 0; j < columns; ++j) {
      if ((r.output(j) > threshold(r.topology)) == (r.target(j) > 0.5)) ++right;
    }
    sum += static_cast<double>(right) / static_cast<double>(columns);
  }
}

template <typename T>
void mse(const OutputRow<T>& r, double& sum) {
  for (size_t j = 0; j < r.outputs.cols; ++j) {
    const double error = r.output(j) - r.target(j);
    sum += error * error;
  }
}

template <typename T>
void mae(const OutputRow<T>& r, double& sum) {
  for (size_t j = 0; j < r.outputs.cols; ++j) sum += std::abs(r.output(j) - r.target(j));
}

}  // namespace

template <typename T>
void MetricSums::add(const Topology& topology, PanelView<const T> outputs, const int32_t* labels, PanelView<const T> targets) {
  OutputRow<T> r{topology, outputs, labels, targets, 0};
  for (; r.row < outputs.rows; ++r.row) {
    double* sum = sums.data();
#define METRIC(name, divisor) name<T>(r, *sum++);
#include "nn/metrics.inc"
#undef METRIC
  }
}

Metrics MetricSums::mean(const Topology& topology) const {
  const double samples = static_cast<double>(rows);
  const double elements = samples * static_cast<double>(topology.outputs);
  const double divisors[] = {
#define METRIC(name, divisor) divisor,
#include "nn/metrics.inc"
#undef METRIC
  };
  Metrics means;
  means.loss = loss / topology.loss_divisor(rows);
  for (size_t i = 0; i < kMetricCount; ++i) means.values[i] = sums[i] / divisors[i];
  return means;
}

template void MetricSums::add(const Topology&, PanelView<const float>, const int32_t*, PanelView<const float>);
template void MetricSums::add(const Topology&, PanelView<const double>, const int32_t*, PanelView<const double>);

}  // namespace chainrule
