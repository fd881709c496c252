#include "nn/optimizer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "math/share.h"

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

}  // namespace

int slot_count(const OptimizerSpec& s) {
  switch (s.kind) {
#define OPTIMIZER(name, slots, ...) \
  case Optimizer::name:             \
    return slots;
#include "kernels/optimizers.inc"
#undef OPTIMIZER
  }
  return 0;
}

bool same_slots(const OptimizerSpec& a, const OptimizerSpec& b) {
  return a.kind == b.kind && (a.momentum != 0) == (b.momentum != 0) && a.centered == b.centered;
}

template <typename T>
OptimizerState<T>::OptimizerState(const OptimizerSpec& spec, size_t block_size, Filled filled) : spec_(spec) {
  for (int i = 0; i < slot_count(spec); ++i) slots_.emplace_back(block_size, typename AlignedBuffer<T>::Uninitialized());
  if (filled == Filled::now) begin();
}

template <typename T>
void OptimizerState<T>::begin() {
  if (std::exchange(begun_, true)) return;
  const T start = static_cast<T>(spec_.kind == Optimizer::adagrad ? spec_.initial_accumulator : 0);
  for (AlignedBuffer<T>& slot : slots_) {
    share_range(slot.size(), 4096, slot.size(), [&](Range range) { std::fill(slot.data() + range.begin, slot.data() + range.end, start); });
  }
}

template <typename T>
void OptimizerState<T>::begin_step(double learning_rate) {
  const bool adam = spec_.kind == Optimizer::adam || spec_.kind == Optimizer::adamw;
  const double beta2 = spec_.kind == Optimizer::rmsprop ? spec_.alpha : spec_.beta2;
  double rate = learning_rate;
  if (spec_.kind == Optimizer::adagrad) rate /= 1 + static_cast<double>(steps_) * spec_.learning_rate_decay;
  ++steps_;
  if (adam) rate /= 1 - power(spec_.beta1, steps_);

  StepCoefficients<T>& c = coefficients_;
  c.rate = static_cast<T>(rate);
  c.decay = static_cast<T>(spec_.kind == Optimizer::adamw ? 1 - learning_rate * spec_.weight_decay : spec_.weight_decay);
  c.momentum = static_cast<T>(spec_.momentum);
  c.beta1 = static_cast<T>(spec_.beta1);
  c.one_minus_beta1 = static_cast<T>(1 - spec_.beta1);
  c.beta2 = static_cast<T>(beta2);
  c.one_minus_beta2 = static_cast<T>(1 - beta2);
  c.root_correction2 = static_cast<T>(adam ? 1 / std::sqrt(1 - power(beta2, steps_)) : 1);
  // Never 0: the padding lanes, and parameters that never had a gradient, would become 0 / 0.
  c.epsilon = std::max(static_cast<T>(spec_.epsilon), std::numeric_limits<T>::min());
  c.nesterov = spec_.nesterov;
  c.centered = spec_.centered;

  is_plain_ = spec_.kind == Optimizer::sgd && c.momentum == 0 && c.decay == 0;
  plain_factor_ = -c.rate;
}

template <typename T>
void OptimizerState<T>::apply(const KernelTable<T>& kernels, T* block, size_t offset, const T* gradient, size_t vectors) const {
  UpdateBlock<T> u{};
  u.weights = block + offset;
  u.gradient = gradient;
  for (size_t i = 0; i < slots_.size(); ++i) u.slot[i] = slots_[i].data() + offset;
  u.vectors = vectors;
  u.step = &coefficients_;
  kernels.update[static_cast<size_t>(spec_.kind)](u);
}

template class OptimizerState<float>;
template class OptimizerState<double>;

}  // namespace chainrule
