// C++ exceptions on their way to JavaScript.
#pragma once
#include <napi.h>

#include <exception>
#include <string>

#include "math/contract.h"
#include "math/out_of_memory.h"

namespace chainrule {

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
