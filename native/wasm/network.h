// lib/native.ts's NativeNetwork as handles, for both precisions.
#pragma once
#include <memory>
#include <variant>

#include "nn/network_user.h"

namespace chainrule {

template <typename T>
using NetworkPointer = std::unique_ptr<NetworkUser<T>>;

/// What JavaScript holds, and destroys when it is garbage there.
struct NetworkHandle {
  std::variant<NetworkPointer<float>, NetworkPointer<double>> network;
};

struct SnapshotHandle {
  std::variant<Snapshot<float>, Snapshot<double>> snapshot;
};

/// The snapshot, if it is one of such a network's. Throws otherwise.
template <typename T>
const Snapshot<T>& snapshot_for(const Network<T>& network, const SnapshotHandle& handle);

/// Calls `body` with the network of either precision.
template <typename Body>
auto with(const NetworkHandle* handle, Body body) {
  return std::visit([&](const auto& network) { return body(*network); }, handle->network);
}

}  // namespace chainrule
