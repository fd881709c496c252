#include "nn/group.h"

#include <bit>
#include <condition_variable>
#include <exception>
#include <mutex>

#include "math/contract.h"

namespace chainrule {
namespace {

/// Elements that are summed at a time. The pieces are the same on all ranks, whatever else they do: a rank without rows has nothing to wait
/// for.
constexpr size_t kPiece = size_t{1} << 17;

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
void GroupGradients<T>::begin(T* array, size_t size) {
  array_ = array;
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

/// Most of it is cut into as many blocks of whole vectors as there are ranks.
template <typename T>
void GroupGradients<T>::sum_range(Range range) {
  const size_t size = range.end - range.begin;
  const size_t whole = size - size % (kLanes * group_.size());
  if (whole > 0) sum_blocks(array_ + range.begin, whole);
  if (whole < size) sum_whole(array_ + range.begin + whole, size - whole);
}

/// Each rank sums a part of the array (a reduce-scatter by recursive halving), and then gives it to all (an all-gather): 2 (P - 1) / P of
/// the array crosses the wire, the least that there is. R. Thakur, R. Rabenseifner, W. Gropp, "Optimization of collective communication
/// operations in MPICH", IJHPCA 19 (2005).
template <typename T>
void GroupGradients<T>::sum_blocks(T* array, size_t size) {
  T* own = array;
  for (size_t distance = 1; distance < group_.size(); distance *= 2) {
    size /= 2;
    const bool upper = (group_.rank() & distance) != 0;
    T* const others = upper ? own : own + size;
    if (upper) own += size;
    group_.exchange(group_.rank() ^ distance, others, received_.data(), size * sizeof(T));
    kernels_.add(own, received_.data(), own, size / kLanes);
  }
  for (size_t distance = group_.size() / 2; distance > 0; distance /= 2, size *= 2) {
    const bool upper = (group_.rank() & distance) != 0;
    T* const theirs = upper ? own - size : own + size;
    group_.exchange(group_.rank() ^ distance, own, theirs, size * sizeof(T));
    if (upper) own -= size;
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
