#include "nn/trainer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "math/random.h"

namespace chainrule {
namespace {

/// The multiply-adds between two looks at the clock (some 10 us of one core): looking costs a tenth of an epoch of a tiny network.
constexpr double kClockInterval = 1 << 20;

/// Readers of the network get a new copy of the parameters no more often than this.
constexpr std::chrono::milliseconds kPublishInterval{20};

/// One batch with all samples is never left out.
size_t rows_of_an_epoch(const TrainerSpec& spec, size_t samples) {
  return spec.drop_last && samples > spec.batch_size ? samples - samples % spec.batch_size : samples;
}

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
Trainer<T>::Trainer(std::shared_ptr<Network<T>> network, const TrainerSpec& spec, const Samples<T>& samples)
    : network_(std::move(network)),
      lease_(network_->lease()),
      spec_(spec),
      samples_(samples),
      started_at_(network_->progress()),
      published_(network_->snapshot()),
      completed_progress_(started_at_),
      optimizer_(spec.optimizer, network_->topology().parameters.trained_size(), OptimizerState<T>::Filled::by_begin),
      backprop_(network_->topology(), network_->kernels()),
      epoch_rows_(rows_of_an_epoch(spec, samples.rows)),
      progress_(started_at_) {
  if (spec_.shuffle && samples_.rows > spec_.batch_size) asking_for<uint32_t>(samples_.rows, [&] { order_.resize(samples_.rows); });
}

template <typename T>
RunResult Trainer<T>::run(const std::vector<double>& learning_rates, std::chrono::duration<double> time_limit, bool may_pause) {
  try {
    return train_epochs(learning_rates, time_limit, may_pause);
  } catch (...) {
    publish_completed();
    throw;
  }
}

template <typename T>
RunResult Trainer<T>::train_epochs(const std::vector<double>& learning_rates, std::chrono::duration<double> time_limit, bool may_pause) {
  const Clock::time_point start = Clock::now();
  const Deadline deadline = start + time_limit;
  Clock::time_point published = start;
  RunResult result;
  result.reserve(learning_rates.size(), spec_.metrics);
  const double epoch_work = step_work(epoch_rows_);
  double work = 0;
  for (const double learning_rate : learning_rates) {
    make_own_parameters();
    const EpochEnd end = train_epoch(learning_rate, may_pause && result.loss.empty() ? &deadline : nullptr);
    if (end == EpochEnd::paused) return result;
    const bool completed = end == EpochEnd::completed;
    if (!completed || !is_finite(network_->kernels(), *parameters_)) {
      result.aborted = end == EpochEnd::aborted;
      if (!result.aborted) result.diverged_at_step = steps_done() - (completed ? 1 : 0);
      give_up_epoch();
      return result;
    }
    result.add(std::exchange(epoch_, {}).mean(network_->topology()), spec_.metrics);
    if (result.loss.size() == learning_rates.size()) break;

    work += epoch_work;
    const Clock::time_point now = work < kClockInterval ? published : Clock::now();
    if (work >= kClockInterval) work = 0;
    if (now > deadline) break;
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
  optimizer_.begin();
  if (parameters_ == nullptr) parameters_ = spare_.copy(*published_);
}

template <typename T>
void Trainer<T>::keep_completed() {
  if (completed_ == nullptr) {
    try {
      completed_ = spare_.copy(*parameters_);
    } catch (const std::bad_alloc&) {
      return publish();  // which needs no memory
    }
  } else {
    SpareParameters<T>::copy_elements(*parameters_, *completed_);
  }
  completed_progress_ = progress_;
}

/// Goes back to the end of the last completed epoch.
template <typename T>
void Trainer<T>::give_up_epoch() {
  epoch_ = {};
  parameters_ = std::move(completed_);
  progress_ = completed_progress_;
  if (parameters_ != nullptr) publish();
}

/// The order of the samples in the epoch that begins, as rows of x and y.
template <typename T>
void Trainer<T>::shuffle() {
  if (order_.empty()) return;
  permutation(network_->topology().seed, progress_.epochs, order_);
  if (samples_.index == nullptr) return;
  for (uint32_t& row : order_) row = samples_.index[row];
}

/// Trains an epoch from where it stands. If it diverges, it is at step progress_.steps.
template <typename T>
typename Trainer<T>::EpochEnd Trainer<T>::train_epoch(double learning_rate, const Deadline* pause_after) {
  if (epoch_.rows == 0) shuffle();
  while (epoch_.rows < epoch_rows_) {
    if (is_aborted()) return EpochEnd::aborted;
    const size_t first = epoch_.rows;
    const size_t rows = std::min(spec_.batch_size, epoch_rows_ - first);
    if (!order_.empty()) {
      backprop_.load(samples_, order_.data() + first, rows);
      const size_t next = first + rows;
      backprop_.expect(samples_, order_.data() + next, std::min(spec_.batch_size, epoch_rows_ - next));
    } else if (!loaded_) {
      backprop_.load(samples_.from(first, network_->topology().input_size, network_->topology().outputs), nullptr, rows);
      loaded_ = rows == samples_.rows;
    }
    epoch_.rows += rows;
    if (!train_batch(learning_rate, &epoch_)) return EpochEnd::diverged;
    if (pause_after != nullptr && epoch_.rows < epoch_rows_ && Clock::now() > *pause_after) return EpochEnd::paused;
  }
  ++progress_.epochs;
  return EpochEnd::completed;
}

/// One step on the batch that is loaded. False, with nothing changed, if its loss is not finite.
template <typename T>
bool Trainer<T>::train_batch(double learning_rate, MetricSums* sums) {
  T* const parameters = parameters_->data();
  const double loss = backprop_.forward(parameters, progress_.steps, spec_.metrics ? sums : nullptr);
  if (!std::isfinite(loss)) return false;
  sums->loss += loss;
  optimizer_.begin_step(learning_rate);
  GradientSink<T> sink;
  sink.parameters = parameters;
  sink.optimizer = &optimizer_;
  backprop_.backward(parameters, progress_.steps, sink);
  ++progress_.steps;
  return true;
}

template <typename T>
RunResult Trainer<T>::step(const Samples<T>& batch, double learning_rate) {
  RunResult result;
  result.aborted = is_aborted();
  if (result.aborted) return result;
  result.reserve(1, spec_.metrics);
  MetricSums sums;
  sums.rows = batch.rows;
  loaded_ = false;
  make_own_parameters();
  backprop_.load(batch, nullptr, batch.rows);
  if (train_batch(learning_rate, &sums)) {
    result.add(sums.mean(network_->topology()), spec_.metrics);
  } else {
    result.diverged_at_step = steps_done();
  }
  return result;
}

/// After memory ran out in the middle of an epoch, whose parameters stay the trainer's own.
template <typename T>
void Trainer<T>::publish_completed() {
  if (completed_ == nullptr) return;
  published_ = std::move(completed_);
  network_->publish(published_, completed_progress_, lease_);
}

template <typename T>
size_t Trainer<T>::bytes() const {
  // Its own parameters, those that are published, and the optimizer's arrays.
  return (1 + state_blocks()) * network_->topology().parameters.block_size() * sizeof(T) + order_.capacity() * sizeof(uint32_t) +
         backprop_.bytes();
}

template <typename T>
int64_t Trainer<T>::finish_epoch() {
  if (parameters_ == nullptr) return -1;
  if (is_finite(network_->kernels(), *parameters_)) {
    publish();
    return -1;
  }
  const int64_t step = steps_done() - 1;
  give_up_epoch();
  return step;
}

template <typename T>
void Trainer<T>::publish() {
  if (parameters_ == nullptr) return;
  completed_.reset();
  completed_progress_ = progress_;
  published_ = std::move(parameters_);
  network_->publish(published_, progress_, lease_);
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace chainrule
