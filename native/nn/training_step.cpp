#include "nn/training_step.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "math/parallel_for.h"

namespace chainrule {
namespace {

/// Elements of a gradient whose squares are added up at once, lane by lane; the sums of such blocks are added up in order. So threads
/// cannot change the norm.
constexpr size_t kNormBlock = 4096;

/// Such blocks that a kernel works on side by side.
constexpr size_t kNormBlocks = 4;

/// Vectors that a thread takes a step on before it looks for others: five pieces of OptimizerState::apply().
constexpr size_t kStepVectors = 5 * kGradientRows;

/// PyTorch's clip_grad_norm_ adds this to the norm.
constexpr double kNormEpsilon = 1e-6;

}  // namespace

template <typename T>
TrainingStep<T>::TrainingStep(const TrainerSpec& spec, const ParameterList& parameters, const KernelTable<T>& kernels)
    : spec_(spec), kernels_(kernels), optimizer_(spec.optimizer, TensorGroups(parameters, spec.optimizer.tensors), OptimizerState<T>::Filled::by_begin) {
  const size_t size = parameters.trained_size();
  using Uninitialized = typename AlignedBuffer<T>::Uninitialized;
  if (spec.average_decay > 0) average_ = AlignedBuffer<T>(size, Uninitialized());
  if (spec.accumulate > 1 || spec.clip_norm > 0) gradients_ = AlignedBuffer<T>(size, Uninitialized());
  if (spec.clip_norm > 0) square_sums_.resize((size + kNormBlock - 1) / kNormBlock);
  if (spec.clip_value > 0) optimizer_.set_clip(static_cast<T>(spec.clip_value));
  if (averages()) optimizer_.set_average(average_.data(), spec.average_decay);
}

template <typename T>
void TrainingStep<T>::begin() {
  if (std::exchange(begun_, true)) return;
  optimizer_.begin();
  for (AlignedBuffer<T>* array : {&average_, &gradients_}) {
    parallel_for(array->size(), 4096, array->size(),
                 [&](Range range) { std::fill(array->data() + range.begin, array->data() + range.end, T{0}); });
  }
}

template <typename T>
typename TrainingStep<T>::Outcome TrainingStep<T>::take(Backprop<T>& backprop, T* parameters, uint64_t batch,
                                                        const StepValues& values, bool is_last) {
  values_ = values;
  if (averages() && steps() == 0) average_frozen(parameters);
  GradientSink<T> sink;
  sink.parameters = parameters;
  sink.optimizer = &optimizer_;
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

/// No step touches frozen tensors: their average is what they are.
template <typename T>
void TrainingStep<T>::average_frozen(const T* parameters) {
  for (const TensorGroups::Group& group : tensors().all()) {
    if (group.settings.frozen) std::copy(parameters + group.begin, parameters + group.end, average_.data() + group.begin);
  }
}

template <typename T>
typename TrainingStep<T>::Outcome TrainingStep<T>::finish(T* parameters) {
  if (std::exchange(batches_, 0) == 0) return Outcome::accumulated;
  double scale = weight_ > 0 ? first_weight_ / weight_ : 1;
  if (spec_.clip_norm > 0) {
    const double length = scale * norm();
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

/// The Euclidean norm of what is in the block. Only its last piece may be shorter than the others, and goes alone.
template <typename T>
double TrainingStep<T>::norm() {
  const size_t size = gradients_.size();
  const size_t whole = size / kNormBlock;
  parallel_for(square_sums_.size(), kNormBlocks, size, [&](Range blocks) {
    for (size_t first = blocks.begin, end; first < blocks.end; first = end) {
      end = first < whole ? std::min({first + kNormBlocks, blocks.end, whole}) : first + 1;
      const size_t rows = std::min(kNormBlock, size - first * kNormBlock) / kLanes;
      const T* const g = gradients_.data() + first * kNormBlock;
      alignas(64) T sums[kNormBlocks * kLanes];
      kernels_.column_products({g, g, sums, rows, kNormBlock, kNormBlock, {0, end - first}});
      for (size_t block = first; block < end; ++block) {
        const T* const lanes = sums + (block - first) * kLanes;
        square_sums_[block] = std::accumulate(lanes, lanes + kLanes, 0.0);
      }
    }
  });
  return std::sqrt(std::accumulate(square_sums_.begin(), square_sums_.end(), 0.0));
}

template <typename T>
void TrainingStep<T>::resume(uint64_t steps) {
  batches_ = 0;
  optimizer_.set_steps(steps);
}

template <typename T>
size_t TrainingStep<T>::bytes() const {
  size_t elements = average_.size() + gradients_.size();
  for (const AlignedBuffer<T>& slot : slots()) elements += slot.size();
  return elements * sizeof(T) + square_sums_.size() * sizeof(double);
}

template class TrainingStep<float>;
template class TrainingStep<double>;

}  // namespace chainrule
