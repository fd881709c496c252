// Where gradients come from and go to on the way back through the layers.
#pragma once
#include <algorithm>

#include "kernels/kernels.h"
#include "math/panel_matrix.h"
#include "math/parallel_for.h"
#include "nn/optimizer.h"

namespace chainrule {

/// Turns dLoss/dOutput of a layer into the gradient of its input: d *= f'. The layer that computes d calls `apply` while a tile of
/// it is in a register or the first-level cache: `rows` rows of one panel from `first_row` on, in place. Where the derivative mixes the
/// units of a row, there is `apply_rows` instead, for the whole matrix.
template <typename T>
struct Epilogue {
  void (*apply)(const void* context, size_t panel, size_t first_row, size_t rows, T* d) = nullptr;
  void (*apply_rows)(const void* context, PanelView<T> d) = nullptr;
  const void* context = nullptr;

  bool empty() const { return apply == nullptr && apply_rows == nullptr; }
};

/// A gradient as the products read it.
template <typename T>
struct Gradient {
  PanelView<T> d;    ///< [rows, columns]
  PanelView<T> d_t;  ///< its transpose, [columns, rows], panels padded to sixteen rows; there only if the layer reads_transposed()
};

/// Where a layer writes the gradient with respect to its input: handed up by the layers below, instead of read out of them.
template <typename T>
struct GradientTarget {
  PanelView<T> d;           ///< [rows, columns]; without data: the gradient is not wanted
  PanelView<T> d_t;         ///< [columns, rows]: room that a product may write to in any case (without data: products in bf16)
  bool transposed = false;  ///< whether d_t is wanted in the end
  Epilogue<T> finish;       ///< to be applied to each tile of d, once, before it is stored; by tile only

  bool wanted() const { return d.data != nullptr; }

  /// For a layer that writes d panel by panel: calls `unfinished` with the index of each panel, on all threads if they are many. Finishes
  /// each panel while it is in the cache, and transposes it if that is wanted.
  template <typename F>
  void write(const KernelTable<T>& kernels, const F& unfinished) const {
    parallel_for(d.panels(), 1, d.rows * d.cols, [&](Range panels) {
      for (size_t panel = panels.begin; panel < panels.end; ++panel) {
        unfinished(panel);
        complete(kernels, {panel, panel + 1});
      }
    });
  }

  /// For a layer that has written d unfinished: finishes it, and transposes it if that is wanted.
  void complete(const KernelTable<T>& kernels) const {
    if (finish.apply == nullptr && !transposed) return;
    parallel_for(d.panels(), 1, d.rows * d.cols, [&](Range panels) { complete(kernels, panels); });
  }
  /// The same for some panels, by a layer that shares them itself.
  void complete(const KernelTable<T>& kernels, Range panels) const {
    for (size_t panel = panels.begin; finish.apply != nullptr && panel < panels.end; ++panel) {
      finish.apply(finish.context, panel, 0, d.rows, d.panel(panel));
    }
    if (transposed) kernels.transpose(d.data, d.stride, d_t.data, d_t.stride, d.rows, panels);
  }
};

/// A measured value after a step: PyTorch's (1 - momentum) * before + momentum * batch.
template <typename T>
T moved(T before, T batch, T momentum) {
  return (1 - momentum) * before + momentum * batch;
}

/// Where parameter gradients go: into a block laid out as the parameters, or through an optimizer step into the parameters themselves.
template <typename T>
struct GradientSink {
  T* gradients = nullptr;                        ///< the block; null: they go through the optimizer
  const T* factor = nullptr;                     ///< null: they are stored in the block; otherwise added to it times this
  T* parameters = nullptr;                       ///< null: measurements go into the block, too
  const OptimizerState<T>* optimizer = nullptr;  ///< of the parameters
  T shards = 1;                                  ///< of the whole batch: measurements are sums over them,
  T* measured = nullptr;                         ///< and go here where others have shards, too: the end of a block, from its first one on
  size_t measured_begin = 0;                     ///< and where that is
  /// Called where the gradients from this offset on are all in the block; null: nobody waits for them.
  void (*reached)(void* context, size_t offset) = nullptr;
  void* context = nullptr;

  /// Whether gradients are steps of the optimizer.
  bool steps() const { return gradients == nullptr; }
  /// Whether they are stored in the block.
  bool stores() const { return !steps() && factor == nullptr; }

  /// Whether the gradient of the tensor at this offset is wanted.
  bool wants(size_t offset) const { return optimizer == nullptr || !optimizer->is_frozen(offset); }

  /// Takes the gradient of `16 * vectors` parameters from `offset` of the block on. Different ranges may be given by different threads.
  void take(const KernelTable<T>& kernels, size_t offset, const T* gradient, size_t vectors) const {
    if (steps()) return optimizer->apply(kernels, parameters, offset, gradient, vectors);
    if (optimizer == nullptr) return keep(kernels, offset, gradient, vectors);
    optimizer->tensors().for_moved(offset, vectors,
                                   [&](size_t, size_t at, size_t count) { keep(kernels, at, gradient + (at - offset), count); });
  }

  /// Takes what a batch measured of `count` parameters that are not trained: they move by the part `momentum` towards it. With shards it is
  /// the sum of their values.
  void measure(size_t offset, const T* sums, size_t count, T momentum) const {
    if (measured != nullptr || parameters == nullptr) {
      std::copy_n(sums, count, measured != nullptr ? measured + (offset - measured_begin) : gradients + offset);
      return;
    }
    for (size_t i = 0; i < count; ++i) parameters[offset + i] = moved(parameters[offset + i], sums[i] / shards, momentum);
  }

 private:
  /// Into the block.
  void keep(const KernelTable<T>& kernels, size_t offset, const T* gradient, size_t vectors) const {
    if (!stores()) return kernels.move_average(gradients + offset, 1, gradient, *factor, vectors);
    std::copy(gradient, gradient + vectors * kLanes, gradients + offset);
  }
};

}  // namespace chainrule
