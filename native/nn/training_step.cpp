#include "nn/training_step.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "math/parallel_for.h"

namespace chainrule {
namespace {

/// Vectors that a thread takes a step on before it looks for others: five pieces of OptimizerState::apply().
constexpr size_t kStepVectors = 5 * kGradientRows;

/// PyTorch's clip_grad_norm_ adds this to the norm.
constexpr double kNormEpsilon = 1e-6;

}  // namespace

template <typename T>
TrainingStep<T>::TrainingStep(const TrainerSpec& spec, const Topology& topology, const KernelTable<T>& kernels,
                              const std::atomic<bool>& stop)
    : spec_(spec),
      topology_(topology),
      kernels_(kernels),
      stop_(stop),
      optimizer_(spec.optimizer, TensorGroups(topology.parameters, spec.optimizer.tensors), OptimizerState<T>::Filled::by_begin) {
  const size_t size = topology.parameters.trained_size();
  using Uninitialized = typename AlignedBuffer<T>::Uninitialized;
  if (spec.average_decay > 0) average_ = AlignedBuffer<T>(size, Uninitialized());
  if (spec.accumulate > 1 || spec.clip_norm > 0) gradients_ = AlignedBuffer<T>(size, Uninitialized());
  if (spec.clip_norm > 0) sums_.emplace(kernels, size);
  if (spec.clip_value > 0) optimizer_.set_clip(static_cast<T>(spec.clip_value));
  if (spec.lbfgs) lbfgs_.emplace(*spec.lbfgs, kernels, size);
  if (averages()) optimizer_.set_average(average_.data(), spec.average_decay);
}

/// The average begins as a copy: no step touches frozen tensors.
template <typename T>
void TrainingStep<T>::begin(const T* parameters) {
  if (lbfgs_) lbfgs_->reserve();
  if (std::exchange(begun_, true)) return;
  optimizer_.begin();
  parallel_for(average_.size(), 4096, average_.size(),
               [&](Range range) { std::copy(parameters + range.begin, parameters + range.end, average_.data() + range.begin); });
  parallel_for(gradients_.size(), 4096, gradients_.size(),
               [&](Range range) { std::fill(gradients_.data() + range.begin, gradients_.data() + range.end, T{0}); });
}

template <typename T>
typename TrainingStep<T>::Outcome TrainingStep<T>::take(Backprop<T>& backprop, T* parameters, uint64_t batch, double loss,
                                                        const StepValues& values, bool is_last) {
  values_ = values;
  if (lbfgs_) {
    minimize(backprop, parameters, batch, loss, values);
    optimizer_.set_steps(steps() + 1);
    return Outcome::stepped;
  }
  GradientSink<T> sink;
  sink.parameters = parameters;
  sink.optimizer = &optimizer_;
  sink.shards = static_cast<T>(spec_.shards);
  if (gradients_.size() == 0) {
    optimizer_.begin_step(values.learning_rate, values.weight_decay);
    backprop.backward(parameters, batch, sink);
    return Outcome::stepped;
  }
  const double weight = backprop.weight();
  if (batches_ == 0) {
    first_weight_ = weight > 0 ? weight : 1;  // the gradient of samples without weight is 0
    weight_ = 0;
  }
  // The block becomes the sum of the batches' mean gradients, each times its weight and divided by that of the first.
  const T factor = static_cast<T>(weight / first_weight_);
  sink.gradients = gradients_.data();
  sink.factor = batches_ > 0 ? &factor : nullptr;
  backprop.backward(parameters, batch, sink);
  weight_ += weight;
  ++batches_;
  return batches_ == spec_.accumulate || is_last ? finish(parameters) : Outcome::accumulated;
}

template <typename T>
typename TrainingStep<T>::Outcome TrainingStep<T>::finish(T* parameters) {
  if (std::exchange(batches_, 0) == 0) return Outcome::accumulated;
  double scale = weight_ > 0 ? first_weight_ / weight_ : 1;
  if (spec_.clip_norm > 0) {
    const double length = scale * std::sqrt(sums_->dot(gradients_.data(), gradients_.data()));
    if (!std::isfinite(length)) return Outcome::diverged;
    scale *= std::min(1.0, spec_.clip_norm / (length + kNormEpsilon));
  }
  optimizer_.begin_step(values_.learning_rate, values_.weight_decay, scale);
  parallel_for(gradients_.size() / kLanes, kStepVectors, gradients_.size(), [&](Range vectors) {
    const size_t offset = vectors.begin * kLanes;
    optimizer_.apply(kernels_, parameters, offset, gradients_.data() + offset, vectors.end - vectors.begin);
  });
  return Outcome::stepped;
}

template <typename T>
void TrainingStep<T>::minimize(Backprop<T>& backprop, T* parameters, uint64_t batch, double loss, const StepValues& values) {
  GradientSink<T> sink;
  sink.parameters = parameters;
  sink.optimizer = &optimizer_;
  sink.shards = static_cast<T>(spec_.shards);
  sink.gradients = lbfgs_->gradient();
  backprop.backward(parameters, batch, sink);
  const auto mean = [&](double sum) { return topology_.mean_loss(sum, backprop.weight()); };
  const auto objective = [&](T* gradient) {
    const double sum = backprop.forward(parameters, batch, nullptr, values.dropout);
    sink.gradients = gradient;
    backprop.backward(parameters, batch, sink);
    return mean(sum);
  };
  lbfgs_->step(parameters, mean(loss), values.learning_rate, objective, stop_);
}

template <typename T>
std::vector<AlignedBuffer<T>*> TrainingStep<T>::arrays() {
  if (lbfgs_) return lbfgs_->state();
  std::vector<AlignedBuffer<T>*> all;
  for (AlignedBuffer<T>& slot : optimizer_.slots()) all.push_back(&slot);
  return all;
}

template <typename T>
void TrainingStep<T>::resume(uint64_t steps) {
  batches_ = 0;
  if (lbfgs_) lbfgs_->resume();
  optimizer_.set_steps(steps);
}

template <typename T>
size_t TrainingStep<T>::bytes() const {
  size_t elements = average_.size() + gradients_.size();
  for (const AlignedBuffer<T>& slot : optimizer_.slots()) elements += slot.size();
  return elements * sizeof(T) + (lbfgs_ ? lbfgs_->bytes() : 0);
}

template class TrainingStep<float>;
template class TrainingStep<double>;

}  // namespace chainrule
