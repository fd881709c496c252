#include "nn/network.h"

#include <stdexcept>

#include "math/contract.h"
#include "math/random.h"
#include "nn/measured.h"

namespace chainrule {
namespace {

/// The initial value of each element depends on the seed, the tensor and its row and column, not on the layout.
template <typename T>
void draw(const Topology& topology, const Parameter& parameter, T* block) {
  const RandomStream random(topology.seed, parameter.stream, parameter.step);
  const PanelView<T> view = parameter.view(block);
  std::vector<double> row(parameter.cols);
  for (size_t i = 0; i < parameter.rows; ++i) {
    const size_t first = parameter.rows_alike ? 0 : i * parameter.cols;
    initial_values(parameter.initializer, random, first, parameter.fan_in, parameter.fan_out, row);
    for (size_t j = 0; j < parameter.cols; ++j) view.at(i, j) = static_cast<T>(row[j]);
  }
}

}  // namespace

template <typename T>
Network<T>::Network(const NetworkSpec& spec, Initial initial)
    : topology_(spec), prepares_(topology_.sequence.prepares()), kernels_(table<T>(chainrule::kernels())) {
  if (topology_.bf16_products && bf16_kernels() == nullptr) throw std::runtime_error("no bf16 kernels for this CPU");
  if (initial == Initial::written) return;
  auto block = std::make_shared<Parameters<T>>(topology_.parameters.block_size());
  for (const Parameter& parameter : topology_.parameters) draw(topology_, parameter, block->data());
  parameters_ = std::move(block);
  current_ = parameters_.get();
}

template <typename T>
Snapshot<T> Network<T>::snapshot() const {
  const std::lock_guard lock(mutex_);
  require(parameters_ != nullptr, "the network has no parameters yet");
  return parameters_;
}

template <typename T>
Snapshot<T> Network<T>::prepared(Snapshot<T> snapshot) const {
  if (!prepares_) return snapshot;
  const std::lock_guard lock(preparing_);
  if (prepared_from_.lock() == snapshot) return prepared_;
  auto block = std::make_shared<Parameters<T>>(*snapshot);
  topology_.sequence.prepare(topology_.parameters, kernels_, block->data());
  prepared_ = std::move(block);
  prepared_from_ = snapshot;
  prepared_bytes_.store(prepared_->size() * sizeof(T), std::memory_order_relaxed);
  return prepared_;
}

template <typename T>
Progress Network<T>::progress() const {
  const std::lock_guard lock(mutex_);
  return progress_;
}

template <typename T>
uint64_t Network<T>::begin_lease() {
  const std::lock_guard change(changing_);
  const std::lock_guard lock(mutex_);
  if (lease_ != 0) return 0;
  return lease_ = ++leases_;
}

template <typename T>
void Network<T>::end_lease(uint64_t lease) {
  const std::lock_guard lock(mutex_);
  if (lease_ == lease) lease_ = 0;
}

template <typename T>
uint64_t Network<T>::lease() const {
  const std::lock_guard lock(mutex_);
  return lease_;
}

template <typename T>
bool Network<T>::publish(Snapshot<T> parameters, uint64_t lease) {
  return publish(std::move(parameters), progress(), lease);
}

template <typename T>
bool Network<T>::publish(Snapshot<T> parameters, const Progress& progress, uint64_t lease) {
  {
    const std::lock_guard lock(mutex_);
    if (lease_ != lease) return false;
    parameters_.swap(parameters);
    current_.store(parameters_.get(), std::memory_order_release);
    progress_ = progress;
  }
  return true;  // the old ones are freed now, outside the lock, if nobody reads them any more
}

template <typename T>
void Network<T>::read_parameter(size_t index, T* out) const {
  const Snapshot<T> current = snapshot();
  to_rows<T>(kernels_, topology_.parameters.all()[index].view(current->data()), out);
}

template <typename T>
bool Network<T>::write_parameter(size_t index, const T* values) {
  const std::lock_guard lock(changing_);
  if (lease() != 0) return false;
  auto block = std::make_shared<Parameters<T>>(*snapshot());
  from_rows<T>(kernels_, values, topology_.parameters.all()[index].view(block->data()));
  return publish(std::move(block), 0);
}

template <typename T>
bool Network<T>::write_parameters(const T* values) {
  return assign(parameters_from_rows(topology_.parameters, kernels_, values));
}

template <typename T>
bool Network<T>::assign(Snapshot<T> parameters) {
  const std::lock_guard lock(changing_);
  return publish(std::move(parameters), 0);
}

template <typename T>
double Network<T>::backward(Backprop<T>& buffers, const Samples<T>& batch, T* gradients, const std::vector<TensorSettings>& tensors,
                            typename Backprop<T>::Way way) const {
  const TensorGroups groups(topology_.parameters, tensors);
  Parameters<T> block(topology_.parameters.block_size());
  const Snapshot<T> current = snapshot();
  const uint64_t step = progress().steps;
  buffers.load(batch, nullptr, batch.rows, way);
  buffers.set_tensors(&groups);
  const double loss = topology_.mean_loss(buffers.forward(current->data(), step, nullptr), buffers.weight());
  GradientSink<T> sink;
  sink.gradients = block.data();
  buffers.backward(current->data(), step, sink);
  buffers.set_tensors(nullptr);
  block_to_rows(topology_.parameters, kernels_, block.data(), gradients);
  return loss;
}

template <typename T>
UpdateResult Network<T>::update(const T* gradients, const OptimizerSpec& spec) {
  const std::lock_guard lock(changing_);
  if (lease() != 0) return UpdateResult::busy;
  auto block = std::make_shared<Parameters<T>>(*snapshot());
  Parameters<T> gradient(topology_.parameters.block_size());
  // A copy: the state of before is kept if the step comes to nothing.
  const bool fits = optimizer_ != nullptr && same_slots(optimizer_->spec(), spec);
  const TensorGroups tensors(topology_.parameters, spec.tensors);
  auto optimizer = fits ? std::make_unique<OptimizerState<T>>(*optimizer_) : std::make_unique<OptimizerState<T>>(spec, tensors);
  block_from_rows(topology_.parameters, kernels_, gradients, gradient.data());
  optimizer->set_spec(spec, tensors);
  optimizer->begin_step(spec.learning_rate);
  optimizer->apply(kernels_, block->data(), 0, gradient.data(), topology_.parameters.trained_size() / kLanes);
  move_measured(topology_.parameters, spec.tensors, gradient.data(), block->data());
  bool finite = is_finite(kernels_, *block);
  for (const AlignedBuffer<T>& slot : optimizer->slots()) finite = finite && is_finite(kernels_, slot);
  if (!finite) return UpdateResult::overflow;
  Progress next_progress = progress();
  ++next_progress.steps;
  if (!publish(std::move(block), next_progress, 0)) return UpdateResult::busy;
  optimizer_ = std::move(optimizer);
  return UpdateResult::updated;
}

template <typename T>
size_t Network<T>::bytes() const {
  const std::lock_guard lock(changing_);
  const size_t slots = optimizer_ == nullptr ? 0 : optimizer_->slots().size();
  const ParameterList& parameters = topology_.parameters;
  const size_t elements_kept = parameters.block_size() + slots * parameters.trained_size();
  return sizeof(*this) + topology_.sequence.steps().size() * sizeof(SequencePlan::Step) + elements_kept * sizeof(T);
}

template class Network<float>;
template class Network<double>;

}  // namespace chainrule
