#include "nn/trainer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "math/random.h"

namespace chainrule {
namespace {

using Clock = std::chrono::steady_clock;

/// The clock is looked at after so many multiply-adds (some 10 us of one core): looking costs a tenth of an epoch of a tiny network.
constexpr size_t kClockInterval = size_t{1} << 20;

/// Readers of the network get a new copy of the parameters no more often than this.
constexpr std::chrono::milliseconds kPublishInterval{20};

}  // namespace

void RunResult::add(const Metrics& epoch, bool metrics) {
  loss.push_back(epoch.loss);
  if (!metrics) return;
  accuracy.push_back(epoch.accuracy);
  mse.push_back(epoch.mse);
  mae.push_back(epoch.mae);
}

template <typename T>
Trainer<T>::Trainer(std::shared_ptr<Network<T>> network, const TrainerSpec& spec, const Samples<T>& samples)
    : network_(std::move(network)),
      spec_(spec),
      samples_(samples),
      started_at_(network_->progress()),
      parameters_(*network_->snapshot()),
      optimizer_(spec.optimizer, network_->topology().block_size),
      backprop_(network_->topology(), network_->kernels()),
      progress_(started_at_) {
  if (spec_.shuffle && samples_.rows > spec_.batch_size) asking_for<uint32_t>(samples_.rows, [&] { order_.resize(samples_.rows); });
}

template <typename T>
RunResult Trainer<T>::run(const std::vector<double>& learning_rates, std::chrono::duration<double> time_limit, bool metrics) {
  const Clock::time_point start = Clock::now();
  Clock::time_point published = start;
  RunResult result;
  result.loss.reserve(learning_rates.size());
  std::shared_ptr<Parameters<T>> unpublished;  // the last completed epoch's, if readers of the network have not got them yet
  Progress completed_progress;
  const size_t epoch_work = samples_.rows * network_->topology().block_size * 3;
  size_t work = 0;
  for (const double learning_rate : learning_rates) {
    MetricSums sums;
    const bool completed = train_epoch(learning_rate, &sums, metrics);
    if (!completed || !network_->kernels().all_finite(parameters_.data(), parameters_.size() / kLanes)) {
      result.cancelled = !completed && is_cancelled();
      if (!result.cancelled) result.diverged_at_step = steps_done() - (completed ? 1 : 0);
      break;
    }
    result.add(sums.mean(network_->topology()), metrics);
    completed_progress = progress_;

    work += epoch_work;
    const Clock::time_point now = work < kClockInterval ? published : Clock::now();
    if (work >= kClockInterval) work = 0;
    if (now - published > kPublishInterval) {
      unpublished.reset();
      publish();
      published = now;
    } else if (unpublished != nullptr) {
      std::memcpy(unpublished->data(), parameters_.data(), parameters_.size() * sizeof(T));
    } else {
      unpublished = std::make_shared<Parameters<T>>(parameters_);
    }
    if (now - start > time_limit) break;
  }
  if (unpublished != nullptr) network_->publish(std::move(unpublished), completed_progress);
  return result;
}

/// False if training was cancelled, or diverged at step progress_.steps.
template <typename T>
bool Trainer<T>::train_epoch(double learning_rate, MetricSums* sums, bool metrics) {
  if (!order_.empty()) permutation(network_->topology().seed, progress_.epochs, order_);
  for (size_t first = 0, rows; first < samples_.rows; first += rows) {
    if (is_cancelled()) return false;
    rows = std::min(spec_.batch_size, samples_.rows - first);
    if (!order_.empty()) {
      backprop_.load(samples_, order_.data() + first, rows);
    } else if (!loaded_) {
      const size_t outputs = network_->topology().outputs;
      Samples<T> batch = samples_;
      batch.x += first * network_->topology().input_size;
      if (batch.values != nullptr) batch.values += first * outputs;
      if (batch.labels != nullptr) batch.labels += first;
      backprop_.load(batch, nullptr, rows);
      loaded_ = rows == samples_.rows && network_->topology().input_dropout_rate == 0;
    }
    sums->rows += rows;
    if (!train_batch(learning_rate, sums, metrics)) return false;
  }
  ++progress_.epochs;
  return true;
}

/// One step on the batch that is loaded. False, with nothing changed, if its loss is not finite.
template <typename T>
bool Trainer<T>::train_batch(double learning_rate, MetricSums* sums, bool metrics) {
  const double loss = backprop_.forward(parameters_.data(), progress_.steps, metrics ? sums : nullptr);
  if (!std::isfinite(loss)) return false;
  sums->loss += loss;
  optimizer_.begin_step(learning_rate);
  GradientSink<T> sink;
  sink.parameters = parameters_.data();
  sink.optimizer = &optimizer_;
  backprop_.backward(parameters_.data(), progress_.steps, sink);
  ++progress_.steps;
  return true;
}

template <typename T>
RunResult Trainer<T>::step(const Samples<T>& batch, double learning_rate, bool metrics) {
  RunResult result;
  result.cancelled = is_cancelled();
  if (result.cancelled) return result;
  MetricSums sums;
  sums.rows = batch.rows;
  loaded_ = false;
  backprop_.load(batch, nullptr, batch.rows);
  if (train_batch(learning_rate, &sums, metrics)) {
    result.add(sums.mean(network_->topology()), metrics);
  } else {
    result.diverged_at_step = steps_done();
  }
  return result;
}

template <typename T>
void Trainer<T>::publish() {
  network_->publish(std::make_shared<Parameters<T>>(parameters_), progress_);
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace chainrule
