// Allocations that fail on purpose: what operator new of this program does while a test asks for it.
#pragma once
#include <cstddef>

namespace check {

/// While it lives, the allocation number `first` of this thread, counted from 0, and all after it throw std::bad_alloc.
class FailingAllocations {
 public:
  explicit FailingAllocations(std::size_t first);
  ~FailingAllocations();
  FailingAllocations(const FailingAllocations&) = delete;
  FailingAllocations& operator=(const FailingAllocations&) = delete;

  /// Whether one has failed.
  bool failed() const;
};

}  // namespace check
