// A network: an immutable topology, and parameters that are replaced as a whole, so that whoever reads them never sees half of a change.
// Any number of threads may read it; who may change it is settled here, too.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>

#include "kernels/dispatch.h"
#include "nn/backprop.h"
#include "nn/optimizer.h"
#include "nn/parameter_rows.h"
#include "nn/topology.h"

namespace chainrule {

/// One block with all tensors of nn/parameters.h, in the panel layout.
template <typename T>
using Parameters = AlignedBuffer<T>;

template <typename T>
using Snapshot = std::shared_ptr<const Parameters<T>>;

/// How far a network's training has come, over all trainers and updates. Shuffles and dropout masks depend on it, so that training again
/// goes on where it ended, and does not draw the same numbers once more.
struct Progress {
  uint64_t steps = 0, epochs = 0;
};

/// The outcome of an update. The names are lib/native.ts's.
enum class UpdateResult : uint8_t { updated, busy, overflow };
constexpr const char* kUpdateResultNames[] = {"updated", "busy", "overflow"};

template <typename T>
class Network {
 public:
  enum class Initial : uint8_t { drawn, written };

  /// Draws the initial parameters, or (`written`) has none until write_parameters(). Throws std::bad_alloc.
  explicit Network(const NetworkSpec& spec, Initial initial = Initial::drawn);

  const Topology& topology() const { return topology_; }
  const KernelTable<T>& kernels() const { return kernels_; }

  /// The current parameters, and their replacement. Safe from any thread. Throws ContractViolation as long as there are none.
  Snapshot<T> snapshot() const;
  /// The parameters that prediction reads for a snapshot of this network: the snapshot itself, or a copy with values that the layers
  /// prepare. Batch normalisation is folded into weights there. The last such copy is kept. Safe from any thread. Throws std::bad_alloc.
  Snapshot<T> prepared(Snapshot<T> snapshot) const;
  /// Memory of the copy that is kept.
  size_t prepared_bytes() const { return prepared_bytes_.load(std::memory_order_relaxed); }
  /// Whether a snapshot is that of the current parameters. Takes no lock. Safe from any thread.
  bool is_current(const Snapshot<T>& snapshot) const {
    return snapshot != nullptr && current_.load(std::memory_order_acquire) == snapshot.get();
  }
  Progress progress() const;

  /// One lease at a time gives the right to train. Returns its number, or 0 while another lasts. The parameters are then changed by
  /// publishing with that lease only. Its end does not wait for its trainers: what they still publish is dropped. Safe from any thread.
  uint64_t begin_lease();
  void end_lease(uint64_t lease);
  /// The current lease, or 0.
  uint64_t lease() const;
  /// Replaces the parameters, with a lease or (0) between two. Returns false, with nothing changed, if `lease` is not the current one.
  bool publish(Snapshot<T> parameters, uint64_t lease);
  bool publish(Snapshot<T> parameters, const Progress& progress, uint64_t lease);

  /// One tensor, by its index in the list, to and from row-major order.
  void read_parameter(size_t index, T* out) const;
  /// False, with nothing changed, while a lease lasts.
  bool write_parameter(size_t index, const T* values);
  /// All parameters at once, as parameter_rows.h has them. Throws std::bad_alloc. False, with nothing changed, while a lease lasts.
  bool write_parameters(const T* values);
  /// Makes a snapshot of this network, or of one with tensors of the same shapes, its parameters. False, with nothing changed, while a
  /// lease lasts.
  bool assign(Snapshot<T> parameters);

  /// Loss of a batch, with dropout as in training at the current step (progress().steps). The gradients of all parameters go to
  /// `gradients`, as parameter_rows.h has them, those of frozen tensors too. `buffers` are the calling thread's.
  double backward(Backprop<T>& buffers, const Samples<T>& batch, T* gradients, const std::vector<TensorSettings>& tensors = {},
                  typename Backprop<T>::Way way = Backprop<T>::Way::fastest) const;
  /// One optimizer step with such gradients. Running statistics move towards those of the batch, but for NaN.
  /// The optimizer's state is kept as long as `optimizer.kind` and its slots stay the same.
  /// Updates from several threads happen one after another. Nothing changes while a lease lasts, or if a result would not be finite.
  /// Throws std::bad_alloc, with nothing changed either.
  UpdateResult update(const T* gradients, const OptimizerSpec& optimizer);

  /// Memory that the network keeps, but for prepared_bytes(): parameters, and update()'s optimizer state. Safe from any thread.
  size_t bytes() const;

 private:
  Topology topology_;
  const bool prepares_;
  const KernelTable<T>& kernels_;
  mutable std::mutex mutex_;  // guards the next five
  Snapshot<T> parameters_;
  std::atomic<const Parameters<T>*> current_{nullptr};  // parameters_, to be compared without the mutex
  Progress progress_;
  uint64_t lease_ = 0, leases_ = 0;  // the current one, and the number that there have been

  mutable std::mutex preparing_;  // guards the next two; while it is held, no other lock is taken
  mutable std::weak_ptr<const Parameters<T>> prepared_from_;
  mutable Snapshot<T> prepared_;
  mutable std::atomic<size_t> prepared_bytes_{0};

  mutable std::mutex changing_;  // held while parameters are derived from the current ones without a lease; taken before mutex_
  std::unique_ptr<OptimizerState<T>> optimizer_;  // update()'s, from call to call
};

}  // namespace chainrule
