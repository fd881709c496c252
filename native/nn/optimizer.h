// An optimizer's state and its step. The formulas stand in kernels/optimizers.inc.
#pragma once
#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "kernels/kernels.h"
#include "math/aligned_buffer.h"
#include "nn/tensor_groups.h"

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

  /// For a parameter block of as many elements as the groups have. With `by_begin`, begin() has to be called before anything else is done,
  /// on any thread. Throws std::bad_alloc.
  OptimizerState(const OptimizerSpec& spec, TensorGroups tensors, Filled filled = Filled::now);

  /// Fills the state arrays with what they start from, the first time.
  void begin();

  /// The settings; learning rate and weight decay are those of the last step.
  const OptimizerSpec& spec() const { return spec_; }
  const TensorGroups& tensors() const { return tensors_; }
  /// Other settings for the same slots and the same block.
  void set_spec(const OptimizerSpec& spec, TensorGroups tensors);

  /// Limits the absolute values of gradients, after they are scaled.
  void set_clip(T clip) { clip_ = clip; }
  /// Keeps an average of the parameters over the steps in `average`, which is laid out as the block. The first step copies (PyTorch's
  /// swa_utils.get_ema_multi_avg_fn).
  void set_average(T* average, double decay);

  /// Begins the next step: computes its coefficients (bias corrections and the like). Gradients are multiplied by `gradient_scale`.
  void begin_step(double learning_rate, double weight_decay, double gradient_scale = 1);
  /// The same with the weight decay of the settings, or of the last step.
  void begin_step(double learning_rate) { begin_step(learning_rate, spec_.weight_decay); }

  /// Updates `16 * vectors` parameters from `offset` of the block on, whose gradient this is. Different ranges may be updated by
  /// different threads.
  void apply(const KernelTable<T>& kernels, T* block, size_t offset, const T* gradient, size_t vectors) const;

  /// Whether it never changes the tensor at this offset of the block: then nobody needs its gradient.
  bool is_frozen(size_t offset) const { return tensors_.is_frozen(offset); }
  /// The factor of a plain step of that tensor, w += factor * gradient, which whoever computes the gradient can do on the spot; null if the
  /// step is none.
  const T* plain_factor(size_t offset) const {
    const Group& group = groups_[tensors_.index_of(offset)];
    return group.coefficients.plain && !in_pieces(group) ? &group.plain_factor : nullptr;
  }

  /// The state arrays, laid out as the parameter block.
  const std::vector<AlignedBuffer<T>>& slots() const { return slots_; }
  std::vector<AlignedBuffer<T>>& slots() { return slots_; }
  /// The average over the steps, or null.
  const T* average() const { return average_; }

  /// Steps that were begun.
  uint64_t steps() const { return steps_; }
  /// The next step is the one after `steps`.
  void set_steps(uint64_t steps);

 private:
  /// The numbers of a step for the group of tensors with the same index.
  struct Group {
    OptimizerSettings<double> settings;  ///< the optimizer's, but for what is the group's own
    StepCoefficients<T> coefficients{};
    T plain_factor = 0;
    T l1 = 0, l2 = 0;  ///< the factors of the penalties' derivatives
  };

  bool adjusts(const Group& group) const {
    return scale_ != 1 || clip_ < std::numeric_limits<T>::infinity() || group.l1 != 0 || group.l2 != 0;
  }
  /// Whether more is done than the optimizer's own formula: on one piece of the gradient after the other, so that it stays in the cache.
  bool in_pieces(const Group& group) const { return average_ != nullptr || adjusts(group); }
  void apply_group(const KernelTable<T>& kernels, const Group& group, T* block, size_t offset, const T* gradient, size_t vectors) const;
  void update(const KernelTable<T>& kernels, const Group& group, T* block, size_t offset, const T* gradient, size_t vectors) const;
  void move_average(const KernelTable<T>& kernels, const T* block, size_t offset, size_t vectors) const;

  OptimizerSpec spec_;
  TensorGroups tensors_;
  std::vector<Group> groups_;
  const KeptArrays kept_;
  mutable std::vector<AlignedBuffer<T>> slots_;
  uint64_t steps_ = 0;
  double product_ = 1;  // over all steps so far: optimizers.inc
  bool begun_ = false;
  T scale_ = 1, clip_ = std::numeric_limits<T>::infinity();
  T* average_ = nullptr;
  T average_keep_ = 0, average_weight_ = 0;
};

}  // namespace chainrule
