// An optimizer's state and its step. The formulas stand in kernels/optimizers.inc.
#pragma once
#include <array>
#include <vector>

#include "kernels/kernels.h"
#include "math/aligned_buffer.h"
#include "nn/spec.h"

namespace chainrule {

/// Which of the possible state arrays an optimizer with these settings keeps.
using KeptArrays = std::array<bool, kMaxStateArrays>;
KeptArrays kept_arrays(const OptimizerSpec& spec);

/// State arrays that an optimizer with these settings keeps for each parameter.
int slot_count(const OptimizerSpec& spec);

/// Whether the state of one is the state of the other: as many arrays, which mean the same.
bool same_slots(const OptimizerSpec& a, const OptimizerSpec& b);

template <typename T>
class OptimizerState {
 public:
  /// When the state arrays get what they start from: writing this much memory takes a while.
  enum class Filled : uint8_t { now, by_begin };

  /// For a parameter block of `block_size` elements. With `by_begin`, begin() has to be called before anything else is done, on any thread.
  /// Throws std::bad_alloc.
  OptimizerState(const OptimizerSpec& spec, size_t block_size, Filled filled = Filled::now);

  /// Fills the state arrays with what they start from, the first time.
  void begin();

  /// The settings; learning rate and weight decay are those of the last step.
  const OptimizerSpec& spec() const { return spec_; }
  /// Other settings for the same slots.
  void set_spec(const OptimizerSpec& spec);

  /// Begins the next step: computes its coefficients (bias corrections and the like).
  void begin_step(double learning_rate, double weight_decay);

  /// Updates `16 * vectors` parameters from `offset` of the block on, whose gradient this is. Different ranges may be updated by
  /// different threads.
  void apply(const KernelTable<T>& kernels, T* block, size_t offset, const T* gradient, size_t vectors) const;

  /// The factor of a plain step, w += factor * gradient, which whoever computes the gradient can do on the spot; null if the step is none.
  const T* plain_factor() const { return coefficients_.plain ? &plain_factor_ : nullptr; }

  /// The state arrays, laid out as the parameter block.
  const std::vector<AlignedBuffer<T>>& slots() const { return slots_; }
  std::vector<AlignedBuffer<T>>& slots() { return slots_; }

  /// The next step is the one after `steps`.
  void set_steps(uint64_t steps) { steps_ = steps; }

 private:
  OptimizerSpec spec_;
  const KeptArrays kept_;
  mutable std::vector<AlignedBuffer<T>> slots_;
  uint64_t steps_ = 0;
  StepCoefficients<T> coefficients_{};
  bool begun_ = false;
  T plain_factor_ = 0;
};

}  // namespace chainrule
