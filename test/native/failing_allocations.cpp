#include "failing_allocations.h"

#include <cstdlib>
#include <limits>
#include <new>

#if defined(_WIN32)
#include <malloc.h>
#endif

namespace {

constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

// Of each thread: helpers of the pool, which begin at any time, do not count.
thread_local std::size_t succeeding = kNever;
thread_local bool has_failed = false;

/// Null if there is no memory.
void* take(std::size_t bytes, std::size_t alignment) noexcept {
#if defined(_WIN32)
  return _aligned_malloc(bytes == 0 ? 1 : bytes, alignment);
#else
  // aligned_alloc wants a multiple of the alignment.
  const std::size_t rounded = (bytes + alignment) / alignment * alignment;
  return alignment <= alignof(std::max_align_t) ? std::malloc(rounded) : std::aligned_alloc(alignment, rounded);
#endif
}

void* allocate(std::size_t bytes, std::size_t alignment) {
  if (succeeding == 0) {
    has_failed = true;
    throw std::bad_alloc();
  }
  if (succeeding != kNever) --succeeding;
  void* const memory = take(bytes, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void release(void* memory) noexcept {
#if defined(_WIN32)
  _aligned_free(memory);
#else
  std::free(memory);
#endif
}

}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes, alignof(std::max_align_t)); }
void* operator new[](std::size_t bytes) { return allocate(bytes, alignof(std::max_align_t)); }
// These never fail: whoever asks in this way does without.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return take(bytes, alignof(std::max_align_t)); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return take(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) { return allocate(bytes, static_cast<std::size_t>(alignment)); }
void* operator new[](std::size_t bytes, std::align_val_t alignment) { return allocate(bytes, static_cast<std::size_t>(alignment)); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

namespace check {

FailingAllocations::FailingAllocations(std::size_t first) {
  succeeding = first;
  has_failed = false;
}

FailingAllocations::~FailingAllocations() { succeeding = kNever; }

bool FailingAllocations::failed() const { return has_failed; }

}  // namespace check
