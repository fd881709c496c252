// Predictions and evaluations: forward passes without what training keeps.
#pragma once
#include <atomic>
#include <optional>

#include "nn/network.h"
#include "nn/output.h"
#include "nn/small_dense.h"

namespace chainrule {

/// Forward passes with buffers of their own. One thread at a time. The network must outlive it.
template <typename T>
class Predictor {
 public:
  /// Rows that go through the network together: few enough for the caches, enough for the kernels to run at full speed.
  static constexpr size_t kChunk = 256;

  explicit Predictor(const Network<T>& network);

  /// Memory that is kept from call to call, the network's prepared parameters included.
  size_t bytes() const { return bytes_ + network_.prepared_bytes(); }

  /// `out` [rows, outputs] of `x` [rows, input_size], row-major, with the network's current parameters; of an ensemble, the mean over its
  /// members. A row's bits do not depend on the rows around it. Small parameters are kept for the next call, which is spared the lock and
  /// the count of references if they are still the current ones. Throws std::bad_alloc.
  void predict(const T* x, size_t rows, T* out);
  /// The same for the rows of x that `index` names; null: the first ones.
  void predict(const T* x, const uint32_t* index, size_t rows, T* out);
  /// The same with parameters that the network has, or had.
  void predict(Snapshot<T> snapshot, const T* x, size_t rows, T* out);

  /// Loss and metrics of the samples, without dropout. Throws std::bad_alloc.
  Metrics evaluate(const Samples<T>& samples);
  /// The same piece by piece: adds some samples, a multiple of kChunk but for the last ones.
  void measure(Snapshot<T> snapshot, const Samples<T>& samples, MetricSums* sums);

  /// Makes what is under way end after its current rows; its result is then undefined. Safe from any thread.
  void stop() { stopped_.store(true, std::memory_order_relaxed); }

 private:
  void predict(const T* parameters, const Samples<T>& samples, T* out);
  void make_room(size_t rows);
  void account();
  PanelView<const T> forward(const T* parameters, const Samples<T>& samples, size_t rows, bool logits_only);

  bool is_stopped() const { return stopped_.load(std::memory_order_relaxed); }

  const Network<T>& network_;
  Snapshot<T> kept_;  // of the last predict(), if it is small
  std::atomic<bool> stopped_{false};
  std::optional<SmallPrediction<T>> small_;  // one of the two
  std::optional<Sequence<T>> sequence_;
  Output<T> output_;
  AlignedBuffer<T> memory_;
  T* buffers_[2] = {};  // the input, then the layers' outputs, alternately
  size_t room_ = 0;     // rows
  size_t bytes_ = 0;
};

}  // namespace chainrule
