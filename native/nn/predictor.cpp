#include "nn/predictor.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "math/gemm.h"
#include "math/share.h"
#include "nn/activate.h"
#include "nn/metrics.h"

namespace chainrule {
template <typename T>
void Predictor<T>::make_room(size_t rows) {
  rows = std::min(rows, kChunk);
  if (rows <= room_) return;
  // Everything is allocated first, as each allocation may throw; then it replaces what there was.
  const size_t size = rows * network_.topology().widest;
  AlignedBuffer<T> memory(2 * size);
  T* const buffers[] = {memory.data(), memory.data() + size};
  std::vector<SmallLayer<T>> small_layers = small_layers_on(buffers);
  memory_ = std::move(memory);
  std::copy(std::begin(buffers), std::end(buffers), std::begin(buffers_));
  small_layers_ = std::move(small_layers);
  room_ = rows;
}

template <typename T>
std::vector<SmallLayer<T>> Predictor<T>::small_layers_on(T* const (&buffers)[2]) const {
  std::vector<SmallLayer<T>> small_layers;
  if (!network_.topology().small()) return small_layers;
  for (const DenseLayer& layer : network_.topology().layers) {
    SmallLayer<T> l{};
    l.in = layer.in;
    l.units = layer.units;
    l.weights_offset = layer.weights_offset;
    l.bias_offset = layer.bias_offset;
    l.z = l.a = buffers[(small_layers.size() + 1) % 2];
    l.activate = network_.kernels().activate[static_cast<size_t>(layer.activation)];
    small_layers.push_back(l);
  }
  return small_layers;
}

template <typename T>
PanelView<T> Predictor<T>::forward_small(const T* parameters, PanelView<T> in, bool logits_only) {
  const DenseLayer& last = network_.topology().layers.back();
  const KernelTable<T>& kernels = network_.kernels();
  small_layers_.back().activate = logits_only ? nullptr : kernels.activate[static_cast<size_t>(last.activation)];
  SmallPass<T> pass{};
  pass.layers = small_layers_.data();
  pass.count = small_layers_.size();
  pass.rows = in.rows;
  pass.input = in.data;
  pass.parameters = parameters;
  kernels.small_forward(pass);
  const PanelView<T> out = panel_view(small_layers_.back().a, in.rows, last.units);
  if (!logits_only && last.activation == Activation::softmax) softmax_rows<T>(kernels, out, out);
  return out;
}

template <typename T>
PanelView<const T> Predictor<T>::forward(const T* parameters, const T* x, size_t rows, bool logits_only) {
  const Topology& topology = network_.topology();
  const KernelTable<T>& kernels = network_.kernels();
  PanelView<T> in = panel_view(buffers_[0], rows, topology.input_size);
  share_range(rows, 1, rows * in.cols, [&](Range range) { kernels.gather({x, in.data, in.cols, in.stride, nullptr, range}); });
  if (!small_layers_.empty()) return forward_small(parameters, in, logits_only);
  size_t turn = 1;
  for (const DenseLayer& layer : topology.layers) {
    const bool stop_at_logits = logits_only && &layer == &topology.layers.back();
    ForwardProduct<T> p;
    p.a = in;
    p.w = layer.weights_in(parameters);
    p.bias = parameters + layer.bias_offset;
    p.z = p.out = panel_view(buffers_[turn], rows, layer.units);
    p.activate = stop_at_logits ? nullptr : kernels.activate[static_cast<size_t>(layer.activation)];
    forward_product(kernels, p);
    if (!stop_at_logits && layer.activation == Activation::softmax) softmax_rows<T>(kernels, p.z, p.z);
    in = p.z;
    turn ^= 1;
  }
  return in;
}

template <typename T>
void Predictor<T>::predict(const T* x, size_t rows, T* out) {
  const Snapshot<T> parameters = network_.snapshot();
  predict(*parameters, x, rows, out);
}

template <typename T>
void Predictor<T>::predict(const Parameters<T>& parameters, const T* x, size_t rows, T* out) {
  const Topology& topology = network_.topology();
  const KernelTable<T>& kernels = network_.kernels();
  make_room(rows);
  for (size_t first = 0, n; first < rows && !is_stopped(); first += n) {
    n = std::min(kChunk, rows - first);
    const PanelView<const T> result = forward(parameters.data(), x + first * topology.input_size, n, false);
    T* to = out + first * topology.outputs;
    share_range(n, 1, n * result.cols, [&](Range range) {
      kernels.scatter({result.data, to, result.cols, result.stride, nullptr, range});
    });
  }
}

template <typename T>
Metrics Predictor<T>::evaluate(const Samples<T>& samples) {
  MetricSums sums;
  const Snapshot<T> parameters = network_.snapshot();
  measure(*parameters, samples, &sums);
  return sums.mean(network_.topology());
}

template <typename T>
void Predictor<T>::measure(const Parameters<T>& parameters, const Samples<T>& samples, MetricSums* sums) {
  const Topology& topology = network_.topology();
  const KernelTable<T>& kernels = network_.kernels();
  make_room(samples.rows);
  const size_t chunk = std::min(kChunk, samples.rows);
  PanelMatrix<T> targets(samples.labels == nullptr ? chunk : 0, topology.outputs);
  std::vector<T> row_loss(chunk);
  for (size_t first = 0, n; first < samples.rows && !is_stopped(); first += n) {
    n = std::min(chunk, samples.rows - first);
    const int32_t* labels = samples.labels != nullptr ? samples.labels + first : nullptr;
    const PanelView<T> target = panel_view(targets.view().data, n, topology.outputs);
    if (labels == nullptr)
      kernels.gather({samples.values + first * topology.outputs, target.data, target.cols, target.stride, nullptr, {0, n}});

    PanelView<const T> result = forward(parameters.data(), samples.x + first * topology.input_size, n, topology.loss_fused());
    LossBlock<T> loss{};
    loss.output = result.data;
    loss.target = labels == nullptr ? target.data : nullptr;
    loss.labels = labels;
    loss.row_loss = row_loss.data();
    loss.units = topology.outputs;
    loss.stride = result.stride;
    loss.rows = {0, n};
    loss.delta = static_cast<T>(topology.huber_delta);
    kernels.loss[static_cast<size_t>(topology.loss)](loss);
    for (size_t i = 0; i < n; ++i) sums->loss += static_cast<double>(row_loss[i]);

    if (topology.loss_fused()) {
      const PanelView<T> activated = panel_view(result.data == buffers_[0] ? buffers_[1] : buffers_[0], n, topology.outputs);
      activate_logits<T>(kernels, topology.layers.back().activation, result, activated);
      result = activated;
    }
    sums->add<T>(topology, result, labels, target);
  }
  sums->rows += samples.rows;
}

template class Predictor<float>;
template class Predictor<double>;

}  // namespace chainrule
