// Methods and accessors of native classes. JavaScript can call each of them on anything: all that is done with a receiver begins with a
// look at its type tag, which neither a prototype nor a proxy passes on. (Napi::InstanceMethod and Napi::InstanceAccessor take `this` for
// what it should be.)
#pragma once
#include <napi.h>

#include <initializer_list>
#include <string>

#include "addon/guard.h"

namespace chainrule {

/// `Wrap` has its type tag as `kTag`, a random number, and its constructor ends with this.
template <typename Wrap>
void tag_receiver(const Napi::CallbackInfo& info) {
  const napi_status status = napi_type_tag_object(info.Env(), info.This(), &Wrap::kTag);
  NAPI_THROW_IF_FAILED_VOID(info.Env(), status);
}

/// The object that a method was called on. Throws WrongReceiver.
template <typename Wrap>
Wrap& receiver_of(const Napi::CallbackInfo& info) {
  const Napi::Value self = info.This();
  bool tagged = false;
  void* wrap = nullptr;
  if (!self.IsObject() || napi_check_object_type_tag(info.Env(), self, &Wrap::kTag, &tagged) != napi_ok || !tagged ||
      napi_unwrap(info.Env(), self, &wrap) != napi_ok) {
    throw WrongReceiver(std::string("this is not a native ") + Wrap::kName);
  }
  return *static_cast<Wrap*>(wrap);
}

template <typename Wrap, Napi::Value (Wrap::*method)(const Napi::CallbackInfo&)>
napi_value call_method(napi_env env, napi_callback_info raw) noexcept {
  const Napi::CallbackInfo info(env, raw);
  try {
    return guard(env, [&] { return (receiver_of<Wrap>(info).*method)(info); });
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
    return nullptr;
  }
}

template <typename Wrap, Napi::Value (Wrap::*method)(const Napi::CallbackInfo&)>
napi_property_descriptor method_of(const char* name) {
  napi_property_descriptor descriptor{};
  descriptor.utf8name = name;
  descriptor.method = call_method<Wrap, method>;
  return descriptor;
}

template <typename Wrap, Napi::Value (Wrap::*getter)(const Napi::CallbackInfo&)>
napi_property_descriptor accessor_of(const char* name) {
  napi_property_descriptor descriptor{};
  descriptor.utf8name = name;
  descriptor.getter = call_method<Wrap, getter>;
  return descriptor;
}

/// Puts methods and accessors on a class's prototype. They are plain functions: V8's own check of a class's methods has no error code.
inline Napi::Function with_methods(Napi::Env env, Napi::Function constructor, std::initializer_list<napi_property_descriptor> methods) {
  const napi_status status = napi_define_properties(env, constructor.Get("prototype"), methods.size(), methods.begin());
  NAPI_THROW_IF_FAILED(env, status, Napi::Function());
  return constructor;
}

}  // namespace chainrule
