// Parameter blocks that a trainer publishes come back to it when the last reader has let go of them: a new block for each epoch of a large
// network would cost as much in page faults as in copying.
#pragma once
#include <cstring>
#include <memory>
#include <mutex>

#include "math/aligned_buffer.h"
#include "math/parallel_for.h"

namespace chainrule {

template <typename T>
class SpareParameters {
 public:
  SpareParameters() : place_(std::make_shared<Place>()) {}
  ~SpareParameters() {
    const std::lock_guard lock(place_->mutex);
    place_->open = false;
    place_->block.reset();
  }
  SpareParameters(const SpareParameters&) = delete;
  SpareParameters& operator=(const SpareParameters&) = delete;

  /// A copy of `from`, in the spare block if there is one. Throws std::bad_alloc.
  std::shared_ptr<AlignedBuffer<T>> copy(const AlignedBuffer<T>& from) {
    std::unique_ptr<AlignedBuffer<T>> block = place_->take();
    if (block == nullptr) {
      block = std::make_unique<AlignedBuffer<T>>(from);
    } else {
      copy_elements(from, *block);
    }
    // If there is no memory for the pointer's own block, it calls the deleter.
    return {block.release(), [place = place_](AlignedBuffer<T>* released) { place->put(released); }};
  }

  /// Both have the same size.
  static void copy_elements(const AlignedBuffer<T>& from, AlignedBuffer<T>& to) {
    parallel_for(from.size(), 4096, from.size(), [&](Range range) {
      std::memcpy(to.data() + range.begin, from.data() + range.begin, (range.end - range.begin) * sizeof(T));
    });
  }

 private:
  /// Owned by the trainer and by all blocks that are out.
  struct Place {
    std::mutex mutex;
    std::unique_ptr<AlignedBuffer<T>> block;
    bool open = true;

    std::unique_ptr<AlignedBuffer<T>> take() {
      const std::lock_guard lock(mutex);
      return std::move(block);
    }
    void put(AlignedBuffer<T>* released) {
      std::unique_ptr<AlignedBuffer<T>> superfluous(released);
      const std::lock_guard lock(mutex);
      if (open && block == nullptr) block.swap(superfluous);
    }
  };

  const std::shared_ptr<Place> place_;
};

}  // namespace chainrule
