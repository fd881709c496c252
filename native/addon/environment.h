// The state of one JavaScript environment: the main thread, or a worker. There is no other mutable state in this folder.
#pragma once
#include <napi.h>

#include <cstdint>

#include "addon/handles.h"
#include "addon/live_threads.h"
#include "addon/operations.h"

namespace chainrule {

struct Environment {
  explicit Environment(Napi::Env env);
  static Environment& of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

  /// A new Float32Array or Float64Array, made by JavaScript: if there is no memory for it, that throws, where Node-API would end the
  /// process.
  template <typename T>
  Napi::TypedArrayOf<T> new_array(uint64_t size);

  const LiveThread thread;
  Operations operations;
  Handles handles;
  Napi::FunctionReference network_class, trainer_class;

 private:
  Napi::FunctionReference float_arrays_[2];  // the constructors, as they were before anybody could change them
};

}  // namespace chainrule
