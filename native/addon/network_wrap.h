// The JavaScript class Network: lib/native.ts's NativeNetwork, for both precisions.
#pragma once
#include <napi.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "addon/external_memory.h"
#include "addon/guard.h"
#include "addon/handles.h"
#include "addon/shared_networks.h"
#include "nn/network_user.h"

namespace chainrule {

/// A JavaScript thread's object for a network.
template <typename T>
struct NetworkState : NetworkUser<T> {
  NetworkState(napi_env env, std::shared_ptr<Network<T>> used) : NetworkUser<T>(std::move(used)), memory(env) { account_network(); }

  /// Tells V8 how much memory the network and the buffers take now. Every thread that keeps a shared network alive does, for itself.
  void account() {
    predictor_bytes = this->predictor.bytes();
    memory.set(network_bytes + sizeof(*this) + predictor_bytes + this->backprop.bytes());
  }
  /// The same after a prediction, in a few nanoseconds if nothing has changed.
  void account_predictor() {
    if (this->predictor.bytes() != predictor_bytes) account();
  }
  /// The same after update(), which may have allocated an optimizer's state.
  void account_network() {
    network_bytes = this->network->bytes();
    account();
  }

  std::shared_ptr<const SharedNetwork> shared;  // once it is
  ExternalMemory memory;
  size_t network_bytes = 0, predictor_bytes = 0;
};

/// A network until it is closed: its object has it, and every function that is bound to it.
template <typename T>
struct OpenNetwork {
  /// Throws Closed.
  NetworkState<T>& open() const {
    if (state == nullptr) throw Closed("the network is closed");
    return *state;
  }
  std::shared_ptr<NetworkState<T>> state;
};

using AnyNetwork = std::variant<std::shared_ptr<OpenNetwork<float>>, std::shared_ptr<OpenNetwork<double>>>;

/// Calls `body` with the state of either precision, which lasts for that long even if JavaScript that runs meanwhile closes the network.
/// Throws Closed.
template <typename Body>
auto with(const AnyNetwork& network, Body body) {
  return std::visit(
      [&]<typename T>(const std::shared_ptr<OpenNetwork<T>>& opened) {
        opened->open();
        const std::shared_ptr<NetworkState<T>> state = opened->state;
        return body(state);
      },
      network);
}

class NetworkWrap : public Napi::ObjectWrap<NetworkWrap>, private Handle {
 public:
  static constexpr const char* kName = "Network";
  static constexpr napi_type_tag kTag = {0x7c1f0a94be8d4f52u, 0xb6e3d58107a94c2fu};

  /// The class, to be exported.
  static Napi::Function define(Napi::Env env);
  /// A new object for a shared network, or undefined if there is none of that identifier.
  static Napi::Value open(Napi::Env env, const std::string& id);
  /// Of a specification, a precision, and whether to draw the initial parameters; or of the identifier of a shared network.
  explicit NetworkWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value parameter_count(const Napi::CallbackInfo& info);
  Napi::Value tensors(const Napi::CallbackInfo& info);
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
  Napi::Value close(const Napi::CallbackInfo& info);

  bool is_garbage() const override { return Value().IsEmpty(); }
  void release() noexcept override;

  AnyNetwork network_;
};

}  // namespace chainrule
