// A snapshot of either precision: what JavaScript holds, and hands back.
#pragma once
#include <variant>

#include "math/contract.h"
#include "nn/network.h"

namespace chainrule {

using AnySnapshot = std::variant<Snapshot<float>, Snapshot<double>>;

/// The snapshot, if it is one of such a network's. Throws ContractViolation otherwise.
template <typename T>
const Snapshot<T>& snapshot_for(const Network<T>& network, const AnySnapshot& any) {
  const Snapshot<T>* snapshot = std::get_if<Snapshot<T>>(&any);
  require(snapshot != nullptr && (*snapshot)->size() == network.topology().parameters.block_size(),
          "a snapshot of another kind of network");
  return *snapshot;
}

}  // namespace chainrule
