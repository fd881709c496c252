#include "nn/limits.h"

#include <limits>

#include "math/contract.h"
#include "math/out_of_memory.h"
#include "nn/topology.h"

namespace chainrule {
namespace {

/// More matrices of a layer's width than a pass through it keeps.
constexpr uint64_t kMatrices = 6;

}  // namespace

void check_labels(const Topology& topology, std::span<const int32_t> labels) {
  require(topology.loss_traits().reads == LossReads::class_logits, "y has class indices, but the loss takes values");
  for (const int32_t label : labels) {
    require(label >= 0 && static_cast<size_t>(label) < topology.outputs, "y has a class index that is out of range");
  }
}

void check_batch(const Topology& topology, uint64_t rows, size_t element_size) {
  if constexpr (sizeof(size_t) > 4) return;
  const uint64_t columns = kMatrices * topology.sequence.columns();  // below 2^32, as the parameters are
  const uint64_t elements = (rows + kLanes) * columns;
  if (elements > std::numeric_limits<size_t>::max() / element_size) throw OutOfMemory(elements, element_size);
}

}  // namespace chainrule
