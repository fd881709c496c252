#pragma once
#include <cstddef>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "math/huge_pages.h"
#include "math/out_of_memory.h"

namespace chainrule {

/// Zeroed memory that starts at a cache line. Throws OutOfMemory.
template <typename T>
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t size) : data_(allocate(size)), size_(size) {
    if (size > 0) std::memset(data_, 0, size * sizeof(T));
  }
  /// Memory whose values must be written before they are read: for those who fill it themselves, on another thread.
  struct Uninitialized {};
  AlignedBuffer(std::size_t size, Uninitialized) : data_(allocate(size)), size_(size) {}
  AlignedBuffer(const AlignedBuffer& other) : data_(allocate(other.size_)), size_(other.size_) {
    if (size_ > 0) std::memcpy(data_, other.data_, size_ * sizeof(T));
  }
  AlignedBuffer(AlignedBuffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  AlignedBuffer& operator=(AlignedBuffer other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~AlignedBuffer() { ::operator delete(data_, alignment(size_ * sizeof(T))); }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  static std::align_val_t alignment(std::size_t bytes) { return std::align_val_t{bytes < kWorthHugePages ? 64 : kHugePage}; }

  static T* allocate(std::size_t size) {
    if (size > std::numeric_limits<std::size_t>::max() / sizeof(T) / 2) throw OutOfMemory(size, sizeof(T));
    if (size == 0) return nullptr;
    const std::size_t bytes = size * sizeof(T);
    void* const memory = asking_for<T>(size, [&] { return ::operator new(bytes, alignment(bytes)); });
    if (bytes >= kWorthHugePages) ask_for_huge_pages(memory, bytes);
    return static_cast<T*>(memory);
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace chainrule
