// C++ exceptions on their way to JavaScript.
#pragma once
#include <napi.h>

#include <exception>
#include <stdexcept>
#include <string>

#include "math/contract.h"
#include "math/out_of_memory.h"

namespace chainrule {

/// A native object that has been closed.
struct Closed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A method called on something else than an object of its class.
struct WrongReceiver : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The JavaScript error for an exception. Each has a code, by which lib/native.ts makes the library's own error of it. There are codes for
/// memory and threads that the system refuses, closed objects, receivers of the wrong type, and ERR_CHAINRULE_INTERNAL for all else. Errors
/// that came from JavaScript pass unchanged.
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
