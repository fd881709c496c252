#include "nn/training_step.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "math/contract.h"
#include "math/parallel_for.h"
#include "nn/measured.h"

namespace chainrule {
namespace {

/// Vectors that a thread takes a step on before it looks for others: five pieces of OptimizerState::apply().
constexpr size_t kStepVectors = 5 * kGradientRows;

/// PyTorch's clip_grad_norm_ adds this to the norm.
constexpr double kNormEpsilon = 1e-6;

}  // namespace

template <typename T>
TrainingStep<T>::TrainingStep(const TrainerSpec& spec, const Topology& topology, const KernelTable<T>& kernels,
                              const std::atomic<bool>& stop, const Group* group)
    : spec_(spec),
      topology_(topology),
      kernels_(kernels),
      stop_(stop),
      optimizer_(spec.optimizer, TensorGroups(topology.parameters, spec.optimizer.tensors), OptimizerState<T>::Filled::by_begin) {
  const size_t size = topology.parameters.trained_size();
  using Uninitialized = typename AlignedBuffer<T>::Uninitialized;
  if (spec.average_decay > 0) average_ = AlignedBuffer<T>(size, Uninitialized());
  if (spec.accumulate > 1 || spec.clip_norm > 0 || group != nullptr) gradients_ = AlignedBuffer<T>(size, Uninitialized());
  if (group != nullptr) {
    require(!spec.lbfgs, "L-BFGS does not work in a group");
    group_.emplace(*group, kernels, topology.parameters.block_size());
    shared_ = AlignedBuffer<T>(spec.accumulate > 1 ? topology.parameters.block_size() : topology.parameters.block_size() - size);
  }
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
  if (gradients_.size() == 0) {
    optimizer_.begin_step(values.learning_rate, values.weight_decay);
    backprop.backward(parameters, batch, sink_for(parameters));
    return Outcome::stepped;
  }
  if (is_scattered()) {
    optimizer_.begin_step(values.learning_rate, values.weight_decay);
    step_in_parts(backprop, parameters, batch);
    return Outcome::stepped;
  }
  const double weight = backprop.weight();
  if (batches_ == 0) {
    first_weight_ = weight > 0 ? weight : 1;  // the gradient of samples without weight is 0
    weight_ = 0;
  }
  // The block becomes the sum of the batches' mean gradients, each times its weight and divided by that of the first.
  const T factor = static_cast<T>(weight / first_weight_);
  add_gradients(backprop, parameters, batch, batches_ > 0 ? &factor : nullptr);
  weight_ += weight;
  ++batches_;
  return batches_ == spec_.accumulate || is_last ? finish(parameters) : Outcome::accumulated;
}

template <typename T>
GradientSink<T> TrainingStep<T>::sink_for(T* parameters) const {
  GradientSink<T> sink;
  sink.parameters = parameters;
  sink.optimizer = &optimizer_;
  sink.shards = static_cast<T>(spec_.shards);
  return sink;
}

/// The batch's gradients go into the block, or are added to it times `factor`.
template <typename T>
void TrainingStep<T>::add_gradients(Backprop<T>& backprop, T* parameters, uint64_t batch, const T* factor) {
  if (group_) return add_shared_gradients(backprop, parameters, batch, factor);
  GradientSink<T> sink = sink_for(parameters);
  sink.gradients = gradients_.data();
  sink.factor = factor;
  backprop.backward(parameters, batch, sink);
}

/// The same for a batch of which others have parts.
template <typename T>
void TrainingStep<T>::add_shared_gradients(Backprop<T>& backprop, T* parameters, uint64_t batch, const T* factor) {
  T* const own = factor != nullptr ? shared_.data() : gradients_.data();
  sum_over_group(backprop, parameters, batch, own, std::nullopt);
  if (factor == nullptr) return;
  parallel_for(gradients_.size() / kLanes, kStepVectors, gradients_.size(), [&](Range vectors) {
    const size_t offset = vectors.begin * kLanes;
    kernels_.move_average(gradients_.data() + offset, 1, own + offset, *factor, vectors.end - vectors.begin);
  });
}

/// A step of which each rank computes a part of the parameters, as soon as it has summed their gradients.
template <typename T>
void TrainingStep<T>::step_in_parts(Backprop<T>& backprop, T* parameters, uint64_t batch) {
  const auto apply = [this, parameters](size_t offset, size_t vectors) {
    optimizer_.apply(kernels_, parameters, offset, gradients_.data() + offset, vectors);
  };
  sum_over_group(backprop, parameters, batch, gradients_.data(), typename GroupGradients<T>::Step{apply, parameters});
}

/// Runs the batch backward. Its gradients are summed while those of the layers below are computed; a layer's parameters are not read after
/// its own are there.
template <typename T>
void TrainingStep<T>::sum_over_group(Backprop<T>& backprop, T* parameters, uint64_t batch, T* gradients,
                                     std::optional<typename GroupGradients<T>::Step> step) {
  const size_t size = gradients_.size();
  const size_t measurements = topology_.parameters.block_size() - size;
  GradientSink<T> sink = sink_for(parameters);
  sink.gradients = gradients;
  sink.measured = shared_.data() + (shared_.size() - measurements);
  sink.measured_begin = size;
  sink.reached = [](void* group, size_t offset) { static_cast<GroupGradients<T>*>(group)->ready(offset); };
  sink.context = &*group_;
  group_->begin(gradients, size, std::move(step));
  backprop.backward(parameters, batch, sink);
  group_->finish();
  group_->begin(sink.measured, measurements);
  group_->finish();
  move_measured(topology_.parameters, spec_.optimizer.tensors, sink.measured, parameters, size, sink.shards);
}

template <typename T>
void TrainingStep<T>::gather() {
  if (!is_scattered()) return;
  for (AlignedBuffer<T>* array : arrays()) group_->gather(array->data(), array->size());
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
  GradientSink<T> sink = sink_for(parameters);
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
  size_t elements = average_.size() + gradients_.size() + shared_.size() + (group_ ? group_->size() : 0);
  for (const AlignedBuffer<T>& slot : optimizer_.slots()) elements += slot.size();
  return elements * sizeof(T) + (lbfgs_ ? lbfgs_->bytes() : 0);
}

template class TrainingStep<float>;
template class TrainingStep<double>;

}  // namespace chainrule
