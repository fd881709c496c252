#include "nn/optimizer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "kernels/dispatch.h"
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

/// The momentum of Nadam's step t: PyTorch's beta1 * (1 - 0.96^(t * momentum_decay) / 2).
double nadam_momentum(const OptimizerSettings<double>& s, uint64_t t) {
  constexpr double kLogarithm = -0.040821994520255166;  // of 0.96
  const double exponent = static_cast<double>(t) * s.momentum_decay * kLogarithm;
  double power = 0;
  kernels().f64.exp(&exponent, &power, 1);
  return s.beta1 * (1 - 0.5 * power);
}

/// The second argument of a row of optimizers.inc. Too many arrays do not compile.
template <typename... Flags>
KeptArrays arrays_of(Flags... flags) {
  return {flags...};
}

/// The third argument of a row.
template <typename... Numbers>
std::array<double, kMaxStateArrays> starts_of(Numbers... numbers) {
  return {static_cast<double>(numbers)...};
}

std::array<double, kMaxStateArrays> state_starts(Optimizer kind, const OptimizerSettings<double>& s) {
  switch (kind) {
#define OPTIMIZER(name, kept, starts, ...) \
  case Optimizer::name:                    \
    return starts_of starts;
#include "kernels/optimizers.inc"
#undef OPTIMIZER
  }
  return {};
}

/// The settings of an optimizer for the tensors of a group, which has its share of the learning rate.
OptimizerSettings<double> settings_for(const OptimizerSpec& spec, const TensorSettings& tensors) {
  OptimizerSettings<double> settings = spec;
  settings.learning_rate *= tensors.learning_rate_factor;
  if (!tensors.decays) settings.weight_decay = 0;
  return settings;
}

/// The coefficients of step `t`, counted from 1; `product` is that of the steps before, and becomes that of this one.
StepCoefficients<double> coefficients_of(Optimizer kind, const OptimizerSettings<double>& s, uint64_t t, double& product) {
  StepCoefficients<double> c;
#define COEFFICIENT(name, kind, ...) c.name = __VA_ARGS__;
#include "kernels/coefficients.inc"
#undef COEFFICIENT
  switch (kind) {
#define OPTIMIZER(name, kept, starts, step, ...) \
  case Optimizer::name:                          \
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
OptimizerState<T>::OptimizerState(const OptimizerSpec& spec, TensorGroups tensors, Filled filled)
    : tensors_(std::move(tensors)), kept_(kept_arrays(spec)) {
  set_spec(spec, tensors_);
  const size_t size = tensors_.all().back().end;
  for (int i = 0; i < slot_count(spec); ++i) slots_.emplace_back(size, typename AlignedBuffer<T>::Uninitialized());
  if (filled == Filled::now) begin();
}

template <typename T>
void OptimizerState<T>::set_spec(const OptimizerSpec& spec, TensorGroups tensors) {
  spec_ = spec;
  tensors_ = std::move(tensors);
  groups_.clear();
  for (const TensorGroups::Group& tensor : tensors_.all()) {
    Group& group = groups_.emplace_back();
    group.settings = settings_for(spec_, tensor.settings);
#define SETTING(name, typescript, kind) group.coefficients.name = static_cast<typename KindsOf<T>::kind>(group.settings.name);
#include "kernels/settings.inc"
#undef SETTING
    // Never 0: the padding lanes, and parameters that never had a gradient, would become 0 / 0.
    group.coefficients.epsilon = std::max(group.coefficients.epsilon, std::numeric_limits<T>::min());
    group.l1 = static_cast<T>(tensor.settings.l1);
    group.l2 = static_cast<T>(2 * tensor.settings.l2);
  }
}

template <typename T>
void OptimizerState<T>::begin() {
  if (std::exchange(begun_, true)) return;
  for (size_t g = 0; g < groups_.size(); ++g) {
    const TensorGroups::Group& tensor = tensors_.all()[g];
    const auto starts = state_starts(spec_.kind, groups_[g].settings);
    size_t next = 0;
    for (size_t i = 0; i < kept_.size(); ++i) {
      if (!kept_[i]) continue;
      T* const slot = slots_[next++].data() + tensor.begin;
      const T start = static_cast<T>(starts[i]);
      const size_t size = tensor.end - tensor.begin;
      parallel_for(size, 4096, size, [&](Range range) { std::fill(slot + range.begin, slot + range.end, start); });
    }
  }
}

template <typename T>
void OptimizerState<T>::set_average(T* average, double decay) {
  average_ = average;
  average_keep_ = static_cast<T>(decay);
  average_weight_ = static_cast<T>(1 - decay);
}

template <typename T>
void OptimizerState<T>::begin_step(double learning_rate, double weight_decay, double gradient_scale) {
  scale_ = static_cast<T>(gradient_scale);
  spec_.learning_rate = learning_rate;
  spec_.weight_decay = weight_decay;
  ++steps_;
  double product = product_;
  for (size_t i = 0; i < groups_.size(); ++i) {
    Group& group = groups_[i];
    const TensorSettings& tensor = tensors_.all()[i].settings;
    group.settings.learning_rate = learning_rate * tensor.learning_rate_factor;
    group.settings.weight_decay = tensor.decays ? weight_decay : 0;
    group.coefficients.learning_rate = static_cast<T>(group.settings.learning_rate);
    group.coefficients.weight_decay = static_cast<T>(group.settings.weight_decay);
    product = product_;  // which the groups have in common
    const StepCoefficients<double> exact = coefficients_of(spec_.kind, group.settings, steps_, product);
#define COEFFICIENT(name, kind, ...) group.coefficients.name = static_cast<typename KindsOf<T>::kind>(exact.name);
#include "kernels/coefficients.inc"
#undef COEFFICIENT
    group.plain_factor = -group.coefficients.rate;
  }
  product_ = product;
}

/// Goes through the steps for the product alone, as far as they change it.
template <typename T>
void OptimizerState<T>::set_steps(uint64_t steps) {
  steps_ = steps;
  product_ = 1;
  for (uint64_t t = 1; t <= steps; ++t) {
    const double before = product_;
    coefficients_of(spec_.kind, spec_, t, product_);
    if (product_ == before) return;
  }
}

template <typename T>
void OptimizerState<T>::apply(const KernelTable<T>& kernels, T* block, size_t offset, const T* gradient, size_t vectors) const {
  tensors_.for_moved(offset, vectors, [&](size_t group, size_t at, size_t count) {
    apply_group(kernels, groups_[group], block, at, gradient + (at - offset), count);
  });
}

template <typename T>
void OptimizerState<T>::apply_group(const KernelTable<T>& kernels, const Group& group, T* block, size_t offset, const T* gradient,
                                    size_t vectors) const {
  if (!in_pieces(group)) return update(kernels, group, block, offset, gradient, vectors);
  alignas(64) T adjusted[kGradientRows * kLanes];
  for (size_t first = 0; first < vectors; first += kGradientRows) {
    const size_t count = std::min(kGradientRows, vectors - first);
    const size_t at = offset + first * kLanes;
    const T* piece = gradient + first * kLanes;
    if (adjusts(group)) {
      kernels.adjust({piece, block + at, adjusted, count, scale_, clip_, group.l1, group.l2});
      piece = adjusted;
    }
    update(kernels, group, block, at, piece, count);
    if (average_ != nullptr) move_average(kernels, block, at, count);
  }
}

template <typename T>
void OptimizerState<T>::move_average(const KernelTable<T>& kernels, const T* block, size_t offset, size_t vectors) const {
  T* const average = average_ + offset;
  if (steps_ == 1) {
    std::copy(block + offset, block + offset + vectors * kLanes, average);
  } else {
    kernels.move_average(average, average_keep_, block + offset, average_weight_, vectors);
  }
}

template <typename T>
void OptimizerState<T>::update(const KernelTable<T>& kernels, const Group& group, T* block, size_t offset, const T* gradient,
                               size_t vectors) const {
  UpdateBlock<T> u{};
  u.weights = block + offset;
  u.gradient = gradient;
  size_t next = 0;
  for (size_t i = 0; i < kept_.size(); ++i) {
    if (kept_[i]) u.state[i] = slots_[next++].data() + offset;
  }
  u.vectors = vectors;
  u.step = &group.coefficients;
  kernels.update[static_cast<size_t>(spec_.kind)](u);
}

template class OptimizerState<float>;
template class OptimizerState<double>;

}  // namespace chainrule
