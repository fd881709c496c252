#include "nn/mean_prediction.h"

#include <algorithm>

#include "math/parallel_for.h"
#include "nn/layers/member_rows.h"

namespace chainrule {
namespace {

/// f(panel, row) for all of one member's rows, on all threads if it is worth it.
template <typename F>
void for_vectors(size_t panels, size_t rows, size_t members, const F& f) {
  parallel_for(rows, 1, rows * members * panels * kLanes * kLanes, [&](Range range) {
    for (size_t panel = 0; panel < panels; ++panel) {
      for (size_t row = range.begin; row < range.end; ++row) f(panel, row);
    }
  });
}

/// The logarithms of a row's softmax: z - max - log(sum(exp(z - max))).
template <typename T>
void log_softmax(const KernelTable<T>& kernels, PanelView<const T> z, PanelView<T> out, size_t row) {
  T highest = z.at(row, 0);
  for (size_t j = 1; j < z.cols; ++j) highest = std::max(highest, z.at(row, j));
  T sum = 0;
  for (size_t panel = 0; panel < z.panels(); ++panel) {
    T* const to = out.panel(panel) + row * kLanes;
    const size_t count = std::min<size_t>(kLanes, z.cols - panel * kLanes);
    T powers[kLanes];
    for (size_t j = 0; j < count; ++j) to[j] = z.panel(panel)[row * kLanes + j] - highest;
    kernels.exp(to, powers, count);
    for (size_t j = 0; j < count; ++j) sum += powers[j];
  }
  T log_sum;
  kernels.log(&sum, &log_sum, 1);
  for (size_t j = 0; j < z.cols; ++j) out.at(row, j) -= log_sum;
}

/// The logarithm of the probability sigmoid(sign * z) is -softplus(-sign * z).
template <typename T>
void log_sigmoid(const KernelTable<T>& kernels, const T* z, T sign, T* out) {
  T negated[kLanes];
  for (size_t j = 0; j < kLanes; ++j) negated[j] = -sign * z[j];
  kernels.activate[static_cast<size_t>(Activation::softplus)](negated, out, 1);
  for (size_t j = 0; j < kLanes; ++j) out[j] = -out[j];
}

/// log(mean(exp(x))) over the members; `out` may be in the first member's rows.
template <typename T>
void log_mean_exp(const KernelTable<T>& kernels, PanelView<const T> all, size_t members, PanelView<T> out) {
  for_vectors(out.panels(), out.rows, members, [&](size_t panel, size_t row) {
    const auto of = [&](size_t member) { return member_rows(all, member, out.rows).panel(panel) + row * kLanes; };
    T highest[kLanes], sum[kLanes] = {}, powers[kLanes];
    std::copy_n(of(0), kLanes, highest);
    for (size_t member = 1; member < members; ++member) {
      for (size_t j = 0; j < kLanes; ++j) highest[j] = std::max(highest[j], of(member)[j]);
    }
    for (size_t member = 0; member < members; ++member) {
      for (size_t j = 0; j < kLanes; ++j) powers[j] = of(member)[j] - highest[j];
      kernels.exp(powers, powers, kLanes);
      for (size_t j = 0; j < kLanes; ++j) sum[j] += powers[j];
    }
    for (size_t j = 0; j < kLanes; ++j) sum[j] /= static_cast<T>(members);
    kernels.log(sum, sum, kLanes);
    const size_t count = std::min<size_t>(kLanes, out.cols - panel * kLanes);
    T* const to = out.panel(panel) + row * kLanes;
    for (size_t j = 0; j < kLanes; ++j) to[j] = j < count ? highest[j] + sum[j] : 0;
  });
}

}  // namespace

template <typename T>
PanelView<T> mean_over_members(PanelView<T> all, size_t members) {
  const PanelView<T> mean = member_rows(all, 0, all.rows / members);
  for_vectors(mean.panels(), mean.rows, members, [&](size_t panel, size_t row) {
    T* const sum = mean.panel(panel) + row * kLanes;
    for (size_t member = 1; member < members; ++member) {
      const T* const from = member_rows(all, member, mean.rows).panel(panel) + row * kLanes;
      for (size_t j = 0; j < kLanes; ++j) sum[j] += from[j];
    }
    for (size_t j = 0; j < kLanes; ++j) sum[j] /= static_cast<T>(members);
  });
  return mean;
}

template <typename T>
void logits_of_mean(const KernelTable<T>& kernels, LossReads reads, PanelView<const T> logits, size_t members, PanelView<T> work,
                    PanelView<T> out) {
  if (reads == LossReads::log_rates) return log_mean_exp<T>(kernels, logits, members, out);
  if (reads == LossReads::class_logits) {
    parallel_for(logits.rows, 1, logits.rows * logits.cols * kLanes, [&](Range rows) {
      for (size_t row = rows.begin; row < rows.end; ++row) log_softmax(kernels, logits, work, row);
    });
    return log_mean_exp<T>(kernels, work, members, out);
  }
  const auto log_probabilities = [&](T sign) {
    for_vectors(logits.panels(), logits.rows, 1, [&](size_t panel, size_t row) {
      log_sigmoid(kernels, logits.panel(panel) + row * kLanes, sign, work.panel(panel) + row * kLanes);
    });
  };
  log_probabilities(1);
  log_mean_exp<T>(kernels, work, members, out);
  log_probabilities(-1);
  const PanelView<T> other = member_rows(work, 0, out.rows);
  log_mean_exp<T>(kernels, work, members, other);
  for_vectors(out.panels(), out.rows, 1, [&](size_t panel, size_t row) {
    T* const to = out.panel(panel) + row * kLanes;
    const T* const from = other.panel(panel) + row * kLanes;
    for (size_t j = 0; j < kLanes; ++j) to[j] -= from[j];
  });
}

template PanelView<float> mean_over_members(PanelView<float>, size_t);
template PanelView<double> mean_over_members(PanelView<double>, size_t);
template void logits_of_mean(const KernelTable<float>&, LossReads, PanelView<const float>, size_t, PanelView<float>, PanelView<float>);
template void logits_of_mean(const KernelTable<double>&, LossReads, PanelView<const double>, size_t, PanelView<double>, PanelView<double>);

}  // namespace chainrule
