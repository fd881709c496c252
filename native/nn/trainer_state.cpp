// The state that a trainer needs to continue elsewhere as if it had never stopped: parameters, the optimizer's state, and how far it has
// come. (Shuffles and dropout masks are functions of that: math/random.h.)
#include "nn/parameter_rows.h"
#include "nn/trainer.h"

namespace chainrule {

template <typename T>
void Trainer<T>::read_state(std::span<T* const> blocks) const {
  optimizer_.begin();
  const Topology& topology = network_->topology();
  block_to_rows(topology.parameters, network_->kernels(), (parameters_ != nullptr ? *parameters_ : *published_).data(), blocks[0]);
  for (size_t i = 0; i < optimizer_.slots().size(); ++i) {
    block_to_rows(topology.parameters, network_->kernels(), optimizer_.slots()[i].data(), blocks[1 + i], Tensors::trained);
  }
}

template <typename T>
void Trainer<T>::write_state(std::span<const T* const> blocks, const Position& position) {
  const Topology& topology = network_->topology();
  make_own_parameters();
  block_from_rows(topology.parameters, network_->kernels(), blocks[0], parameters_->data());
  for (size_t i = 0; i < optimizer_.slots().size(); ++i) {
    block_from_rows(topology.parameters, network_->kernels(), blocks[1 + i], optimizer_.slots()[i].data(), Tensors::trained);
  }
  started_at_ = position.started_at;
  progress_ = position.progress;
  epoch_ = {};
  optimizer_.set_steps(progress_.steps - started_at_.steps);  // each of this training's steps was one of the optimizer's
  publish();
}

template void Trainer<float>::read_state(std::span<float* const>) const;
template void Trainer<double>::read_state(std::span<double* const>) const;
template void Trainer<float>::write_state(std::span<const float* const>, const Position&);
template void Trainer<double>::write_state(std::span<const double* const>, const Position&);

}  // namespace chainrule
