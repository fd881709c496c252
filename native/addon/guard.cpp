#include "addon/guard.h"

#include <cstdio>

namespace chainrule {
namespace {

template <typename Error>
Napi::Error with_code(Napi::Env env, const std::string& message, const char* code) {
  Error error = Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

std::string whole_number(double value) {
  char text[400];
  std::snprintf(text, sizeof(text), "%.0f", value);
  return text;
}

}  // namespace

Napi::Error js_error(Napi::Env env, const std::exception_ptr& exception) {
  constexpr const char* kMemory = "ERR_CHAINRULE_MEMORY";
  try {
    std::rethrow_exception(exception);
  } catch (const Napi::Error& error) {
    return error;
  } catch (const OutOfMemory& error) {
    return with_code<Napi::RangeError>(env, "not enough memory: " + whole_number(error.bytes) + " bytes were asked for", kMemory);
  } catch (const std::bad_alloc&) {
    return with_code<Napi::RangeError>(env, "not enough memory", kMemory);
  } catch (const std::logic_error& error) {
    return with_code<Napi::Error>(env, error.what(), "ERR_CHAINRULE_INTERNAL");
  } catch (const std::exception& error) {
    return Napi::Error::New(env, error.what());
  } catch (...) {
    return Napi::Error::New(env, "unknown exception");
  }
}

}  // namespace chainrule
