// Sums from which the metrics of a batch, an epoch or a data set are made.
#pragma once
#include "math/panel_matrix.h"
#include "nn/spec.h"
#include "nn/topology.h"

namespace chainrule {

struct MetricSums {
  double loss = 0;
  PerMetric<double> sums{};
  double weight = 0;  ///< of the samples whose losses were added
  size_t rows = 0;

  /// Adds some rows of a batch: its outputs (activations), and its labels or its targets.
  template <typename T>
  void add(const Topology& topology, PanelView<const T> outputs, const int32_t* labels, PanelView<const T> targets, Range some);

  friend MetricSums operator+(const MetricSums& a, const MetricSums& b) {
    MetricSums sum{a.loss + b.loss, a.sums, a.weight + b.weight, a.rows + b.rows};
    for (size_t i = 0; i < kMetricCount; ++i) sum.sums[i] += b.sums[i];
    return sum;
  }

  Metrics mean(const Topology& topology) const;
};

}  // namespace chainrule
