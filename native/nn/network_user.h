// A network in the hands of one thread: what an object of JavaScript's class Network is made of.
#pragma once
#include <memory>
#include <utility>

#include "nn/predictor.h"

namespace chainrule {

/// A network, the buffers of this thread for it, and the lease that this thread has begun, if it has. The lease ends with this object.
template <typename T>
struct NetworkUser {
  explicit NetworkUser(std::shared_ptr<Network<T>> used)
      : network(std::move(used)), predictor(*network), backprop(network->topology(), network->kernels()) {}
  ~NetworkUser() { end_lease(); }
  NetworkUser(const NetworkUser&) = delete;
  NetworkUser& operator=(const NetworkUser&) = delete;

  bool begin_lease() {
    const uint64_t begun = network->begin_lease();
    if (begun != 0) lease = begun;
    return begun != 0;
  }
  void end_lease() {
    if (lease != 0) network->end_lease(std::exchange(lease, 0));
  }

  const std::shared_ptr<Network<T>> network;
  uint64_t lease = 0;
  Predictor<T> predictor;
  Backprop<T> backprop;
};

}  // namespace chainrule
