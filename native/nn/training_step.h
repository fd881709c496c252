// From the gradients of batches to steps of the optimizer: accumulated, clipped, and with an average of the parameters over the steps.
#pragma once
#include <optional>

#include "nn/backprop.h"
#include "nn/block_sums.h"
#include "nn/group.h"
#include "nn/lbfgs.h"
#include "nn/optimizer.h"

namespace chainrule {

struct TrainerSpec {
  OptimizerSpec optimizer;
  size_t batch_size;                 ///< at least 1
  bool metrics;                      ///< whether more than the loss is measured
  bool shuffle;                      ///< a new order of the samples for each epoch; without effect if one batch holds them all
  bool drop_last = false;            ///< whether the last batch of an epoch is left out if it has fewer samples than the others
  size_t shards = 1;                 ///< of a batch: a power of two; 1: sums over its rows are one chain
  size_t accumulate = 1;             ///< batches of a step; its gradient is the mean over the samples of all of them
  double clip_norm = 0;              ///< the largest Euclidean norm of a step's gradient; 0: no limit
  double clip_value = 0;             ///< the largest absolute value in a step's gradient; 0: no limit
  double average_decay = 0;          ///< of the average of the parameters over the steps; 0: none is made
  std::optional<LbfgsSpec> lbfgs{};  ///< takes the steps in the optimizer's place, which has the learning rate alone
};

/// About how many parameter blocks a training takes: its parameters and a second copy, the optimizer's arrays, the gradient, the average
/// and the next one.
inline size_t blocks_of(const TrainerSpec& spec) {
  const size_t gradients = spec.accumulate > 1 || spec.clip_norm > 0 ? 1 : 0;
  const size_t averages = spec.average_decay > 0 ? 2 : 0;
  const size_t lbfgs = spec.lbfgs ? Lbfgs<float>::kBlocks : 0;
  return 2 + static_cast<size_t>(slot_count(spec.optimizer)) + gradients + averages + lbfgs;
}

/// The numbers of one step of the optimizer.
struct StepValues {
  double learning_rate;
  double weight_decay;
  double dropout;  ///< a factor of all dropout rates
};

template <typename T>
class TrainingStep {
 public:
  enum class Outcome : uint8_t { accumulated, stepped, diverged };

  /// Once `stop` is set, a step that evaluates its batch several times ends early. With a `group`, whose other members have parts of each
  /// batch, the gradient is the sum of theirs. Throws std::bad_alloc, and ContractViolation for L-BFGS in a group.
  TrainingStep(const TrainerSpec& spec, const Topology& topology, const KernelTable<T>& kernels, const std::atomic<bool>& stop,
               const Group* group = nullptr);

  /// Fills its arrays with what they start from, the first time. To be called before each epoch, on any thread. An average starts with
  /// `parameters`, so that it has frozen tensors, too. Throws std::bad_alloc.
  void begin(const T* parameters);

  /// Takes the gradient of the batch that `backprop` has run forward as the `batch`-th of the training, with that summed loss. If the
  /// step's batches are complete, or this is the last one (`is_last`), it changes the parameters. Diverged: the gradient's norm is not
  /// finite, and no step was taken. Throws GroupError; the step may have been taken in part then.
  Outcome take(Backprop<T>& backprop, T* parameters, uint64_t batch, double loss, const StepValues& values, bool is_last);
  /// Takes the step of the batches that are waiting for others, if there are any.
  Outcome finish(T* parameters);
  /// Forgets those batches.
  void forget() { batches_ = 0; }
  /// Their number.
  size_t waiting() const { return batches_; }

  /// The settings of the trained tensors.
  const TensorGroups& tensors() const { return optimizer_.tensors(); }
  /// Steps that were taken.
  uint64_t steps() const { return optimizer_.steps(); }
  /// Whether an average is made.
  bool averages() const { return average_.size() > 0; }
  /// The average over the steps, laid out as the trained parameters; null where none is made, or no step was taken.
  const T* average() const { return averages() && steps() > 0 ? average_.data() : nullptr; }

  /// In a group: whether each rank has a part of the optimizer's arrays alone, until gather() is called by all.
  bool is_scattered() const { return group_ && spec_.accumulate == 1 && spec_.clip_norm == 0 && !averages(); }
  /// Gives each rank all of the optimizer's arrays. Throws GroupError.
  void gather();
  /// The optimizer's arrays, laid out as the trained parameters. L-BFGS has more of them with each iteration that it remembers.
  std::vector<AlignedBuffer<T>*> arrays();
  size_t array_count() const { return lbfgs_ ? lbfgs_->state_arrays() : optimizer_.slots().size(); }
  /// Whether a state of as many arrays is possible.
  bool can_have(size_t arrays) const { return lbfgs_ ? lbfgs_->can_have(arrays) : arrays == optimizer_.slots().size(); }
  /// Makes room for as many, which are to be filled before resume(). Throws std::bad_alloc, with nothing changed.
  void set_array_count(size_t count) {
    if (lbfgs_) lbfgs_->set_state_arrays(count);
  }
  /// The same for the average; empty where none is made.
  AlignedBuffer<T>& average_slot() { return average_; }
  /// Resumes after `steps` steps, with what is in the arrays.
  void resume(uint64_t steps);
  size_t bytes() const;

 private:
  GradientSink<T> sink_for(T* parameters) const;
  void add_gradients(Backprop<T>& backprop, T* parameters, uint64_t batch, const T* factor);
  void add_shared_gradients(Backprop<T>& backprop, T* parameters, uint64_t batch, const T* factor);
  void step_in_parts(Backprop<T>& backprop, T* parameters, uint64_t batch);
  void sum_over_group(Backprop<T>& backprop, T* parameters, uint64_t batch, T* gradients,
                      std::optional<typename GroupGradients<T>::Step> step);
  void minimize(Backprop<T>& backprop, T* parameters, uint64_t batch, double loss, const StepValues& values);

  const TrainerSpec spec_;
  const Topology& topology_;
  const KernelTable<T>& kernels_;
  const std::atomic<bool>& stop_;
  std::optional<Lbfgs<T>> lbfgs_;
  OptimizerState<T> optimizer_;
  AlignedBuffer<T> average_;
  AlignedBuffer<T> gradients_;        // of the step's batches, if they are complete before the optimizer gets them
  std::optional<BlockSums<T>> sums_;  // for the norm of the gradients
  std::optional<GroupGradients<T>> group_;
  AlignedBuffer<T> shared_;               // with a group: a batch's gradients, if others are in gradients_, and its measurements
  size_t batches_ = 0;                    // in gradients_
  double first_weight_ = 0, weight_ = 0;  // of the samples of the first of these batches, and of all
  StepValues values_{};
  bool begun_ = false;
};

}  // namespace chainrule
