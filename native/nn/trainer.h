// Training: batches and epochs. Runs on the caller's thread (trainer_thread.h gives it one of its own), shares work through the pool.
#pragma once
#include <atomic>
#include <chrono>
#include <memory>
#include <span>
#include <vector>

#include "nn/backprop.h"
#include "nn/metrics.h"
#include "nn/network.h"
#include "nn/optimizer.h"
#include "nn/spare_parameters.h"

namespace chainrule {

struct TrainerSpec {
  OptimizerSpec optimizer;
  size_t batch_size;       ///< at least 1
  bool metrics;            ///< whether more than the loss is measured
  bool shuffle;            ///< a new order of the samples for each epoch; without effect if one batch holds them all
  bool drop_last = false;  ///< whether the last batch of an epoch is left out if it has fewer samples than the others
};

/// The result of a run of epochs. The vectors have one value per completed epoch.
struct RunResult {
  std::vector<double> loss;
  PerMetric<std::vector<double>> metrics;  ///< empty unless they were asked for
  bool aborted = false;
  int64_t diverged_at_step = -1;  ///< the first step, counted over the trainer's life, whose loss or update was not finite

  /// Makes room for `epochs` epochs. Throws std::bad_alloc; add() does not, then.
  void reserve(size_t epochs, bool with_metrics);
  void add(const Metrics& epoch, bool with_metrics);
};

/// Trains its own copy of a network's parameters and publishes it at the end of epochs, while the lease of its making lasts.
template <typename T>
class Trainer {
 public:
  /// `samples` must stay as they are until the trainer is gone; without rows, only `step` works. Throws std::bad_alloc.
  Trainer(std::shared_ptr<Network<T>> network, const TrainerSpec& spec, const Samples<T>& samples);

  /// Trains one epoch per learning rate, but returns after the first epoch that ends later than `time_limit` after the start.
  /// Publishes completed epochs: at the end of the run, and meanwhile if it has been a while. After a divergence, or when aborted,
  /// the last completed epoch stays published. With `may_pause` it also returns in the middle of the first epoch, after the first batch
  /// that ends later than that. The next run resumes there. Throws std::bad_alloc: completed epochs are published then, and the next
  /// run resumes where this one stopped (position() tells where).
  RunResult run(const std::vector<double>& learning_rates, std::chrono::duration<double> time_limit, bool may_pause = false);

  /// One step on one batch. Publishes nothing. Throws std::bad_alloc.
  RunResult step(const Samples<T>& batch, double learning_rate);

  /// Ends an epoch of steps: makes the parameters the network's and returns -1. If they are not finite, the network keeps those that it
  /// has, the trainer goes back to them, and the last step is returned. Not while run() or step() is under way.
  int64_t finish_epoch();

  bool measures_metrics() const { return spec_.metrics; }
  /// Memory for its parameters, the optimizer's state and the batch. Not while run() or step() is under way.
  size_t bytes() const;
  /// About how many multiply-adds a step on `samples` samples takes.
  double step_work(size_t samples) const { return 3.0 * network_->topology().work(samples); }
  /// How far the network's training has come, and how far it had when this trainer's began.
  struct Position {
    Progress started_at, progress;
  };
  Position position() const { return {started_at_, progress_}; }

  /// The arrays of its state: the parameters, then those of the optimizer.
  size_t state_blocks() const { return 1 + optimizer_.slots().size(); }
  /// Elements of one of them: of all parameters, or of the trained ones.
  size_t state_size(size_t block) const {
    const ParameterList& parameters = network_->topology().parameters;
    return block == 0 ? parameters.count() : parameters.trained_count();
  }
  /// Copies the state to and from such arrays, in the order of the list of parameters, row-major. A trainer of the same spec and samples
  /// that is given the state and the position continues with the same bits. write_state() publishes the parameters. Not while run() or
  /// step() is under way.
  void read_state(std::span<T* const> blocks) const;
  void write_state(std::span<const T* const> blocks, const Position& position);

  /// Makes a run under way stop after its current batch, and later ones at once. Safe from any thread.
  void abort() { aborted_.store(true, std::memory_order_relaxed); }

 private:
  using Clock = std::chrono::steady_clock;
  using Deadline = std::chrono::time_point<Clock, std::chrono::duration<double>>;
  enum class EpochEnd : uint8_t { completed, paused, aborted, diverged };

  EpochEnd train_epoch(double learning_rate, const Deadline* pause_after);
  void shuffle();
  bool train_batch(double learning_rate, MetricSums* sums);
  void make_own_parameters();
  void keep_completed();
  void publish();
  void give_up_epoch();
  RunResult train_epochs(const std::vector<double>& learning_rates, std::chrono::duration<double> time_limit, bool may_pause);
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
  std::shared_ptr<Parameters<T>> completed_;   // the last completed epoch's parameters, in a run that has not published them yet
  Progress completed_progress_;
  mutable OptimizerState<T> optimizer_;  // its arrays are filled at first use
  Backprop<T> backprop_;
  const size_t epoch_rows_;      // samples that an epoch trains on
  std::vector<uint32_t> order_;  // of the samples in this epoch, as rows of x and y; empty: as they come
  MetricSums epoch_;             // of the epoch that is under way, as far as it has come
  bool loaded_ = false;          // the one batch that holds all samples is in place
  Progress progress_;
  std::atomic<bool> aborted_{false};
};

}  // namespace chainrule
