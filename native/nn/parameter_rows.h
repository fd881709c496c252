// Parameters, and what is laid out like them: to and from row-major order, and whether they are finite.
#pragma once
#include <atomic>
#include <memory>

#include "kernels/dispatch.h"
#include "math/aligned_buffer.h"
#include "math/parallel_for.h"
#include "nn/parameters.h"

namespace chainrule {

/// Which tensors of a network's list: all, or those that the optimizer moves, which are the first.
enum class Tensors : uint8_t { all, trained };

template <typename T>
void to_rows(const KernelTable<T>& kernels, PanelView<const T> from, T* to) {
  kernels.scatter({from.data, to, from.cols, from.stride, nullptr, {0, from.rows}});
}

template <typename T>
void from_rows(const KernelTable<T>& kernels, const T* from, PanelView<T> to) {
  kernels.gather({from, to.data, to.cols, to.stride, nullptr, {0, to.rows}});
}

/// Rows of a row-major matrix, the first ones or those that `index` names, into panels; on all threads if they are many.
template <typename T>
void gather_rows(const KernelTable<T>& kernels, const T* from, const uint32_t* index, const PanelView<T>& to) {
  parallel_for(to.rows, 1, to.rows * to.cols * kLanes, [&](Range rows) {
    kernels.gather({from, to.data, to.cols, to.stride, index, rows});
  });
}

/// Asks for the rows that gather_rows() is to read next, into the second-level cache.
template <typename T>
void prefetch_rows(const KernelTable<T>& kernels, const T* from, size_t columns, const uint32_t* index, size_t rows) {
  for (size_t i = 0; i < rows; ++i) kernels.prefetch(from + index[i] * columns, columns);
}

/// Whether a whole block is finite. One pass over it, on all threads if it is large.
template <typename T>
bool is_finite(const KernelTable<T>& kernels, const AlignedBuffer<T>& block) {
  std::atomic<bool> finite{true};
  parallel_for(block.size() / kLanes, 256, block.size(), [&](Range range) {
    if (!kernels.all_finite(block.data() + range.begin * kLanes, range.end - range.begin)) finite.store(false, std::memory_order_relaxed);
  });
  return finite.load(std::memory_order_relaxed);
}

/// The tensors of a block in the order of the list, row-major, one behind the other: `count` or `trained_count` elements.
template <typename T>
void block_to_rows(const ParameterList& parameters, const KernelTable<T>& kernels, const T* block, T* rows,
                   Tensors tensors = Tensors::all) {
  for (const Parameter& parameter : parameters) {
    if (tensors == Tensors::trained && !parameter.trained) return;
    to_rows<T>(kernels, parameter.view(block), rows);
    rows += parameter.size();
  }
}

template <typename T>
void block_from_rows(const ParameterList& parameters, const KernelTable<T>& kernels, const T* rows, T* block,
                     Tensors tensors = Tensors::all) {
  for (const Parameter& parameter : parameters) {
    if (tensors == Tensors::trained && !parameter.trained) return;
    from_rows<T>(kernels, rows, parameter.view(block));
    rows += parameter.size();
  }
}

/// A new block with such elements. Throws OutOfMemory.
template <typename T>
std::shared_ptr<AlignedBuffer<T>> parameters_from_rows(const ParameterList& parameters, const KernelTable<T>& kernels, const T* rows) {
  const size_t size = parameters.block_size();
  auto block = asking_for<T>(size, [&] { return std::make_shared<AlignedBuffer<T>>(size); });
  block_from_rows(parameters, kernels, rows, block->data());
  return block;
}

}  // namespace chainrule
