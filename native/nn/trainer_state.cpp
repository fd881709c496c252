// The state that a trainer needs to continue elsewhere as if it had never stopped: parameters and their average, the optimizer's state, and
// how far it has come. (Shuffles and dropout masks are functions of that: math/random.h.)
#include "math/contract.h"
#include "nn/parameter_rows.h"
#include "nn/trainer.h"

namespace chainrule {

template <typename T>
void Trainer<T>::read_state(std::span<T* const> blocks) const {
  const ParameterList& parameters = network_->topology().parameters;
  const KernelTable<T>& kernels = network_->kernels();
  const T* const own = (parameters_ != nullptr ? *parameters_ : *published_).data();
  step_.begin(own);
  block_to_rows(parameters, kernels, own, blocks[0]);
  T* const* to = &blocks[1];
  for (const AlignedBuffer<T>* array : step_.arrays()) block_to_rows(parameters, kernels, array->data(), *to++, Tensors::trained);
  if (!step_.averages()) return;
  block_to_rows(parameters, kernels, own, *to, Tensors::trained);
  if (parameters_ != nullptr && step_.average() != nullptr)
    block_to_rows(parameters, kernels, step_.average(), blocks[0], Tensors::trained);
}

template <typename T>
void Trainer<T>::write_state(std::span<const T* const> blocks, const Position& position) {
  const ParameterList& parameters = network_->topology().parameters;
  const KernelTable<T>& kernels = network_->kernels();
  require(can_have(blocks.size()), "the state has the wrong number of arrays");
  make_own_parameters();
  step_.set_array_count(blocks.size() - (step_.averages() ? 2 : 1));
  block_from_rows(parameters, kernels, blocks[0], parameters_->data());
  const T* const* from = &blocks[1];
  for (AlignedBuffer<T>* array : step_.arrays()) block_from_rows(parameters, kernels, *from++, array->data(), Tensors::trained);
  if (step_.averages()) {
    block_from_rows(parameters, kernels, blocks[0], step_.average_slot().data(), Tensors::trained);
    block_from_rows(parameters, kernels, *from, parameters_->data(), Tensors::trained);
  }
  started_at_ = position.started_at;
  progress_ = position.progress;
  epoch_ = {};
  step_.resume(position.updates);
  publish();
}

template void Trainer<float>::read_state(std::span<float* const>) const;
template void Trainer<double>::read_state(std::span<double* const>) const;
template void Trainer<float>::write_state(std::span<const float* const>, const Position&);
template void Trainer<double>::write_state(std::span<const double* const>, const Position&);

}  // namespace chainrule
