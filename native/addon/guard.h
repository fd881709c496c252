// C++ exceptions on their way to JavaScript.
#pragma once
#include <napi.h>

#include <cstdint>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>

namespace chainrule {

/// An argument that TypeScript should have refused: a bug in the package, not in the user's code.
struct ContractViolation : std::logic_error {
  using std::logic_error::logic_error;
};

inline void require(bool condition, const std::string& message) {
  if (!condition) throw ContractViolation(message);
}

/// Memory that was not to be had, where it is known how much was asked for.
struct OutOfMemory : std::bad_alloc {
  OutOfMemory(uint64_t elements, size_t element_size) : bytes(static_cast<double>(elements) * static_cast<double>(element_size)) {}
  double bytes;  // as the product of what a user asked for need not fit any integer
};

/// Does `body`; if it runs out of memory, the error says that so many elements of type T were asked for.
template <typename T, typename Body>
auto asking_for(uint64_t count, Body body) {
  try {
    return body();
  } catch (const OutOfMemory&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw OutOfMemory(count, sizeof(T));
  }
}

/// The JavaScript error for an exception: a RangeError with code ERR_CHAINRULE_MEMORY, an Error with code ERR_CHAINRULE_INTERNAL, or one
/// with the exception's message alone. Errors that came from JavaScript stay what they are.
Napi::Error js_error(Napi::Env env, const std::exception_ptr& exception);

/// Does `body`, and turns what it throws into what node-addon-api passes on to JavaScript.
template <typename Body>
auto guard(Napi::Env env, Body body) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw js_error(env, std::current_exception());
  }
}

}  // namespace chainrule
