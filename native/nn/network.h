// A network: an immutable topology, and parameters that are replaced as a whole, so that whoever reads them never sees half of a change.
#pragma once
#include <memory>
#include <mutex>
#include <span>

#include "kernels/dispatch.h"
#include "nn/backprop.h"
#include "nn/optimizer.h"
#include "nn/parameter_rows.h"
#include "nn/topology.h"

namespace chainrule {

/// One block with the weights and biases of all layers, in the panel layout.
template <typename T>
using Parameters = AlignedBuffer<T>;

template <typename T>
using Snapshot = std::shared_ptr<const Parameters<T>>;

/// How far a network's training has come, over all trainers and updates. Shuffles and dropout masks depend on it, so that training again
/// goes on where it ended, and does not draw the same numbers once more.
struct Progress {
  uint64_t steps = 0, epochs = 0;
};

template <typename T>
class Network {
 public:
  /// Draws the initial parameters. Throws std::bad_alloc.
  explicit Network(const NetworkSpec& spec);

  const Topology& topology() const { return topology_; }
  const KernelTable<T>& kernels() const { return kernels_; }

  /// The current parameters, and their replacement. Safe from any thread.
  Snapshot<T> snapshot() const;
  Progress progress() const;
  void publish(Snapshot<T> parameters);
  void publish(Snapshot<T> parameters, const Progress& progress);

  /// Elements of a parameter: in * units, or units.
  size_t parameter_size(size_t layer, ParameterKind kind) const;
  /// To and from row-major order; `out` and `values` have parameter_size elements.
  void read_parameter(size_t layer, ParameterKind kind, T* out) const;
  void write_parameter(size_t layer, ParameterKind kind, const T* values);

  /// Loss of a batch, with dropout as in training at the current step (progress().steps); the gradients go to `gradients`, weights and bias
  /// of each layer in turn, row-major.
  double backward(const Samples<T>& batch, std::span<T* const> gradients);
  /// One optimizer step with such gradients. The optimizer's state is kept as long as `optimizer.kind` and its slots stay the same.
  void update(std::span<const T* const> gradients, const OptimizerSpec& optimizer);

 private:
  Topology topology_;
  const KernelTable<T>& kernels_;
  mutable std::mutex mutex_;  // guards the next two
  Snapshot<T> parameters_;
  Progress progress_;

  // What backward() and update() keep between calls; they are for one thread.
  std::unique_ptr<Backprop<T>> backprop_;
  std::unique_ptr<OptimizerState<T>> optimizer_;
};

}  // namespace chainrule
