// The JavaScript class Network: lib/native.ts's NativeNetwork, for both precisions.
#pragma once
#include <napi.h>

#include <memory>
#include <variant>

#include "addon/external_memory.h"
#include "addon/guard.h"
#include "nn/predictor.h"

namespace chainrule {

/// A network, and the buffers for what is predicted on the JavaScript thread.
template <typename T>
struct NetworkState {
  explicit NetworkState(const NetworkSpec& spec) : network(std::make_shared<Network<T>>(spec)), predictor(*network) {}

  const std::shared_ptr<Network<T>> network;
  Predictor<T> predictor;
};

using AnyNetwork = std::variant<std::shared_ptr<NetworkState<float>>, std::shared_ptr<NetworkState<double>>>;

class NetworkWrap : public Napi::ObjectWrap<NetworkWrap> {
 public:
  /// The class, to be exported.
  static Napi::Function define(Napi::Env env);
  explicit NetworkWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value parameter_count(const Napi::CallbackInfo& info);
  Napi::Value read_parameter(const Napi::CallbackInfo& info);
  Napi::Value write_parameter(const Napi::CallbackInfo& info);
  Napi::Value snapshot(const Napi::CallbackInfo& info);
  Napi::Value restore(const Napi::CallbackInfo& info);
  Napi::Value snapshot_of(const Napi::CallbackInfo& info);
  Napi::Value predict(const Napi::CallbackInfo& info);
  Napi::Value bind(const Napi::CallbackInfo& info);
  Napi::Value predict_async(const Napi::CallbackInfo& info);
  Napi::Value evaluate(const Napi::CallbackInfo& info);
  Napi::Value backward(const Napi::CallbackInfo& info);
  Napi::Value update(const Napi::CallbackInfo& info);
  Napi::Value trainer(const Napi::CallbackInfo& info);

  template <Napi::Value (NetworkWrap::*method)(const Napi::CallbackInfo&)>
  Napi::Value guarded(const Napi::CallbackInfo& info) {
    return guard(info.Env(), [&] { return (this->*method)(info); });
  }

  AnyNetwork network_;
  ExternalMemory memory_;
};

}  // namespace chainrule
