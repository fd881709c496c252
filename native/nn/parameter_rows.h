// Parameters, and what is laid out like them: to and from row-major order, and whether they are finite.
#pragma once
#include <atomic>
#include <memory>

#include "kernels/dispatch.h"
#include "math/aligned_buffer.h"
#include "math/share.h"
#include "nn/topology.h"

namespace chainrule {

/// Which of a dense layer's parameters.
enum class ParameterKind : uint8_t { weights, bias };

constexpr ParameterKind kParameterKinds[] = {ParameterKind::weights, ParameterKind::bias};

/// A parameter as a matrix: a bias is one row.
template <typename T>
PanelView<T> parameter_view(const DenseLayer& layer, ParameterKind kind, T* block) {
  return kind == ParameterKind::weights ? layer.weights_in(block) : panel_view(block + layer.bias_offset, 1, layer.units);
}

template <typename T>
void to_rows(const KernelTable<T>& kernels, PanelView<const T> from, T* to) {
  kernels.scatter({from.data, to, from.cols, from.stride, nullptr, {0, from.rows}});
}

template <typename T>
void from_rows(const KernelTable<T>& kernels, const T* from, PanelView<T> to) {
  kernels.gather({from, to.data, to.cols, to.stride, nullptr, {0, to.rows}});
}

/// Whether a whole block is finite. One pass over it, on all threads if it is large.
template <typename T>
bool is_finite(const KernelTable<T>& kernels, const AlignedBuffer<T>& block) {
  std::atomic<bool> finite{true};
  share_range(block.size() / kLanes, 256, block.size(), [&](Range range) {
    if (!kernels.all_finite(block.data() + range.begin * kLanes, range.end - range.begin)) finite.store(false, std::memory_order_relaxed);
  });
  return finite.load(std::memory_order_relaxed);
}

/// A whole block, as `parameter_count` elements: weights and bias of each layer in turn.
template <typename T>
void block_to_rows(const Topology& topology, const KernelTable<T>& kernels, const T* block, T* rows) {
  for (const DenseLayer& layer : topology.layers) {
    for (const ParameterKind kind : kParameterKinds) {
      const PanelView<const T> view = parameter_view(layer, kind, block);
      to_rows(kernels, view, rows);
      rows += view.rows * view.cols;
    }
  }
}

template <typename T>
void block_from_rows(const Topology& topology, const KernelTable<T>& kernels, const T* rows, T* block) {
  for (const DenseLayer& layer : topology.layers) {
    for (const ParameterKind kind : kParameterKinds) {
      const PanelView<T> view = parameter_view(layer, kind, block);
      from_rows(kernels, rows, view);
      rows += view.rows * view.cols;
    }
  }
}

/// A new block with such elements. Throws OutOfMemory.
template <typename T>
std::shared_ptr<AlignedBuffer<T>> parameters_from_rows(const Topology& topology, const KernelTable<T>& kernels, const T* rows) {
  auto block = asking_for<T>(topology.block_size, [&] { return std::make_shared<AlignedBuffer<T>>(topology.block_size); });
  block_from_rows(topology, kernels, rows, block->data());
  return block;
}

}  // namespace chainrule
