#pragma once
#include <cstddef>
#include <cstdint>
#include <new>

namespace chainrule {

/// A failed allocation whose size is known.
struct OutOfMemory : std::bad_alloc {
  OutOfMemory(std::uint64_t elements, std::size_t element_size)
      : bytes(static_cast<double>(elements) * static_cast<double>(element_size)) {}
  double bytes;  ///< as the product of what a user asked for need not fit any integer
};

/// Does `body`; if it runs out of memory, the error says that `count` elements of type T were asked for.
template <typename T, typename Body>
auto asking_for(std::uint64_t count, Body body) {
  try {
    return body();
  } catch (const OutOfMemory&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw OutOfMemory(count, sizeof(T));
  }
}

}  // namespace chainrule
