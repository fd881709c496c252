#include "nn/predictor.h"

#include <algorithm>
#include <utility>

#include "math/parallel_for.h"
#include "nn/mean_prediction.h"
#include "nn/parameter_rows.h"

namespace chainrule {
namespace {

/// Parameters up to this size are kept between predictions, also after they were replaced. With more, the lock takes no time worth saving.
constexpr size_t kKeptBytes = 64 << 10;

}  // namespace

template <typename T>
Predictor<T>::Predictor(const Network<T>& network) : network_(network), output_(network.topology(), network.kernels()) {}

template <typename T>
void Predictor<T>::account() {
  bytes_ = memory_.size() * sizeof(T) + output_.bytes() + (small_ ? small_->bytes() : 0) + (sequence_ ? sequence_->bytes() : 0);
}

template <typename T>
void Predictor<T>::make_room(size_t rows) {
  rows = std::min(rows, kChunk);
  if (rows <= room_) return;
  const Topology& topology = network_.topology();
  room_ = 0;  // until every allocation has succeeded
  const size_t size = rows * topology.sequence.widest();
  memory_ = AlignedBuffer<T>(2 * size);
  buffers_[0] = memory_.data();
  buffers_[1] = memory_.data() + size;
  if (SmallDense<T>::fits(topology, Mode::prediction)) {
    if (!small_) small_.emplace(topology, network_.kernels());
    small_->set_buffers(buffers_[1], buffers_[0]);
  } else {
    if (!sequence_) sequence_.emplace(topology.make_sequence(network_.kernels(), Mode::prediction));
    sequence_->set_rows(rows);
  }
  room_ = rows;
  account();
}

template <typename T>
PanelView<const T> Predictor<T>::forward(const T* parameters, const Samples<T>& samples, size_t rows, bool logits_only) {
  const PanelView<T> in = panel_view(buffers_[0], rows, network_.topology().input_size);
  gather_rows<T>(network_.kernels(), samples.x, samples.index, in);
  const Pass<T> pass{parameters, 0, logits_only};
  if (small_) return panel_view(small_->predict(pass, in.data, rows), rows, network_.topology().outputs);
  return sequence_->predict(pass, in, buffers_[1], buffers_[0]);
}

template <typename T>
void Predictor<T>::predict(const T* x, size_t rows, T* out) {
  predict(x, nullptr, rows, out);
}

template <typename T>
void Predictor<T>::predict(const T* x, const uint32_t* index, size_t rows, T* out) {
  if (!network_.is_current(kept_)) kept_ = network_.prepared(network_.snapshot());
  predict(kept_->data(), Samples<T>{x, nullptr, nullptr, rows, nullptr, index}, out);
  if (kept_->size() * sizeof(T) > kKeptBytes) kept_.reset();
}

template <typename T>
void Predictor<T>::predict(Snapshot<T> snapshot, const T* x, size_t rows, T* out) {
  predict(network_.prepared(std::move(snapshot))->data(), Samples<T>{x, nullptr, nullptr, rows}, out);
}

template <typename T>
void Predictor<T>::predict(const T* parameters, const Samples<T>& samples, T* out) {
  const Topology& topology = network_.topology();
  const KernelTable<T>& kernels = network_.kernels();
  make_room(samples.rows);
  for (size_t first = 0, n; first < samples.rows && !is_stopped(); first += n) {
    n = std::min(kChunk, samples.rows - first);
    PanelView<const T> result = forward(parameters, samples.from(first, topology.input_size, topology.outputs), n, false);
    if (topology.members() > 1) {
      // The result lies in one of the two buffers.
      T* const own = result.data == buffers_[0] ? buffers_[0] : buffers_[1];
      result = mean_over_members(PanelView<T>{own, result.rows, result.cols, result.stride}, topology.members());
    }
    T* to = out + first * topology.outputs;
    parallel_for(n, 1, n * result.cols, [&](Range range) {
      kernels.scatter({result.data, to, result.cols, result.stride, nullptr, range});
    });
  }
}

template <typename T>
Metrics Predictor<T>::evaluate(const Samples<T>& samples) {
  MetricSums sums;
  measure(network_.snapshot(), samples, &sums);
  return sums.mean(network_.topology());
}

template <typename T>
void Predictor<T>::measure(Snapshot<T> snapshot, const Samples<T>& samples, MetricSums* sums) {
  const Snapshot<T> parameters = network_.prepared(std::move(snapshot));
  const Topology& topology = network_.topology();
  make_room(samples.rows);
  for (size_t first = 0, n; first < samples.rows && !is_stopped(); first += n) {
    n = std::min(kChunk, samples.rows - first);
    const Samples<T> part = samples.from(first, topology.input_size, topology.targets);
    output_.load(part, nullptr, n);
    const PanelView<const T> outputs = forward(parameters->data(), part, n, topology.loss_fused());
    sums->loss = output_.add_prediction_loss(outputs, sums->loss);
    sums->weight += output_.weight();
    output_.add_metrics(outputs, sums);
  }
  sums->rows += samples.rows;
  account();
}

template class Predictor<float>;
template class Predictor<double>;

}  // namespace chainrule
