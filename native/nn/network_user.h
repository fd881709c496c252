// A network in the hands of one thread: what an object of JavaScript's class Network is made of.
#pragma once
#include <memory>
#include <utility>

#include "nn/predictor.h"

namespace chainrule {

/// A network, the buffers for what is done with it on this thread, and the turn of training that this thread has begun, if it has: it ends
/// with this object.
template <typename T>
struct NetworkUser {
  explicit NetworkUser(std::shared_ptr<Network<T>> used)
      : network(std::move(used)), predictor(*network), backprop(network->topology(), network->kernels()) {}
  ~NetworkUser() { end_turn(); }
  NetworkUser(const NetworkUser&) = delete;
  NetworkUser& operator=(const NetworkUser&) = delete;

  bool begin_turn() {
    const uint64_t begun = network->begin_turn();
    if (begun != 0) turn = begun;
    return begun != 0;
  }
  void end_turn() {
    if (turn != 0) network->end_turn(std::exchange(turn, 0));
  }

  const std::shared_ptr<Network<T>> network;
  uint64_t turn = 0;
  Predictor<T> predictor;
  Backprop<T> backprop;
};

}  // namespace chainrule
