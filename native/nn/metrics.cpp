#include "nn/metrics.h"

#include <cmath>

namespace chainrule {
namespace {

/// One row of targets, and the outputs that are compared with them.
template <typename T>
struct OutputRow {
  const Topology& topology;
  PanelView<const T> outputs;
  const int32_t* labels;  ///< of all rows; null if there are targets
  PanelView<const T> targets;
  size_t row;

  size_t count() const { return topology.outputs_per_target == 0 ? 0 : topology.targets; }
  /// The column of a target's point; `targets` has the target in all columns of its outputs.
  size_t column(size_t j) const { return j * topology.outputs_per_target + topology.loss.point; }
  double output(size_t j) const { return static_cast<double>(outputs.at(row, column(j))); }
  double target(size_t j) const {
    return labels == nullptr ? static_cast<double>(targets.at(row, column(j))) : labels[row] == static_cast<int32_t>(j) ? 1 : 0;
  }
};

/// The index of the first of the largest of `count` values.
template <typename F>
size_t argmax(size_t count, const F& value) {
  size_t best = 0;
  for (size_t j = 1; j < count; ++j) {
    if (value(j) > value(best)) best = j;
  }
  return best;
}

template <typename T>
size_t chosen(const OutputRow<T>& r) {
  return argmax(r.count(), [&](size_t j) { return r.output(j); });
}

/// Where one output changes from no to yes: a probability of one half, or its logit.
double threshold(const Topology& t) { return t.loss_traits().reads != LossReads::numbers && !t.loss_fused() ? 0 : 0.5; }

/// Whether a row's outputs are yes or no each for itself, however many there are.
bool independent(const Topology& t) {
  const LossReads reads = t.loss_traits().reads;
  return reads == LossReads::logits || reads == LossReads::scores;
}

// The functions of metrics.inc: each adds a row to `sum`.

/// The part of a row that is right: with one output, or several independent ones, those on the right side of the threshold;
/// otherwise whether the largest output is the right one.
template <typename T>
void accuracy(const OutputRow<T>& r, double& sum) {
  if (r.labels != nullptr) {
    sum += chosen(r) == static_cast<size_t>(r.labels[r.row]) ? 1 : 0;
  } else if (r.count() > 1 && !independent(r.topology)) {
    sum += chosen(r) == argmax(r.count(), [&](size_t j) { return r.target(j); }) ? 1 : 0;
  } else {
    size_t right = 0;
    for (size_t j = 0; j < r.count(); ++j) {
      if ((r.output(j) > threshold(r.topology)) == (r.target(j) > 0.5)) ++right;
    }
    sum += static_cast<double>(right) / static_cast<double>(r.count());
  }
}

template <typename T>
void mse(const OutputRow<T>& r, double& sum) {
  for (size_t j = 0; j < r.count(); ++j) {
    const double error = r.output(j) - r.target(j);
    sum += error * error;
  }
}

template <typename T>
void mae(const OutputRow<T>& r, double& sum) {
  for (size_t j = 0; j < r.count(); ++j) sum += std::abs(r.output(j) - r.target(j));
}

}  // namespace

template <typename T>
void MetricSums::add(const Topology& topology, PanelView<const T> outputs, const int32_t* labels, PanelView<const T> targets, Range some) {
  OutputRow<T> r{topology, outputs, labels, targets, some.begin};
  for (; r.row < some.end; ++r.row) {
    double* sum = sums.data();
#define METRIC(name, divisor) name<T>(r, *sum++);
#include "nn/metrics.inc"
#undef METRIC
  }
}

Metrics MetricSums::mean(const Topology& topology) const {
  const double samples = static_cast<double>(rows);
  const double elements = samples * static_cast<double>(topology.targets);
  const double divisors[] = {
#define METRIC(name, divisor) divisor,
#include "nn/metrics.inc"
#undef METRIC
  };
  Metrics means;
  means.loss = topology.mean_loss(loss, weight);
  for (size_t i = 0; i < kMetricCount; ++i) means.values[i] = sums[i] / divisors[i];
  return means;
}

template void MetricSums::add(const Topology&, PanelView<const float>, const int32_t*, PanelView<const float>, Range);
template void MetricSums::add(const Topology&, PanelView<const double>, const int32_t*, PanelView<const double>, Range);

}  // namespace chainrule
