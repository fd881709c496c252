#include "nn/backprop.h"

#include <cstring>

#include "kernels/dispatch.h"
#include "math/share.h"
#include "nn/activate.h"

namespace chainrule {
namespace {

/// Rows of a row-major matrix, all or those that `index` names, into panels.
template <typename T>
void gather_rows(const KernelTable<T>& kernels, const T* from, const uint32_t* index, PanelView<T> to) {
  share_range(to.rows, 1, to.rows * to.cols, [&](Range rows) { kernels.gather({from, to.data, to.cols, to.stride, index, rows}); });
}

}  // namespace

template <typename T>
Backprop<T>::Backprop(const Topology& topology, const KernelTable<T>& kernels) : topology_(topology), kernels_(kernels) {
  const size_t last = topology.layers.size() - 1;
  const Bf16Kernels* bf16 = topology.bf16_products ? bf16_kernels() : nullptr;
  for (size_t i = 0; i <= last; ++i) passes_.emplace_back(kernels, topology.layers[i], i, i == last && topology.loss_fused(), bf16);
}

template <typename T>
void Backprop<T>::load(const Samples<T>& samples, const uint32_t* index, size_t rows) {
  const bool labelled = samples.labels != nullptr;
  if (rows != input_.rows || labelled != labelled_) make_room(rows, labelled);
  gather_rows(kernels_, samples.x, index, input_);
  if (labelled) {
    for (size_t i = 0; i < rows; ++i) labels_[i] = samples.labels[index != nullptr ? index[i] : i];
  } else {
    gather_rows(kernels_, samples.values, index, targets_);
  }
}

/// Whatever of this throws, `input_` is empty then, so that the next load() begins afresh.
template <typename T>
void Backprop<T>::make_room(size_t rows, bool labelled) {
  const PanelView<T> before = input_;
  input_ = {};
  PanelView<T> input = before;
  if (rows != before.rows) {
    const size_t inputs = rows * padded(topology_.input_size);
    const size_t outputs = rows * padded(topology_.outputs);
    if (memory_.size() < inputs + 2 * outputs) memory_ = AlignedBuffer<T>(inputs + 2 * outputs);
    targets_ = panel_view(memory_.data() + inputs, rows, topology_.outputs);
    probabilities_ = panel_view(memory_.data() + inputs + outputs, rows, topology_.outputs);
    asking_for<T>(rows, [&] { row_loss_.resize(rows); });
    asking_for<int32_t>(rows, [&] { labels_.resize(rows); });
    for (LayerPass<T>& pass : passes_) pass.set_rows(rows);
    input = panel_view(memory_.data(), rows, topology_.input_size);
  }
  labelled_ = labelled;
  prepare_small_pass(input);
  input_ = input;
}

template <typename T>
double Backprop<T>::forward(const T* parameters, uint64_t step, MetricSums* metrics) {
  if (is_small_) {
    small_pass_.parameters = parameters;
    kernels_.small_pass(small_pass_);
  } else {
    const DropoutKey key{topology_.seed, step};
    if (topology_.input_dropout_rate > 0) drop_out<T>(kernels_, topology_.input_dropout_rate, key, 0, input_, input_);
    for (size_t i = 0; i < passes_.size(); ++i) passes_[i].forward(parameters, input_of(i), key);
    compute_loss();
  }
  if (metrics != nullptr) add_metrics(metrics);
  double sum = 0;
  for (const T loss : row_loss_) sum += static_cast<double>(loss);
  return sum;
}

template <typename T>
void Backprop<T>::prepare_small_pass(PanelView<T> input) {
  is_small_ = topology_.small() && !topology_.bf16_products && input.rows * kLanes * kLanes < kWorthSharing;
  if (!is_small_) return;
  small_layers_.clear();
  for (const LayerPass<T>& pass : passes_) small_layers_.push_back(pass.small_layer());
  if (small_gradients_.size() == 0) small_gradients_ = AlignedBuffer<T>(topology_.block_size);
  small_pass_.layers = small_layers_.data();
  small_pass_.count = small_layers_.size();
  small_pass_.rows = input.rows;
  small_pass_.input = input.data;
  small_pass_.gradients = small_gradients_.data();
  small_pass_.loss = kernels_.loss[static_cast<size_t>(topology_.loss)];
  small_pass_.loss_block = loss_block(input.rows);
}

template <typename T>
LossBlock<T> Backprop<T>::loss_block(size_t rows) {
  LossBlock<T> block{};
  block.output = passes_.back().output().data;
  block.target = labelled_ ? nullptr : targets_.data;
  block.labels = labelled_ ? labels_.data() : nullptr;
  block.gradient = passes_.back().gradient().data;
  block.row_loss = row_loss_.data();
  block.units = topology_.outputs;
  block.stride = targets_.stride;
  block.rows = {0, rows};
  block.scale = static_cast<T>(1 / topology_.loss_divisor(rows));
  block.delta = static_cast<T>(topology_.huber_delta);
  return block;
}

template <typename T>
void Backprop<T>::compute_loss() {
  const LossBlock<T> block = loss_block(input_.rows);
  share_range(input_.rows, 1, input_.rows * topology_.outputs * kLanes, [&](Range range) {
    LossBlock<T> part = block;
    part.rows = range;
    kernels_.loss[static_cast<size_t>(topology_.loss)](part);
  });
}

template <typename T>
void Backprop<T>::add_metrics(MetricSums* metrics) {
  PanelView<const T> outputs = passes_.back().output();
  if (topology_.loss_fused()) {
    activate_logits<T>(kernels_, topology_.layers.back().activation, outputs, probabilities_);
    outputs = probabilities_;
  }
  metrics->add<T>(topology_, outputs, labelled_ ? labels_.data() : nullptr, targets_);
}

template <typename T>
void Backprop<T>::backward(const T* parameters, uint64_t step, const GradientSink<T>& sink) {
  if (is_small_) {
    const size_t size = topology_.block_size;
    if (sink.optimizer != nullptr) {
      sink.optimizer->apply(kernels_, sink.parameters, 0, small_gradients_.data(), size / kLanes);
    } else {
      std::memcpy(sink.gradients, small_gradients_.data(), size * sizeof(T));
    }
    return;
  }
  const DropoutKey key{topology_.seed, step};
  passes_.back().finish_gradient(key);
  for (size_t i = passes_.size(); i-- > 0;) {
    if (i > 0) passes_[i].backward_to(passes_[i - 1], parameters, key);
    passes_[i].backward_weights(input_of(i), sink);
  }
}

template <typename T>
size_t Backprop<T>::bytes() const {
  size_t sum = (memory_.size() + small_gradients_.size() + row_loss_.capacity()) * sizeof(T) + labels_.capacity() * sizeof(int32_t);
  for (const LayerPass<T>& pass : passes_) sum += sizeof(pass) + pass.bytes();
  return sum + small_layers_.capacity() * sizeof(SmallLayer<T>);
}

template class Backprop<float>;
template class Backprop<double>;

}  // namespace chainrule
