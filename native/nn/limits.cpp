#include "nn/limits.h"

#include <limits>

#include "math/contract.h"
#include "math/out_of_memory.h"
#include "nn/layers/settings.h"
#include "nn/topology.h"

namespace chainrule {
namespace {

/// Elements of a parameter block whose bytes, and those of a few such blocks, still have a number.
constexpr uint64_t kMaxBlock = std::numeric_limits<size_t>::max() / 64;

/// More matrices of a layer's width, or of its inputs', than a pass through it keeps.
constexpr uint64_t kMatrices = 6;

}  // namespace

void check_network(const NetworkSpec& spec, size_t element_size) {
  require(!spec.layers.empty() && spec.layers.back().kind == LayerKind::dense, "the last layer is not dense");
  uint64_t block = 0;
  uint64_t in = spec.input_size;
  for (const LayerSpec& layer : spec.layers) {
    const Numbers settings(layer.settings);
    require(layer.layers.empty(), "a layer has layers that it cannot have");
    if (layer.kind == LayerKind::dropout) {
      read_dropout_rate(settings);
      continue;
    }
    const size_t units = read_dense(settings).units;
    block += (in + 1) * padded(units);  // below 2^63: both factors are at most 2^31
    if (block > kMaxBlock) throw OutOfMemory(block, element_size);
    in = units;
  }
}

void check_labels(const Topology& topology, std::span<const int32_t> labels) {
  require(topology.loss == Loss::crossEntropy, "y has class indices, but the loss takes values");
  for (const int32_t label : labels) {
    require(label >= 0 && static_cast<size_t>(label) < topology.outputs, "y has a class index that is out of range");
  }
}

void check_batch(const Topology& topology, uint64_t rows, size_t element_size) {
  if constexpr (sizeof(size_t) > 4) return;
  uint64_t columns = topology.input_size + kLanes;
  for (const DenseLayer& layer : topology.layers) columns += kMatrices * (layer.units + kLanes);  // below 2^32, as the parameters are
  const uint64_t elements = (rows + kLanes) * columns;
  if (elements > std::numeric_limits<size_t>::max() / element_size) throw OutOfMemory(elements, element_size);
}

}  // namespace chainrule
