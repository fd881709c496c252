// Training: batches and epochs. Runs on the caller's thread (trainer_thread.h gives it one of its own), shares work through the pool.
#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <span>
#include <vector>

#include "nn/divergence.h"
#include "nn/epoch_plan.h"
#include "nn/metrics.h"
#include "nn/network.h"
#include "nn/spare_parameters.h"
#include "nn/training_step.h"

namespace chainrule {

/// A run of epochs as asked for.
struct RunRequest {
  std::vector<double> learning_rates;  ///< one for each epoch
  /// The run returns after the first epoch that ends later than this after its start. Not in a group: each rank has a clock of its own.
  std::chrono::duration<double> time_limit;
  /// Whether it also returns after the first batch that does, in the middle of its first epoch; it begins no other that may end later.
  bool may_pause = false;
  /// The values of each step, from the first one that has not been taken yet. Empty: the epoch's rate, the optimizer's own weight decay,
  /// and a dropout factor of 1.
  std::vector<StepValues> steps{};
  uint64_t batches = 0;  ///< the run returns after this many, also in the middle of an epoch; 0: no limit
};

/// The result of a run of epochs. The vectors have one value per completed epoch.
struct RunResult {
  std::vector<double> loss;
  PerMetric<std::vector<double>> metrics;  ///< empty unless they were asked for
  bool aborted = false;
  int64_t diverged_at_step = -1;  ///< the first batch, counted over the trainer's life, whose loss or update was not finite
  uint64_t batches = 0;           ///< that were trained on
  uint64_t steps = 0;             ///< of the optimizer
  double batch_weight = 0;        ///< the sum of its samples' weights
  double batch_loss = 0;          ///< mean loss of the last batch

  /// Makes room for `epochs` epochs. Throws std::bad_alloc; add() does not, then.
  void reserve(size_t epochs, bool with_metrics);
  void add(const Metrics& epoch, bool with_metrics);
};

/// Trains its own copy of a network's parameters and publishes it at the end of epochs, while the lease of its making lasts.
template <typename T>
class Trainer {
 public:
  /// `samples` must stay as they are until the trainer is gone; without rows, only `step` works. Throws std::bad_alloc, and
  /// ContractViolation where the samples and the shards do not go together.
  /// With a group the samples are this rank's share of `all_rows`: those of its shards. All ranks have to make the same calls then, with
  /// the same arguments; run() and step() throw GroupError where one is missing. Where they throw anything else, the other ranks are told.
  Trainer(std::shared_ptr<Network<T>> network, const TrainerSpec& spec, const Samples<T>& samples,
          std::shared_ptr<const Group> group = nullptr, uint64_t all_rows = 0);

  /// The loss of a network that has no kernel for it, from now on; it must last. run() and step() need one then.
  void set_custom_loss(CustomLoss<T>* loss) { backprop_->set_custom_loss(loss); }

  /// Publishes completed epochs: at the end of the run, and meanwhile if it has been a while. After a divergence, or when aborted,
  /// the last completed epoch stays published. A run that returned in the middle of an epoch is resumed there by the next one. Throws
  /// std::bad_alloc: completed epochs are published then, and the next run resumes where this one stopped (position() tells where). Throws
  /// ContractViolation, with nothing changed, if the request has steps, but fewer than steps_ahead().
  RunResult run(const RunRequest& request);
  /// The steps that a run of `epochs` epochs and at most `batches` batches (0: no limit) begins.
  uint64_t steps_ahead(uint64_t epochs, uint64_t batches) const;

  /// Trains on one batch. Publishes nothing. In a group it is this rank's share of one of `all_rows`, cut evenly: ContractViolation if not.
  /// Throws std::bad_alloc.
  RunResult step(const Samples<T>& batch, const StepValues& values, uint64_t all_rows = 0);
  /// The values of steps that have none of their own.
  StepValues default_values(double learning_rate) const { return {learning_rate, spec_.optimizer.weight_decay, 1}; }

  /// Ends an epoch of steps: makes the parameters the network's and returns -1. If they are not finite, the network keeps those that it
  /// has, the trainer goes back to them, and the last batch is returned. Not while run() or step() is under way.
  int64_t finish_epoch();

  bool measures_metrics() const { return spec_.metrics; }
  /// The latest divergence that a run, a step or finish_epoch() has reported; a step's batch is not part of it.
  const Divergence& divergence() const { return divergence_; }
  /// Writes its rows, as indices of samples: as many as there is room for. Returns their number.
  size_t diverged_rows(double* rows, size_t room) const;
  /// Memory for its parameters, the optimizer's state and the batch. Not while run() or step() is under way.
  size_t bytes() const;
  /// About how many multiply-adds a step on `samples` samples takes.
  double step_work(size_t samples) const {
    const double evaluations = spec_.lbfgs ? static_cast<double>(spec_.lbfgs->max_evaluations) : 1;
    return 3.0 * evaluations * network_->topology().work(samples);
  }
  /// The same for a run of `epochs` epochs and at most `batches` batches (0: no limit).
  double work_ahead(uint64_t epochs, uint64_t batches) const {
    const double all = static_cast<double>(epochs) * step_work(samples_.rows);
    return batches == 0 ? all : std::min(all, static_cast<double>(batches) * step_work(spec_.batch_size));
  }
  /// How far the network's training has come, how far it had when this trainer's began, and the steps of this trainer's optimizer.
  struct Position {
    Progress started_at, progress;
    uint64_t updates;
  };
  Position position() const { return {started_at_, progress_, step_.steps()}; }

  /// The arrays of its state: the network's parameters, then those of the optimizer, and with an average the parameters that it is of.
  size_t state_blocks() const { return 1 + step_.array_count() + (step_.averages() ? 1 : 0); }
  /// Whether a state of as many arrays can be written to it.
  bool can_have(size_t state_blocks) const {
    const size_t others = step_.averages() ? 2 : 1;
    return state_blocks >= others && step_.can_have(state_blocks - others);
  }
  /// Elements of one of them: of all parameters, or of the trained ones.
  size_t state_size(size_t block) const {
    const ParameterList& parameters = network_->topology().parameters;
    return block == 0 ? parameters.count() : parameters.trained_count();
  }
  /// In a group, to be called by all ranks before read_state() of any: each has a part of the state alone. Throws GroupError.
  void gather_state() { step_.gather(); }
  /// Copies the state to and from such arrays, in the order of the list of parameters, row-major. A trainer of the same spec and samples
  /// that is given the state and the position continues with the same bits. write_state() publishes the parameters; throws std::bad_alloc,
  /// and ContractViolation unless it can have as many arrays. Not while run() or step() is under way.
  void read_state(std::span<T* const> blocks) const;
  void write_state(std::span<const T* const> blocks, const Position& position);

  /// Makes a run under way stop after its current batch, and later ones at once. Safe from any thread.
  /// In a group all ranks stop after the same batch.
  void abort() { aborted_.store(true, std::memory_order_relaxed); }

 private:
  using Clock = std::chrono::steady_clock;
  using Deadline = std::chrono::time_point<Clock, std::chrono::duration<double>>;
  enum class EpochEnd : uint8_t { completed, paused, aborted, diverged };
  enum class BatchEnd : uint8_t { trained, aborted, diverged };

  EpochEnd train_epoch(double learning_rate, const RunRequest& request, const Deadline* pause_after, RunResult& result);
  void put_in_order();
  BatchEnd train_batch(const StepValues& values, bool is_last, MetricSums* sums, RunResult& result);
  bool sum_over_group(MetricSums& batch);
  uint64_t step_of(uint64_t batch) const;
  void copy_result(Parameters<T>& to) const;
  void make_own_parameters();
  void keep_completed();
  void publish();
  void give_up_epoch();
  void note_divergence(size_t first_row = 0, size_t rows = 0);
  RunResult train_on(const Samples<T>& batch, const StepValues& values, uint64_t all_rows);
  RunResult train_epochs(const RunRequest& request);
  void publish_completed();
  int64_t steps_done() const { return static_cast<int64_t>(progress_.steps - started_at_.steps); }
  bool is_aborted() const { return aborted_.load(std::memory_order_relaxed); }

  std::shared_ptr<Network<T>> network_;
  const uint64_t lease_;
  const TrainerSpec spec_;
  const Samples<T> samples_;
  Progress started_at_;
  SpareParameters<T> spare_;
  Snapshot<T> published_;                      // the last that this trainer published, or found
  std::shared_ptr<Parameters<T>> parameters_;  // what is being trained; null: not begun since `published_`
  std::shared_ptr<Parameters<T>> completed_;   // the last completed epoch's result, in a run that has not published it yet
  std::shared_ptr<Parameters<T>> outgoing_;    // with an average: room for the next result
  Progress completed_progress_;
  const std::shared_ptr<const Group> group_;
  std::optional<GroupNumbers> numbers_;  // of the group
  std::atomic<bool> aborted_{false};
  mutable TrainingStep<T> step_;  // its arrays are filled at first use
  std::optional<Backprop<T>> backprop_;
  EpochPlan plan_;
  const uint64_t epoch_steps_;
  std::vector<uint32_t> order_;  // of the samples in this epoch, as rows of x and y; empty: as they come
  MetricSums epoch_;             // of the epoch that is under way, as far as it has come
  bool loaded_ = false;          // the one batch that holds all samples is in place
  Progress progress_;
  Divergence divergence_;
};

}  // namespace chainrule
