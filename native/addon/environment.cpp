#include "addon/environment.h"

#include "addon/guard.h"

namespace chainrule {

Environment::Environment(Napi::Env env) : operations(env) {
  float_arrays_[0] = Napi::Persistent(env.Global().Get("Float32Array").As<Napi::Function>());
  float_arrays_[1] = Napi::Persistent(env.Global().Get("Float64Array").As<Napi::Function>());
}

template <typename T>
Napi::TypedArrayOf<T> Environment::new_array(uint64_t size) {
  const Napi::FunctionReference& constructor = float_arrays_[sizeof(T) == sizeof(double) ? 1 : 0];
  try {
    return constructor.New({Napi::Number::New(constructor.Env(), static_cast<double>(size))}).template As<Napi::TypedArrayOf<T>>();
  } catch (const Napi::Error&) {
    throw OutOfMemory(size, sizeof(T));
  }
}

template Napi::TypedArrayOf<float> Environment::new_array(uint64_t);
template Napi::TypedArrayOf<double> Environment::new_array(uint64_t);

}  // namespace chainrule
