// Typed arrays as plain memory. Any JavaScript that runs may detach or shrink a buffer. So all properties are read first, and the
// pointers of this file are used before JavaScript runs again. Only memory of a SharedArrayBuffer stays valid for as long as it is referred
// to.
#pragma once
#include <napi.h>

#include <cstdint>
#include <vector>

namespace chainrule {

/// JavaScript objects that must stay alive. To be destroyed on the JavaScript thread.
using Held = std::vector<Napi::ObjectReference>;

/// The first `count` elements of a Float32Array, Float64Array, Int32Array or Uint32Array, as T says. Throws if `value` is something else or has fewer.
template <typename T>
T* elements(const Napi::Value& value, uint64_t count, const char* name);

/// Whether `value`, a typed array, is a view of a SharedArrayBuffer.
bool is_shared(const Napi::Value& value);

/// Memory that is safe to read from another thread: the array's own if it is shared, which `held` then keeps alive, or else a copy.
template <typename T>
class LastingElements {
 public:
  LastingElements() = default;
  LastingElements(const Napi::Value& value, uint64_t count, const char* name, Held& held);
  LastingElements(LastingElements&&) noexcept = default;
  LastingElements& operator=(LastingElements&&) noexcept = default;

  /// Null if there are none.
  const T* data() const { return copy_.empty() ? shared_ : copy_.data(); }
  size_t bytes_copied() const { return copy_.size() * sizeof(T); }

 private:
  std::vector<T> copy_;
  const T* shared_ = nullptr;
};

}  // namespace chainrule
