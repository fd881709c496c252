// The processes that train one network together: their sums go on where each one's shards end, by the same tree.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

#include "group/group.h"
#include "kernels/dispatch.h"
#include "math/aligned_buffer.h"
#include "nn/output.h"
#include "nn/trainer_thread.h"

namespace chainrule {

/// A rank that is gone, or late: what() says which, and why.
struct GroupError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A table of functions, for as long as this lives.
class Group {
 public:
  /// Throws ContractViolation if it is of another version, or of a size that is not a power of two.
  explicit Group(const ChainruleGroup& table);
  ~Group() { table_.release(table_.context); }
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  size_t rank() const { return table_.rank; }
  size_t size() const { return table_.size; }
  /// Where an exception is handled: tells the other ranks, which would wait for this one. Not a GroupError, which they have caused or know
  /// of.
  void tell_exception() const;
  /// Throws GroupError.
  void exchange(size_t partner, const void* send, void* receive, size_t bytes) const;

 private:
  const ChainruleGroup table_;
};

/// Sums over all ranks: neighbours first, then neighbouring pairs, and so on. Throws GroupError wherever it exchanges something.
class GroupNumbers : public SumOverAll {
 public:
  explicit GroupNumbers(const Group& group) : group_(group) {}

  /// Each number becomes the sum of those of all ranks.
  void sum(std::span<double> numbers) const;
  double sum(double own) override;

 private:
  const Group& group_;
};

/// The same for gradients, on a thread of its own, while the rest of them is computed.
template <typename T>
class GroupGradients {
 public:
  /// For arrays of up to `size` elements. Throws std::bad_alloc.
  GroupGradients(const Group& group, const KernelTable<T>& kernels, size_t size);
  /// Waits for what is under way.
  ~GroupGradients();

  /// Elements of its own.
  size_t size() const { return received_.size(); }
  /// The use of sums: step(offset, vectors) takes those of `16 * vectors` elements, and changes as many of `result`, which is laid out
  /// alike.
  struct Step {
    std::function<void(size_t offset, size_t vectors)> step;
    T* result;
  };
  /// Begins with an array of a multiple of 16 elements, which nobody else may use until finish() has returned. With a step each rank has
  /// the results in the end, and not the sums; it makes those of its own part.
  void begin(T* array, size_t size, std::optional<Step> step = std::nullopt);
  /// All elements from `from` on are there, and may be summed.
  void ready(size_t from);
  /// Waits until all have been summed.
  void finish();
  /// Where each rank has made a part of an array, by such a step: gives it all of them.
  void gather(T* array, size_t size);

 private:
  struct Progress;

  void hand_over(Range range);
  void sum_range(Range range);
  Range reduce(T* array, Range whole);
  void gather_blocks(T* array, Range whole);
  void sum_whole(T* array, size_t size);

  const Group& group_;
  const KernelTable<T>& kernels_;
  AlignedBuffer<T> received_;
  T* array_ = nullptr;
  std::optional<Step> step_;
  size_t from_ = 0;  // the elements from here on have been handed to the thread
  std::shared_ptr<Progress> progress_;
  TrainerThread thread_;
};

}  // namespace chainrule
