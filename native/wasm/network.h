// lib/native.ts's NativeNetwork as handles, for both precisions.
#pragma once
#include <memory>
#include <variant>

#include "nn/any_snapshot.h"
#include "nn/network_user.h"

namespace chainrule {

template <typename T>
using NetworkPointer = std::unique_ptr<NetworkUser<T>>;

/// The object that JavaScript holds, and destroys when it is garbage there.
struct NetworkHandle {
  std::variant<NetworkPointer<float>, NetworkPointer<double>> network;
};

/// Calls `body` with the network of either precision.
template <typename Body>
auto with(const NetworkHandle* handle, Body body) {
  return std::visit([&](const auto& network) { return body(*network); }, handle->network);
}

}  // namespace chainrule
