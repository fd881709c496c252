#include "nn/output.h"

#include "math/parallel_for.h"
#include "nn/layers/activation_function.h"
#include "nn/parameter_rows.h"

namespace chainrule {

template <typename T>
void Output<T>::load(const Samples<T>& samples, const uint32_t* index, size_t rows) {
  const bool labelled = samples.labels != nullptr;
  if (rows != rows_ || labelled != labelled_) make_room(rows, labelled);
  if (labelled) {
    for (size_t i = 0; i < rows; ++i) labels_[i] = samples.labels[index != nullptr ? index[i] : i];
  } else {
    gather_rows(kernels_, samples.values, index, targets_);
  }
}

/// `rows_` says what there is room for: none, until every allocation has succeeded.
template <typename T>
void Output<T>::make_room(size_t rows, bool labelled) {
  rows_ = 0;
  const size_t size = rows * padded(topology_.outputs);
  if (memory_.size() < 2 * size) memory_ = AlignedBuffer<T>(2 * size);
  targets_ = panel_view(memory_.data(), rows, topology_.outputs);
  activated_ = panel_view(memory_.data() + size, rows, topology_.outputs);
  asking_for<T>(rows, [&] { row_loss_.resize(rows); });
  asking_for<int32_t>(rows, [&] { labels_.resize(rows); });
  labelled_ = labelled;
  rows_ = rows;
}

template <typename T>
size_t Output<T>::bytes() const {
  return (memory_.size() + row_loss_.capacity()) * sizeof(T) + labels_.capacity() * sizeof(int32_t);
}

template <typename T>
LossBlock<T> Output<T>::loss_block(PanelView<const T> outputs, PanelView<T> gradient) {
  LossBlock<T> block{};
  block.output = outputs.data;
  block.target = labelled_ ? nullptr : targets_.data;
  block.labels = labelled_ ? labels_.data() : nullptr;
  block.gradient = gradient.data;
  block.row_loss = row_loss_.data();
  block.units = topology_.outputs;
  block.stride = outputs.stride;
  block.rows = {0, rows_};
  block.scale = static_cast<T>(1 / topology_.loss_divisor(rows_));
  block.delta = static_cast<T>(topology_.huber_delta);
  return block;
}

template <typename T>
double Output<T>::add_loss(PanelView<const T> outputs, PanelView<T> gradient, double sum) {
  const LossBlock<T> block = loss_block(outputs, gradient);
  parallel_for(rows_, 1, rows_ * topology_.outputs * kLanes, [&](Range range) {
    LossBlock<T> part = block;
    part.rows = range;
    kernels_.loss[static_cast<size_t>(topology_.loss)](part);
  });
  return add_row_losses(sum);
}

template <typename T>
double Output<T>::add_row_losses(double sum) const {
  for (size_t i = 0; i < rows_; ++i) sum += static_cast<double>(row_loss_[i]);
  return sum;
}

template <typename T>
void Output<T>::add_metrics(PanelView<const T> outputs, MetricSums* sums) {
  if (topology_.loss_fused()) {
    ActivationFunction<T>(kernels_, topology_.last_activation).apply(outputs, activated_);
    outputs = activated_;
  }
  sums->add<T>(topology_, outputs, labelled_ ? labels_.data() : nullptr, targets_);
}

template class Output<float>;
template class Output<double>;

}  // namespace chainrule
