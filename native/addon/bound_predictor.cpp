#include "addon/bound_predictor.h"

#include <algorithm>

#include "addon/arrays.h"
#include "addon/environment.h"
#include "addon/parse.h"

namespace chainrule {
namespace {

/// The common part of the functions of both precisions.
struct Bound : Handle {
  bool is_garbage() const override { return function.Value().IsEmpty(); }

  Napi::FunctionReference function;  // weak
};

template <typename T>
struct BoundPredictor final : Bound {
  void release() noexcept override { network.reset(); }

  std::shared_ptr<OpenNetwork<T>> network;
  const T* input;
  T* output;
  uint32_t max_rows;
};

/// Tells our functions from others. A random number, as such tags must be.
constexpr napi_type_tag kPredictorTag = {0x1be5c77d40f24a18u, 0x93ad60e2f7c85b31u};

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
      if (bound.network == nullptr) throw Closed("the bound arrays are closed");
      NetworkState<T>& state = bound.network->open();
      state.predictor.predict(bound.input, rows, bound.output);
      state.account_predictor();
    });
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
  }
  return nullptr;
}

uint64_t rows_in(const Napi::Value& array, size_t width) { return array.As<Napi::TypedArray>().ElementLength() / width; }

}  // namespace

template <typename T>
Napi::Value bind_predictor(Napi::Env env, const std::shared_ptr<OpenNetwork<T>>& network, const Napi::Value& input,
                           const Napi::Value& output) {
  const Topology& topology = network->open().network->topology();
  const T* from = elements<T>(input, topology.input_size, "input");
  T* to = elements<T>(output, topology.outputs, "output");
  require(is_shared(input) && is_shared(output), "bound arrays must lie in SharedArrayBuffers");
  const uint64_t max_rows = std::min({rows_in(input, topology.input_size), rows_in(output, topology.outputs), kMaxRows});

  Handles& handles = Environment::of(env).handles;
  handles.expect(env, sizeof(BoundPredictor<T>));
  auto bound = std::make_unique<BoundPredictor<T>>();
  bound->network = network;
  bound->input = from;
  bound->output = to;
  bound->max_rows = static_cast<uint32_t>(max_rows);
  napi_value function = nullptr;
  napi_status status = napi_create_function(env, "run", NAPI_AUTO_LENGTH, run<T>, bound.get(), &function);
  NAPI_THROW_IF_FAILED(env, status, Napi::Value());
  Napi::Function result(env, function);
  bound->function = Napi::Weak(result);
  const auto finalize = [](napi_env, void* data, void*) { delete static_cast<Bound*>(data); };
  status = napi_wrap(env, function, static_cast<Bound*>(bound.get()), finalize, nullptr, nullptr);
  NAPI_THROW_IF_FAILED(env, status, Napi::Value());
  Bound& owned = *bound.release();  // by the function
  status = napi_type_tag_object(env, function, &kPredictorTag);
  NAPI_THROW_IF_FAILED(env, status, Napi::Value());
  handles.add(owned);

  // The function keeps the arrays alive, as properties, so that the garbage collector sees that and can still collect all of them together.
  result.DefineProperties({
      Napi::PropertyDescriptor::Value("input", input, napi_default),
      Napi::PropertyDescriptor::Value("output", output, napi_default),
  });
  return result;
}

void release_predictor(const Napi::Value& function) {
  bool ours = false;
  void* data = nullptr;
  const bool found = function.IsFunction() && napi_check_object_type_tag(function.Env(), function, &kPredictorTag, &ours) == napi_ok &&
                     ours && napi_unwrap(function.Env(), function, &data) == napi_ok;
  require(found, "not a bound function");
  static_cast<Bound*>(data)->release();
}

template Napi::Value bind_predictor(Napi::Env, const std::shared_ptr<OpenNetwork<float>>&, const Napi::Value&, const Napi::Value&);
template Napi::Value bind_predictor(Napi::Env, const std::shared_ptr<OpenNetwork<double>>&, const Napi::Value&, const Napi::Value&);

}  // namespace chainrule
