#include "addon/guard.h"

#include <cstdio>
#include <system_error>

#include "nn/group.h"

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
  constexpr const char* kInternal = "ERR_CHAINRULE_INTERNAL";
  try {
    std::rethrow_exception(exception);
  } catch (const Napi::Error& error) {
    return error;
  } catch (const OutOfMemory& error) {
    return with_code<Napi::RangeError>(env, "not enough memory: " + whole_number(error.bytes) + " bytes were asked for", kMemory);
  } catch (const std::bad_alloc&) {
    return with_code<Napi::RangeError>(env, "not enough memory", kMemory);
  } catch (const Closed& error) {
    return with_code<Napi::Error>(env, error.what(), "ERR_CHAINRULE_CLOSED");
  } catch (const GroupError& error) {
    return with_code<Napi::Error>(env, error.what(), "ERR_CHAINRULE_MPI");
  } catch (const WrongReceiver& error) {
    return with_code<Napi::TypeError>(env, error.what(), "ERR_CHAINRULE_TYPE");
  } catch (const std::system_error& error) {  // of std::thread and of mutexes, which have no other reason to throw
    return with_code<Napi::Error>(env, std::string("a thread could not be started: ") + error.what(), "ERR_CHAINRULE_THREAD");
  } catch (const std::exception& error) {
    return with_code<Napi::Error>(env, error.what(), kInternal);
  } catch (...) {
    return with_code<Napi::Error>(env, "unknown exception", kInternal);
  }
}

}  // namespace chainrule
