#include "nn/group.h"

#include <algorithm>
#include <bit>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <utility>

#include "math/contract.h"

namespace chainrule {
namespace {

/// Elements that are summed at a time. The pieces are the same on all ranks, whatever else they do: a rank without rows has nothing to wait
/// for.
constexpr size_t kPiece = size_t{1} << 18;

/// The part of a range that can be cut into as many blocks of whole vectors as there are ranks; the rest is little.
Range blocks_of(Range range, size_t ranks) { return {range.begin, range.end - (range.end - range.begin) % (kLanes * ranks)}; }

}  // namespace

Group::Group(const ChainruleGroup& table) : table_(table) {
  require(table.version == CHAINRULE_GROUP_VERSION, "the group is of another version of this package");
  require(std::has_single_bit(table.size) && table.rank < table.size, "the group's size is not a power of two");
  table_.retain(table_.context);
}

void Group::exchange(size_t partner, const void* send, void* receive, size_t bytes) const {
  char reason[512] = "";
  if (table_.exchange(table_.context, static_cast<uint32_t>(partner), send, receive, bytes, reason, sizeof(reason)) != 0)
    throw GroupError(reason);
}

void Group::tell_exception() const {
  try {
    throw;
  } catch (const GroupError&) {
  } catch (const std::bad_alloc&) {
    table_.fail(table_.context, "not enough memory");
  } catch (...) {
    // Its text may be JavaScript's, and cannot be read on this thread.
    table_.fail(table_.context, "an error in the middle of a step");
  }
}

void GroupNumbers::sum(std::span<double> numbers) const {
  std::vector<double> received(numbers.size());
  for (size_t distance = 1; distance < group_.size(); distance *= 2) {
    group_.exchange(group_.rank() ^ distance, numbers.data(), received.data(), numbers.size_bytes());
    for (size_t i = 0; i < numbers.size(); ++i) numbers[i] += received[i];
  }
}

double GroupNumbers::sum(double own) {
  sum(std::span(&own, 1));
  return own;
}

/// Ranges that are under way.
template <typename T>
struct GroupGradients<T>::Progress {
  std::mutex mutex;
  std::condition_variable changed;
  size_t waiting = 0;
  std::exception_ptr error;

  void wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return waiting == 0; });
  }
};

template <typename T>
GroupGradients<T>::GroupGradients(const Group& group, const KernelTable<T>& kernels, size_t size)
    : group_(group),
      kernels_(kernels),
      received_(std::min(size, kPiece) + kLanes * group.size(), typename AlignedBuffer<T>::Uninitialized()),
      progress_(std::make_shared<Progress>()) {}

template <typename T>
GroupGradients<T>::~GroupGradients() {
  progress_->wait();
}

template <typename T>
void GroupGradients<T>::begin(T* array, size_t size, std::optional<Step> step) {
  array_ = array;
  step_ = std::move(step);
  from_ = size;
}

template <typename T>
void GroupGradients<T>::ready(size_t from) {
  while (from_ > 0) {
    const size_t piece = (from_ - 1) / kPiece * kPiece;
    if (piece < from) return;
    hand_over({piece, std::exchange(from_, piece)});
  }
}

template <typename T>
void GroupGradients<T>::hand_over(Range range) {
  {
    const std::lock_guard lock(progress_->mutex);
    ++progress_->waiting;
  }
  const auto work = [this, range, progress = progress_] {
    std::exception_ptr error;
    try {
      sum_range(range);
    } catch (...) {
      error = std::current_exception();
    }
    const std::lock_guard lock(progress->mutex);
    if (error != nullptr && progress->error == nullptr) progress->error = error;
    --progress->waiting;
    progress->changed.notify_all();
  };
  try {
    thread_.add(work);
  } catch (...) {
    const std::lock_guard lock(progress_->mutex);
    --progress_->waiting;
    throw;
  }
}

template <typename T>
void GroupGradients<T>::finish() {
  ready(0);
  progress_->wait();
  if (progress_->error != nullptr) std::rethrow_exception(std::exchange(progress_->error, nullptr));
}

/// The sum of an array is cut in two: each rank sums a part of it (a reduce-scatter by recursive halving), and then gives it to all (an
/// all-gather). 2 (P - 1) / P of the array crosses the wire, the least that there is. R. Thakur, R. Rabenseifner, W. Gropp, "Optimization
/// of collective communication operations in MPICH", IJHPCA 19 (2005).
template <typename T>
void GroupGradients<T>::sum_range(Range range) {
  const Range whole = blocks_of(range, group_.size());
  if (whole.begin < whole.end) {
    const Range own = reduce(array_, whole);
    if (step_) step_->step(own.begin, (own.end - own.begin) / kLanes);
    gather_blocks(step_ ? step_->result : array_, whole);
  }
  if (whole.end == range.end) return;
  sum_whole(array_ + whole.end, range.end - whole.end);
  if (step_) step_->step(whole.end, (range.end - whole.end) / kLanes);
}

/// Sums this rank's part of a range, and returns it.
template <typename T>
Range GroupGradients<T>::reduce(T* array, Range whole) {
  Range own = whole;
  for (size_t distance = 1; distance < group_.size(); distance *= 2) {
    const size_t middle = own.begin + (own.end - own.begin) / 2;
    const Range lower{own.begin, middle}, upper{middle, own.end};
    const bool keeps_upper = (group_.rank() & distance) != 0;
    const Range others = keeps_upper ? lower : upper;
    own = keeps_upper ? upper : lower;
    group_.exchange(group_.rank() ^ distance, array + others.begin, received_.data(), (own.end - own.begin) * sizeof(T));
    kernels_.add(array + own.begin, received_.data(), array + own.begin, (own.end - own.begin) / kLanes);
  }
  return own;
}

/// From this rank's part of a range, and those of the others, to all of it.
template <typename T>
void GroupGradients<T>::gather_blocks(T* array, Range whole) {
  Range own = whole;
  for (size_t distance = 1; distance < group_.size(); distance *= 2) {
    const size_t middle = own.begin + (own.end - own.begin) / 2;
    own = (group_.rank() & distance) != 0 ? Range{middle, own.end} : Range{own.begin, middle};
  }
  for (size_t distance = group_.size() / 2; distance > 0; distance /= 2) {
    const size_t size = own.end - own.begin;
    const bool is_upper = (group_.rank() & distance) != 0;
    const size_t theirs = is_upper ? own.begin - size : own.end;
    group_.exchange(group_.rank() ^ distance, array + own.begin, array + theirs, size * sizeof(T));
    own = is_upper ? Range{theirs, own.end} : Range{own.begin, own.end + size};
  }
}

template <typename T>
void GroupGradients<T>::gather(T* array, size_t size) {
  for (size_t begin = 0; begin < size; begin += kPiece) {
    const Range whole = blocks_of({begin, std::min(size, begin + kPiece)}, group_.size());
    if (whole.begin < whole.end) gather_blocks(array, whole);
  }
}

/// For little: everybody sums everything.
template <typename T>
void GroupGradients<T>::sum_whole(T* array, size_t size) {
  for (size_t distance = 1; distance < group_.size(); distance *= 2) {
    group_.exchange(group_.rank() ^ distance, array, received_.data(), size * sizeof(T));
    kernels_.add(array, received_.data(), array, size / kLanes);
  }
}

template class GroupGradients<float>;
template class GroupGradients<double>;

}  // namespace chainrule
