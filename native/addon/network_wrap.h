// The JavaScript class Network: lib/native.ts's NativeNetwork, for both precisions.
#pragma once
#include <napi.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "addon/external_memory.h"
#include "addon/guard.h"
#include "addon/shared_networks.h"
#include "nn/network_user.h"

namespace chainrule {

/// What a JavaScript thread has of a network.
template <typename T>
struct NetworkState : NetworkUser<T> {
  using NetworkUser<T>::NetworkUser;
  std::shared_ptr<const SharedNetwork> shared;  // once it is
};

using AnyNetwork = std::variant<std::shared_ptr<NetworkState<float>>, std::shared_ptr<NetworkState<double>>>;

class NetworkWrap : public Napi::ObjectWrap<NetworkWrap> {
 public:
  /// The class, to be exported.
  static Napi::Function define(Napi::Env env);
  /// A new object for a shared network, or undefined if there is none of that identifier.
  static Napi::Value open(Napi::Env env, const std::string& id);
  /// Of a specification, and whether to draw the initial parameters; or of the identifier of a shared network.
  explicit NetworkWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value parameter_count(const Napi::CallbackInfo& info);
  Napi::Value read_parameter(const Napi::CallbackInfo& info);
  Napi::Value write_parameter(const Napi::CallbackInfo& info);
  Napi::Value read_parameters(const Napi::CallbackInfo& info);
  Napi::Value read_parameters_async(const Napi::CallbackInfo& info);
  Napi::Value write_parameters(const Napi::CallbackInfo& info);
  Napi::Value write_parameters_async(const Napi::CallbackInfo& info);
  Napi::Value assign(const Napi::CallbackInfo& info);
  Napi::Value snapshot(const Napi::CallbackInfo& info);
  Napi::Value restore(const Napi::CallbackInfo& info);
  Napi::Value share(const Napi::CallbackInfo& info);
  Napi::Value shared_spec(const Napi::CallbackInfo& info);
  Napi::Value begin_training(const Napi::CallbackInfo& info);
  Napi::Value end_training(const Napi::CallbackInfo& info);
  Napi::Value snapshot_of(const Napi::CallbackInfo& info);
  Napi::Value predict(const Napi::CallbackInfo& info);
  Napi::Value bind(const Napi::CallbackInfo& info);
  Napi::Value predict_async(const Napi::CallbackInfo& info);
  Napi::Value evaluate(const Napi::CallbackInfo& info);
  Napi::Value trace(const Napi::CallbackInfo& info);
  Napi::Value backward(const Napi::CallbackInfo& info);
  Napi::Value update(const Napi::CallbackInfo& info);
  Napi::Value trainer(const Napi::CallbackInfo& info);

  template <Napi::Value (NetworkWrap::*method)(const Napi::CallbackInfo&)>
  Napi::Value guarded(const Napi::CallbackInfo& info) {
    return guard(info.Env(), [&] { return (this->*method)(info); });
  }

  AnyNetwork network_;
  size_t own_bytes_ = 0;  // of parameters; they are the memory of the thread that made the network, and of no other
  ExternalMemory memory_;
};

}  // namespace chainrule
