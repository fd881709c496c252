#include "addon/bound_predictor.h"

#include <algorithm>

#include "addon/arrays.h"
#include "addon/parse.h"

namespace chainrule {
namespace {

template <typename T>
struct BoundPredictor {
  std::shared_ptr<NetworkState<T>> state;
  const T* input;
  T* output;
  uint32_t max_rows;
};

/// Plain Node-API: node-addon-api's wrapping would cost more than a small network.
template <typename T>
napi_value run(napi_env env, napi_callback_info info) noexcept {
  napi_value argument = nullptr;
  size_t count = 1;
  void* data = nullptr;
  uint32_t rows = 0;
  if (napi_get_cb_info(env, info, &count, &argument, nullptr, &data) != napi_ok) return nullptr;
  if (napi_get_value_uint32(env, argument, &rows) != napi_ok) rows = 0;
  auto& bound = *static_cast<BoundPredictor<T>*>(data);
  try {
    guard(env, [&] {
      if (rows == 0 || rows > bound.max_rows) throw ContractViolation("rows is out of range");
      bound.state->predictor.predict(bound.input, rows, bound.output);
    });
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
  }
  return nullptr;
}

uint64_t rows_in(const Napi::Value& array, size_t width) { return array.As<Napi::TypedArray>().ElementLength() / width; }

}  // namespace

template <typename T>
Napi::Value bind_predictor(Napi::Env env, const std::shared_ptr<NetworkState<T>>& state, const Napi::Value& input,
                           const Napi::Value& output) {
  const Topology& topology = state->network->topology();
  const T* from = elements<T>(input, topology.input_size, "input");
  T* to = elements<T>(output, topology.outputs, "output");
  require(is_shared(input) && is_shared(output), "bound arrays must lie in SharedArrayBuffers");
  const uint64_t max_rows = std::min({rows_in(input, topology.input_size), rows_in(output, topology.outputs), kMaxRows});

  auto bound = std::make_unique<BoundPredictor<T>>(BoundPredictor<T>{state, from, to, static_cast<uint32_t>(max_rows)});
  napi_value function = nullptr;
  napi_status status = napi_create_function(env, "run", NAPI_AUTO_LENGTH, run<T>, bound.get(), &function);
  NAPI_THROW_IF_FAILED(env, status, Napi::Value());
  const auto finalize = [](napi_env, void* data, void*) { delete static_cast<BoundPredictor<T>*>(data); };
  status = napi_add_finalizer(env, function, bound.get(), finalize, nullptr, nullptr);
  NAPI_THROW_IF_FAILED(env, status, Napi::Value());
  bound.release();  // the function owns it now

  // The function keeps the arrays alive, as properties, so that the garbage collector sees that and can still collect all of them together.
  Napi::Function result(env, function);
  result.DefineProperties({
      Napi::PropertyDescriptor::Value("input", input, napi_default),
      Napi::PropertyDescriptor::Value("output", output, napi_default),
  });
  return result;
}

template Napi::Value bind_predictor(Napi::Env, const std::shared_ptr<NetworkState<float>>&, const Napi::Value&, const Napi::Value&);
template Napi::Value bind_predictor(Napi::Env, const std::shared_ptr<NetworkState<double>>&, const Napi::Value&, const Napi::Value&);

}  // namespace chainrule
