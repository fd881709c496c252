#include "nn/trainer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "math/contract.h"
#include "math/random.h"

namespace chainrule {
namespace {

/// The multiply-adds between two looks at the clock (some 10 us of one core): looking costs a tenth of an epoch of a tiny network.
constexpr double kClockInterval = 1 << 20;

/// Readers of the network get a new copy of the parameters no more often than this.
constexpr std::chrono::milliseconds kPublishInterval{20};

Share share_of(const Group* group, uint64_t all_rows) { return group == nullptr ? Share{} : Share{group->rank(), group->size(), all_rows}; }

}  // namespace

void RunResult::reserve(size_t epochs, bool with_metrics) {
  loss.reserve(epochs);
  if (!with_metrics) return;
  for (std::vector<double>& column : metrics) column.reserve(epochs);
}

void RunResult::add(const Metrics& epoch, bool with_metrics) {
  loss.push_back(epoch.loss);
  if (!with_metrics) return;
  for (size_t i = 0; i < kMetricCount; ++i) metrics[i].push_back(epoch.values[i]);
}

template <typename T>
Trainer<T>::Trainer(std::shared_ptr<Network<T>> network, const TrainerSpec& spec, const Samples<T>& samples,
                    std::shared_ptr<const Group> group, uint64_t all_rows)
    : network_(std::move(network)),
      lease_(network_->lease()),
      spec_(spec),
      samples_(samples),
      started_at_(network_->progress()),
      published_(network_->snapshot()),
      completed_progress_(started_at_),
      group_(std::move(group)),
      step_(spec, network_->topology(), network_->kernels(), aborted_, group_.get()),
      plan_(spec, samples.rows, share_of(group_.get(), all_rows), network_->topology().members()),
      epoch_steps_((plan_.batches() + spec.accumulate - 1) / spec.accumulate),
      progress_(started_at_) {
  if (group_ != nullptr) numbers_.emplace(*group_);
  const size_t shards = spec.shards / (group_ != nullptr ? group_->size() : 1);
  backprop_.emplace(network_->topology(), network_->kernels(), shards, numbers_ ? &*numbers_ : nullptr);
  backprop_->set_tensors(&step_.tensors());
  if (plan_.needs_order()) asking_for<uint32_t>(samples_.rows, [&] { order_.resize(samples_.rows); });
}

template <typename T>
uint64_t Trainer<T>::steps_ahead(uint64_t epochs, uint64_t batches) const {
  if (plan_.batches() == 0) return 0;
  const uint64_t first = epoch_.rows / spec_.batch_size;
  const uint64_t end = epochs * plan_.batches();
  const uint64_t last = (batches == 0 ? end : std::min(end, first + batches)) - 1;
  return step_of(last) - step_of(first) + 1;
}

/// The step that a batch belongs to, both counted from the epoch's first one.
template <typename T>
uint64_t Trainer<T>::step_of(uint64_t batch) const {
  return batch / plan_.batches() * epoch_steps_ + batch % plan_.batches() / spec_.accumulate;
}

template <typename T>
RunResult Trainer<T>::run(const RunRequest& request) {
  require(request.steps.empty() || request.steps.size() >= steps_ahead(request.learning_rates.size(), request.batches),
          "a step has no values");
  try {
    return train_epochs(request);
  } catch (...) {
    publish_completed();
    if (group_ != nullptr) group_->tell_exception();
    throw;
  }
}

template <typename T>
RunResult Trainer<T>::train_epochs(const RunRequest& request) {
  const std::vector<double>& learning_rates = request.learning_rates;
  const Clock::time_point start = Clock::now();
  // In a group there is none: each rank has a clock of its own.
  const Deadline deadline = group_ != nullptr ? Deadline::max() : Deadline(start + request.time_limit);
  Clock::time_point published = start;
  Clock::time_point looked = start;
  RunResult result;
  result.reserve(learning_rates.size(), spec_.metrics);
  // How long a custom loss takes is not known.
  const double epoch_work = network_->topology().has_custom_loss() ? kClockInterval : step_work(samples_.rows);
  double work = 0;
  for (const double learning_rate : learning_rates) {
    make_own_parameters();
    const bool resumed = epoch_.rows > 0;
    const EpochEnd end = train_epoch(learning_rate, request, request.may_pause && result.loss.empty() ? &deadline : nullptr, result);
    if (end == EpochEnd::paused) {
      publish_completed();
      return result;
    }
    const bool completed = end == EpochEnd::completed;
    if (!completed || !is_finite(network_->kernels(), *parameters_)) {
      result.aborted = end == EpochEnd::aborted;
      if (!result.aborted) result.diverged_at_step = steps_done() - (completed ? 1 : 0);
      if (completed) note_divergence();
      give_up_epoch();
      return result;
    }
    result.add(std::exchange(epoch_, {}).mean(network_->topology()), spec_.metrics);
    if (result.loss.size() == learning_rates.size() || result.batches == request.batches) break;

    work += epoch_work;
    const bool looks = work >= kClockInterval;
    const Clock::time_point now = looks ? Clock::now() : published;
    if (now > deadline) break;
    if (looks) {
      // The next epoch of this run could not be left in its middle.
      if (request.may_pause && (resumed || now + (now - looked) > deadline)) break;
      work = 0;
      looked = now;
    }
    if (now - published > kPublishInterval) {
      publish();
      published = now;
    } else {
      keep_completed();
    }
  }
  publish();
  return result;
}

template <typename T>
void Trainer<T>::make_own_parameters() {
  if (parameters_ == nullptr) parameters_ = spare_.copy(*published_);
  step_.begin(parameters_->data());
  if (step_.averages() && outgoing_ == nullptr && completed_ == nullptr) outgoing_ = spare_.copy(*published_);
}

/// Copies what is to be published: the parameters, with the average for the trained ones if one is made.
template <typename T>
void Trainer<T>::copy_result(Parameters<T>& to) const {
  const T* const average = step_.average();
  const size_t trained = average != nullptr ? network_->topology().parameters.trained_size() : 0;
  parallel_for(to.size(), 4096, to.size(), [&](Range range) {
    const size_t middle = std::clamp(trained, range.begin, range.end);
    if (middle > range.begin) std::copy(average + range.begin, average + middle, to.data() + range.begin);
    std::copy(parameters_->data() + middle, parameters_->data() + range.end, to.data() + middle);
  });
}

template <typename T>
void Trainer<T>::keep_completed() {
  if (completed_ == nullptr) completed_ = std::move(outgoing_);
  if (completed_ == nullptr) {
    try {
      completed_ = spare_.copy(*parameters_);
    } catch (const std::bad_alloc&) {
      return publish();  // which needs no memory
    }
  } else {
    copy_result(*completed_);
  }
  completed_progress_ = progress_;
}

/// Goes back to the end of the last completed epoch.
template <typename T>
void Trainer<T>::give_up_epoch() {
  epoch_ = {};
  step_.forget();
  parameters_.reset();
  progress_ = completed_progress_;
  publish_completed();
}

/// To be called before the parameters are dropped.
template <typename T>
void Trainer<T>::note_divergence(size_t first_row, size_t rows) {
  divergence_ = largest_weight<T>(network_->topology().parameters, parameters_->data());
  divergence_.first_row = first_row;
  divergence_.rows = rows;
}

template <typename T>
size_t Trainer<T>::diverged_rows(double* rows, size_t room) const {
  const size_t count = std::min(divergence_.rows, room);
  for (size_t i = 0; i < count; ++i) {
    const size_t at = divergence_.first_row + i;
    rows[i] = static_cast<double>(!order_.empty() ? order_[at] : samples_.index != nullptr ? samples_.index[at] : at);
  }
  return count;
}

/// The order of the samples in the epoch that begins, as rows of x and y.
template <typename T>
void Trainer<T>::put_in_order() {
  if (order_.empty()) return;
  plan_.order(network_->topology().seed, progress_.epochs, order_);
  if (samples_.index == nullptr) return;
  for (uint32_t& row : order_) row = samples_.index[row];
}

/// Trains an epoch from where it stands. If it diverges, it is at step progress_.steps.
template <typename T>
typename Trainer<T>::EpochEnd Trainer<T>::train_epoch(double learning_rate, const RunRequest& request, const Deadline* pause_after,
                                                      RunResult& result) {
  if (epoch_.rows == 0) put_in_order();
  while (epoch_.rows < plan_.rows()) {
    if (group_ == nullptr && is_aborted()) return EpochEnd::aborted;
    const uint64_t batch = epoch_.rows / spec_.batch_size;
    const size_t first = plan_.first(batch);
    const size_t rows = plan_.rows_of(batch);
    const BatchShards* const shards = plan_.shards(batch);
    if (!order_.empty()) {
      backprop_->load(samples_, order_.data() + first, rows, Backprop<T>::Way::fastest, shards);
      backprop_->expect(samples_, order_.data() + first + rows, plan_.rows_of(batch + 1));
    } else if (!loaded_) {
      const Samples<T> rest = samples_.from(first, network_->topology().input_size, network_->topology().targets);
      backprop_->load(rest, nullptr, rows, Backprop<T>::Way::fastest, shards);
      loaded_ = rows == samples_.rows;
    }
    epoch_.rows += plan_.all_rows_of(batch);
    const StepValues values = request.steps.empty() ? default_values(learning_rate) : request.steps[static_cast<size_t>(result.steps)];
    const BatchEnd end = train_batch(values, epoch_.rows == plan_.rows(), &epoch_, result);
    if (end == BatchEnd::aborted) return EpochEnd::aborted;
    if (end == BatchEnd::diverged) {
      note_divergence(first, rows);
      return EpochEnd::diverged;
    }
    if (spec_.lbfgs && is_aborted()) return EpochEnd::aborted;  // in the middle of the step
    if (epoch_.rows == plan_.rows()) break;
    if (result.batches == request.batches || (pause_after != nullptr && Clock::now() > *pause_after)) return EpochEnd::paused;
  }
  ++progress_.epochs;
  return EpochEnd::completed;
}

/// Makes of this rank's part of a batch's sums the group's. Returns whether a rank has been asked to stop.
template <typename T>
bool Trainer<T>::sum_over_group(MetricSums& batch) {
  double numbers[2 + kMetricCount] = {batch.loss, is_aborted() ? 1.0 : 0.0};
  std::copy(batch.sums.begin(), batch.sums.end(), numbers + 2);
  numbers_->sum(numbers);
  batch.loss = numbers[0];
  std::copy(numbers + 2, std::end(numbers), batch.sums.begin());
  return numbers[1] > 0;
}

/// Trains on the batch that is loaded. Diverged, with no step taken: its loss or the norm of its gradient is not finite.
template <typename T>
typename Trainer<T>::BatchEnd Trainer<T>::train_batch(const StepValues& values, bool is_last, MetricSums* sums, RunResult& result) {
  T* const parameters = parameters_->data();
  MetricSums batch;
  MetricSums* const metrics = group_ != nullptr ? &batch : sums;
  batch.loss = backprop_->forward(parameters, progress_.steps, spec_.metrics ? metrics : nullptr, values.dropout);
  if (group_ != nullptr) {
    if (sum_over_group(batch)) return BatchEnd::aborted;
    for (size_t i = 0; i < kMetricCount; ++i) sums->sums[i] += batch.sums[i];
  }
  if (!std::isfinite(batch.loss)) return BatchEnd::diverged;
  const typename TrainingStep<T>::Outcome outcome = step_.take(*backprop_, parameters, progress_.steps, batch.loss, values, is_last);
  if (outcome == TrainingStep<T>::Outcome::diverged) return BatchEnd::diverged;
  sums->loss += batch.loss;
  sums->weight += backprop_->weight();
  ++progress_.steps;
  ++result.batches;
  if (outcome == TrainingStep<T>::Outcome::stepped) ++result.steps;
  result.batch_weight = backprop_->weight();
  result.batch_loss = network_->topology().mean_loss(batch.loss, backprop_->weight());
  return BatchEnd::trained;
}

template <typename T>
RunResult Trainer<T>::step(const Samples<T>& batch, const StepValues& values, uint64_t all_rows) {
  try {
    return train_on(batch, values, all_rows);
  } catch (...) {
    if (group_ != nullptr) group_->tell_exception();
    throw;
  }
}

template <typename T>
RunResult Trainer<T>::train_on(const Samples<T>& batch, const StepValues& values, uint64_t all_rows) {
  RunResult result;
  result.aborted = group_ == nullptr && is_aborted();
  if (result.aborted) return result;
  result.reserve(1, spec_.metrics);
  MetricSums sums;
  sums.rows = group_ != nullptr ? static_cast<size_t>(all_rows) : batch.rows;
  loaded_ = false;
  make_own_parameters();
  backprop_->load(batch, nullptr, batch.rows, Backprop<T>::Way::fastest, plan_.even_shards(batch.rows, sums.rows));
  const BatchEnd end = train_batch(values, false, &sums, result);
  result.aborted = end == BatchEnd::aborted;
  if (end == BatchEnd::trained) {
    result.add(sums.mean(network_->topology()), spec_.metrics);
  } else if (end == BatchEnd::diverged) {
    result.diverged_at_step = steps_done();
    note_divergence();
  }
  return result;
}

/// The network gets the last completed epoch. Parameters that are being trained stay the trainer's own.
template <typename T>
void Trainer<T>::publish_completed() {
  if (completed_ == nullptr) return;
  published_ = std::move(completed_);
  network_->publish(published_, completed_progress_, lease_);
}

template <typename T>
size_t Trainer<T>::bytes() const {
  // Its own parameters, those that are published, and with an average the next ones.
  const size_t blocks = step_.averages() ? 3 : 2;
  return blocks * network_->topology().parameters.block_size() * sizeof(T) + step_.bytes() + order_.capacity() * sizeof(uint32_t) +
         backprop_->bytes();
}

template <typename T>
int64_t Trainer<T>::finish_epoch() {
  if (parameters_ == nullptr) return -1;
  const bool stepped = step_.finish(parameters_->data()) != TrainingStep<T>::Outcome::diverged;
  if (stepped && is_finite(network_->kernels(), *parameters_)) {
    publish();
    return -1;
  }
  const int64_t step = steps_done() - 1;
  note_divergence();
  give_up_epoch();
  return step;
}

template <typename T>
void Trainer<T>::publish() {
  if (parameters_ == nullptr) return;
  if (step_.averages()) {
    if (outgoing_ == nullptr) outgoing_ = std::move(completed_);
    if (outgoing_ == nullptr) return;  // nothing was trained since the last time
    copy_result(*outgoing_);
    published_ = std::move(outgoing_);
  } else {
    published_ = std::move(parameters_);
  }
  completed_.reset();
  completed_progress_ = progress_;
  network_->publish(published_, progress_, lease_);
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace chainrule
