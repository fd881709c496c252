#include "nn/small_dense.h"

#include <algorithm>
#include <utility>

namespace chainrule {

template <typename T>
bool SmallDense<T>::fits(const Topology& topology, Mode mode) {
  const auto is_small = [&](const SequencePlan::Step& step) {
    if (!step.works_in(mode)) return true;
    const SmallDensePlan* plan = step.plan->small();
    if (plan == nullptr) return false;
    const bool is_last = &step == &topology.sequence.steps().back();
    return kDerivativeReads[static_cast<size_t>(plan->activation)] != DerivativeReads::row ||
           (is_last && (mode == Mode::prediction || topology.loss_fused()));
  };
  const auto& steps = topology.sequence.steps();
  return topology.sequence.widest() <= kLanes && std::all_of(steps.begin(), steps.end(), is_small);
}

template <typename T>
SmallLayer<T> SmallDense<T>::layer_of(const Topology& topology, const SmallDensePlan& plan) {
  SmallLayer<T> layer{};
  layer.in = plan.in;
  layer.units = plan.units;
  layer.weights_offset = topology.parameters.of(plan.weights).offset;
  layer.bias_offset = topology.parameters.of(plan.bias).offset;
  return layer;
}

template <typename T>
SmallPrediction<T>::SmallPrediction(const Topology& topology, const KernelTable<T>& kernels)
    : SmallDense<T>(topology, kernels), last_(kernels, topology.last_activation) {}

template <typename T>
void SmallPrediction<T>::set_buffers(T* first, T* second) {
  std::vector<SmallLayer<T>> layers;
  for (const SequencePlan::Step& step : this->topology_.sequence.steps()) {
    const SmallDensePlan* plan = step.plan->small();
    if (!step.works_in(Mode::prediction)) continue;
    SmallLayer<T> layer = this->layer_of(this->topology_, *plan);
    layer.z = layer.a = first;
    layer.activate = this->kernels_.activate[static_cast<size_t>(plan->activation)];
    layers.push_back(layer);
    std::swap(first, second);
  }
  this->layers_ = std::move(layers);
  pass_.layers = this->layers_.data();
  pass_.count = this->layers_.size();
}

template <typename T>
T* SmallPrediction<T>::predict(const Pass<T>& pass, const T* in, size_t rows) {
  SmallLayer<T>& top = this->layers_.back();
  top.activate = pass.logits_only ? nullptr : last_.by_vector();
  pass_.rows = rows;
  pass_.input = in;
  pass_.parameters = pass.parameters;
  this->kernels_.small_forward(pass_);
  if (!pass.logits_only && last_.mixes_rows()) this->kernels_.softmax({top.a, top.a, nullptr, top.units, rows * kLanes, {0, rows}});
  return top.a;
}

template <typename T>
SmallTraining<T>::SmallTraining(const Topology& topology, const KernelTable<T>& kernels) : SmallDense<T>(topology, kernels) {}

template <typename T>
void SmallTraining<T>::set_rows(size_t rows) {
  if (rows == rows_) return;
  rows_ = 0;
  const auto& steps = this->topology_.sequence.steps();
  const size_t matrix = rows * kLanes;
  if (this->memory_.size() < 3 * steps.size() * matrix) this->memory_ = AlignedBuffer<T>(3 * steps.size() * matrix);
  if (gradients_.size() == 0) gradients_ = AlignedBuffer<T>(this->topology_.parameters.block_size());
  this->layers_.clear();
  T* next = this->memory_.data();
  const auto take = [&] { return std::exchange(next, next + matrix); };
  for (const SequencePlan::Step& step : steps) {
    const SmallDensePlan& plan = *step.plan->small();
    SmallLayer<T> layer = this->layer_of(this->topology_, plan);
    const size_t activation = static_cast<size_t>(plan.activation);
    const bool reads_input = kDerivativeReads[activation] == DerivativeReads::input;
    layer.d = take();
    layer.a = take();
    layer.z = reads_input ? take() : layer.a;
    if (&step != &steps.back() || !this->topology_.loss_fused()) {
      layer.activate = this->kernels_.activate[activation];
      layer.derivative = this->kernels_.derivative[activation];
      layer.derivative_from = reads_input ? layer.z : layer.a;
    }
    this->layers_.push_back(layer);
  }
  rows_ = rows;
}

template <typename T>
PanelView<const T> SmallTraining<T>::output() const {
  return panel_view<const T>(this->layers_.back().a, rows_, this->topology_.outputs);
}

template <typename T>
PanelView<T> SmallTraining<T>::output_gradient() const {
  return panel_view(this->layers_.back().d, rows_, this->topology_.outputs);
}

template <typename T>
void SmallTraining<T>::set_batch(PanelView<const T> in, const LossBlock<T>& loss) {
  pass_.layers = this->layers_.data();
  pass_.count = this->layers_.size();
  pass_.rows = in.rows;
  pass_.input = in.data;
  pass_.gradients = gradients_.data();
  pass_.loss = this->kernels_.loss[static_cast<size_t>(this->topology_.loss.kind)];
  pass_.loss_block = loss;
}

template <typename T>
void SmallTraining<T>::run(const T* parameters) {
  pass_.parameters = parameters;
  this->kernels_.small_pass(pass_);
}

template <typename T>
void SmallTraining<T>::backward(const GradientSink<T>& sink) const {
  sink.take(this->kernels_, 0, gradients_.data(), gradients_.size() / kLanes);
}

template class SmallDense<float>;
template class SmallDense<double>;
template class SmallPrediction<float>;
template class SmallPrediction<double>;
template class SmallTraining<float>;
template class SmallTraining<double>;

}  // namespace chainrule
