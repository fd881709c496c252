#include "nn/backprop.h"

#include <algorithm>

#include "math/parallel_for.h"
#include "nn/parameter_rows.h"

namespace chainrule {
namespace {

/// Samples that are fewer bytes stay in the second-level cache by themselves.
constexpr size_t kInCache = size_t{512} << 10;

/// A batch of more bytes would push the rest of a step out of that cache.
constexpr size_t kMostAhead = size_t{256} << 10;

}  // namespace

template <typename T>
Backprop<T>::Backprop(const Topology& topology, const KernelTable<T>& kernels, size_t shards, SumOverAll* total)
    : topology_(topology),
      kernels_(kernels),
      shard_count_(shards),
      total_(total),
      may_be_small_(shards == 1 && total == nullptr && !topology.bf16_products && !topology.has_custom_loss() &&
                    SmallDense<T>::fits(topology, Mode::training)),
      output_(topology, kernels) {}

template <typename T>
void Backprop<T>::load(const Samples<T>& samples, const uint32_t* index, size_t rows, Way way, const BatchShards* shards) {
  shards_ = shards;
  is_empty_ = shards != nullptr && rows == 0;
  if (is_empty_) return output_.load(samples, index, rows, shards, total_);
  const bool is_small = may_be_small_ && way == Way::fastest && rows * kLanes * kLanes < kWorthSharing;
  if (rows != input_.rows || is_small != is_small_) make_room(rows, is_small);
  gather_rows(kernels_, samples.x, samples.rows_of(index), input_);
  output_.load(samples, index, rows, shards, total_);
  if (is_small) small_->set_batch(input_, output_.loss_block(small_->output(), small_->output_gradient()));
}

template <typename T>
void Backprop<T>::expect(const Samples<T>& samples, const uint32_t* index, size_t rows) const {
  const size_t columns = topology_.input_size;
  if (samples.rows * columns * sizeof(T) <= kInCache || rows * columns * sizeof(T) > kMostAhead) return;
  prefetch_rows(kernels_, samples.x, columns, index, rows);
}

/// Whatever of this throws, `input_` is empty then, so that the next load() begins afresh.
template <typename T>
void Backprop<T>::make_room(size_t rows, bool is_small) {
  input_ = {};
  is_small_ = is_small;
  const size_t size = rows * padded(topology_.input_size);
  if (memory_.size() < size) memory_ = AlignedBuffer<T>(size);
  if (is_small) {
    if (!small_) small_.emplace(topology_, kernels_);
    small_->set_rows(rows);
  } else {
    if (!sequence_) sequence_.emplace(topology_.make_sequence(kernels_, Mode::training, shard_count_));
    sequence_->set_rows(rows);
  }
  input_ = panel_view(memory_.data(), rows, topology_.input_size);
}

template <typename T>
double Backprop<T>::forward(const T* parameters, uint64_t step, MetricSums* metrics, double dropout) {
  double loss = 0;
  PanelView<const T> outputs;
  if (is_empty_) return loss;
  if (is_small_) {
    small_->run(parameters);
    outputs = small_->output();
    loss = output_.add_row_losses(0);
  } else {
    outputs = sequence_->forward(pass(parameters, step, dropout), input_);
    loss = output_.add_loss(outputs, sequence_->output_gradient(), 0);
  }
  if (metrics != nullptr) output_.add_metrics(outputs, metrics);
  return loss;
}

template <typename T>
void Backprop<T>::backward(const T* parameters, uint64_t step, const GradientSink<T>& sink) {
  if (is_empty_) {
    std::fill_n(sink.gradients, topology_.parameters.trained_size(), T{0});
    if (sink.measured != nullptr) std::fill_n(sink.measured, topology_.parameters.block_size() - sink.measured_begin, T{0});
    return;
  }
  if (is_small_) return small_->backward(sink);
  sequence_->backward(pass(parameters, step), input_, {}, sink);
}

template <typename T>
size_t Backprop<T>::bytes() const {
  return memory_.size() * sizeof(T) + output_.bytes() + (sequence_ ? sequence_->bytes() : 0) + (small_ ? small_->bytes() : 0);
}

template class Backprop<float>;
template class Backprop<double>;

}  // namespace chainrule
