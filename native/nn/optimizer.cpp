#include "nn/optimizer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "math/parallel_for.h"

namespace chainrule {
namespace {

/// base^exponent by multiplications alone: std::pow is not the same on every platform.
double power(double base, uint64_t exponent) {
  double result = 1;
  for (; exponent > 0; exponent >>= 1, base *= base) {
    if ((exponent & 1) != 0) result *= base;
  }
  return result;
}

/// The second argument of a row of optimizers.inc. Too many arrays do not compile.
template <typename... Flags>
KeptArrays arrays_of(Flags... flags) {
  return {flags...};
}

double start_of(const OptimizerSpec& s) {
  switch (s.kind) {
#define OPTIMIZER(name, kept, start, ...) \
  case Optimizer::name:                   \
    return start;
#include "kernels/optimizers.inc"
#undef OPTIMIZER
  }
  return 0;
}

/// The coefficients of step `t`, counted from 1.
StepCoefficients<double> coefficients_of(const OptimizerSpec& s, uint64_t t) {
  StepCoefficients<double> c;
#define COEFFICIENT(name, kind, ...) c.name = __VA_ARGS__;
#include "kernels/coefficients.inc"
#undef COEFFICIENT
  switch (s.kind) {
#define OPTIMIZER(name, kept, start, step, ...) \
  case Optimizer::name:                         \
    step break;
#include "kernels/optimizers.inc"
#undef OPTIMIZER
  }
  return c;
}

}  // namespace

KeptArrays kept_arrays(const OptimizerSpec& s) {
  switch (s.kind) {
#define OPTIMIZER(name, kept, ...) \
  case Optimizer::name:            \
    return arrays_of kept;
#include "kernels/optimizers.inc"
#undef OPTIMIZER
  }
  return {};
}

int slot_count(const OptimizerSpec& spec) {
  const KeptArrays kept = kept_arrays(spec);
  return static_cast<int>(std::count(kept.begin(), kept.end(), true));
}

bool same_slots(const OptimizerSpec& a, const OptimizerSpec& b) { return a.kind == b.kind && kept_arrays(a) == kept_arrays(b); }

template <typename T>
OptimizerState<T>::OptimizerState(const OptimizerSpec& spec, size_t block_size, Filled filled) : kept_(kept_arrays(spec)) {
  set_spec(spec);
  for (int i = 0; i < slot_count(spec); ++i) slots_.emplace_back(block_size, typename AlignedBuffer<T>::Uninitialized());
  if (filled == Filled::now) begin();
}

template <typename T>
void OptimizerState<T>::set_spec(const OptimizerSpec& spec) {
  spec_ = spec;
#define SETTING(name, typescript, kind) coefficients_.name = static_cast<typename KindsOf<T>::kind>(spec.name);
#include "kernels/settings.inc"
#undef SETTING
  // Never 0: the padding lanes, and parameters that never had a gradient, would become 0 / 0.
  coefficients_.epsilon = std::max(coefficients_.epsilon, std::numeric_limits<T>::min());
}

template <typename T>
void OptimizerState<T>::begin() {
  if (std::exchange(begun_, true)) return;
  const T start = static_cast<T>(start_of(spec_));
  for (AlignedBuffer<T>& slot : slots_) {
    parallel_for(slot.size(), 4096, slot.size(),
                 [&](Range range) { std::fill(slot.data() + range.begin, slot.data() + range.end, start); });
  }
}

template <typename T>
void OptimizerState<T>::begin_step(double learning_rate, double weight_decay) {
  spec_.learning_rate = learning_rate;
  spec_.weight_decay = weight_decay;
  coefficients_.learning_rate = static_cast<T>(learning_rate);
  coefficients_.weight_decay = static_cast<T>(weight_decay);
  const StepCoefficients<double> exact = coefficients_of(spec_, ++steps_);
#define COEFFICIENT(name, kind, ...) coefficients_.name = static_cast<typename KindsOf<T>::kind>(exact.name);
#include "kernels/coefficients.inc"
#undef COEFFICIENT
  plain_factor_ = -coefficients_.rate;
}

template <typename T>
void OptimizerState<T>::apply(const KernelTable<T>& kernels, T* block, size_t offset, const T* gradient, size_t vectors) const {
  UpdateBlock<T> u{};
  u.weights = block + offset;
  u.gradient = gradient;
  size_t next = 0;
  for (size_t i = 0; i < kept_.size(); ++i) {
    if (kept_[i]) u.state[i] = slots_[next++].data() + offset;
  }
  u.vectors = vectors;
  u.step = &coefficients_;
  kernels.update[static_cast<size_t>(spec_.kind)](u);
}

template class OptimizerState<float>;
template class OptimizerState<double>;

}  // namespace chainrule
