// A network's parameters, one or all of them, to and from JavaScript.
#include <string>

#include "addon/environment.h"
#include "addon/network_wrap.h"
#include "addon/snapshot_object.h"
#include "nn/parameter_rows.h"

namespace chainrule {
namespace {

/// A dense layer and one of its parameters: the arguments that readParameter and writeParameter begin with.
struct ParameterName {
  ParameterName(const Napi::CallbackInfo& info, size_t layers) {
    require(info[0].IsNumber(), "layer is not a number");
    const double number = info[0].As<Napi::Number>().DoubleValue();
    require(number >= 0 && number < static_cast<double>(layers), "layer is out of range");
    layer = static_cast<size_t>(number);
    const std::string text = info[1].IsString() ? info[1].As<Napi::String>().Utf8Value() : "";
    require(text == "weights" || text == "bias", "kind is neither weights nor bias");
    kind = text == "weights" ? ParameterKind::weights : ParameterKind::bias;
  }
  size_t layer;
  ParameterKind kind;
};

}  // namespace

Napi::Value NetworkWrap::read_parameter(const Napi::CallbackInfo& info) {
  with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    const auto [layer, kind] = ParameterName(info, state->network->topology().layers.size());
    state->network->read_parameter(layer, kind, elements<T>(info[2], state->network->parameter_size(layer, kind), "out"));
  });
  return info.Env().Undefined();
}

Napi::Value NetworkWrap::write_parameter(const Napi::CallbackInfo& info) {
  return with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    const auto [layer, kind] = ParameterName(info, state->network->topology().layers.size());
    const T* values = elements<T>(info[2], state->network->parameter_size(layer, kind), "values");
    return Napi::Boolean::New(info.Env(), state->network->write_parameter(layer, kind, values));
  });
}

Napi::Value NetworkWrap::read_parameters(const Napi::CallbackInfo& info) {
  with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    const Network<T>& network = *state->network;
    T* out = elements<T>(info[0], network.topology().parameter_count, "out");
    block_to_rows(network.topology(), network.kernels(), network.snapshot()->data(), out);
  });
  return info.Env().Undefined();
}

Napi::Value NetworkWrap::read_parameters_async(const Napi::CallbackInfo& info) {
  return with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    Environment& environment = Environment::of(info.Env());
    const size_t count = state->network->topology().parameter_count;
    // As for predictAsync: nobody can detach the array before it is handed out.
    const auto array = environment.new_array<T>(count);
    Operation operation;
    operation.work = [network = state->network, parameters = state->network->snapshot(), out = elements<T>(array, count, "result")] {
      block_to_rows(network->topology(), network->kernels(), parameters->data(), out);
    };
    operation.result = [](Napi::Env, const Held& objects) { return objects.back().Value(); };
    operation.borrows = true;
    Held held;
    held.push_back(Napi::Persistent(array.template As<Napi::Object>()));
    return environment.operations.start(in_background, std::move(operation), std::move(held));
  });
}

Napi::Value NetworkWrap::write_parameters(const Napi::CallbackInfo& info) {
  return with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    const T* values = elements<T>(info[0], state->network->topology().parameter_count, "values");
    return Napi::Boolean::New(info.Env(), state->network->write_parameters(values));
  });
}

Napi::Value NetworkWrap::write_parameters_async(const Napi::CallbackInfo& info) {
  return with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    Held held;
    auto values = std::make_shared<LastingElements<T>>(info[0], state->network->topology().parameter_count, "values", held);
    auto written = std::make_shared<bool>(false);
    Operation operation;
    operation.work = [network = state->network, values, written] { *written = network->write_parameters(values->data()); };
    operation.result = [written](Napi::Env env, const Held&) { return Napi::Boolean::New(env, *written); };
    operation.borrows = !held.empty();
    return Environment::of(info.Env()).operations.start(in_background, std::move(operation), std::move(held));
  });
}

Napi::Value NetworkWrap::assign(const Napi::CallbackInfo& info) {
  return with(network_, [&](const auto& state) {
    return Napi::Boolean::New(info.Env(), state->network->assign(snapshot_for(*state->network, parse_snapshot(info[0]))));
  });
}

Napi::Value NetworkWrap::snapshot(const Napi::CallbackInfo& info) {
  return with(network_, [&](const auto& state) { return snapshot_object(info.Env(), state->network->snapshot()); });
}

Napi::Value NetworkWrap::restore(const Napi::CallbackInfo& info) {
  return with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    const Snapshot<T>& snapshot = snapshot_for(*state->network, parse_snapshot(info[0]));
    return Napi::Boolean::New(info.Env(), state->network->publish(snapshot, state->turn));
  });
}

Napi::Value NetworkWrap::snapshot_of(const Napi::CallbackInfo& info) {
  return with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    const Topology& topology = state->network->topology();
    Held held;
    auto values = std::make_shared<LastingElements<T>>(info[0], topology.parameter_count, "values", held);
    auto made = std::make_shared<Snapshot<T>>();
    Operation operation;
    operation.borrows = !held.empty();
    operation.work = [network = state->network, values, made] {
      *made = parameters_from_rows(network->topology(), network->kernels(), values->data());
    };
    operation.result = [made](Napi::Env env, const Held&) { return snapshot_object(env, std::move(*made)); };
    return Environment::of(info.Env()).operations.start(in_background, std::move(operation), std::move(held));
  });
}

}  // namespace chainrule
