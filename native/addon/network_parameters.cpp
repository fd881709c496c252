// A network's parameters, one or all of them, to and from JavaScript.
#include "addon/environment.h"
#include "addon/network_wrap.h"
#include "addon/snapshot_object.h"
#include "nn/parameter_rows.h"

namespace chainrule {
namespace {

/// The tensor of the list whose index readParameter and writeParameter begin with.
size_t parameter_index(const Napi::CallbackInfo& info, const ParameterList& parameters) {
  require(info[0].IsNumber(), "index is not a number");
  const double number = info[0].As<Napi::Number>().DoubleValue();
  require(number >= 0 && number < static_cast<double>(parameters.all().size()), "index is out of range");
  return static_cast<size_t>(number);
}

}  // namespace

Napi::Value NetworkWrap::tensors(const Napi::CallbackInfo& info) {
  return with(network_, [&](const auto& state) {
    const ParameterList& parameters = state->network->topology().parameters;
    Napi::Array list = Napi::Array::New(info.Env(), parameters.all().size());
    uint32_t index = 0;
    for (const Parameter& parameter : parameters) {
      Napi::Object object = Napi::Object::New(info.Env());
      object.Set("name", parameter.name);
      object.Set("rows", static_cast<double>(parameter.rows));
      object.Set("columns", static_cast<double>(parameter.cols));
      object.Set("trained", parameter.trained);
      list.Set(index++, object);
    }
    return list;
  });
}

Napi::Value NetworkWrap::read_parameter(const Napi::CallbackInfo& info) {
  with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    const ParameterList& parameters = state->network->topology().parameters;
    const size_t index = parameter_index(info, parameters);
    state->network->read_parameter(index, elements<T>(info[1], parameters.all()[index].size(), "out"));
  });
  return info.Env().Undefined();
}

Napi::Value NetworkWrap::write_parameter(const Napi::CallbackInfo& info) {
  return with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    const ParameterList& parameters = state->network->topology().parameters;
    const size_t index = parameter_index(info, parameters);
    const T* values = elements<T>(info[1], parameters.all()[index].size(), "values");
    return Napi::Boolean::New(info.Env(), state->network->write_parameter(index, values));
  });
}

Napi::Value NetworkWrap::read_parameters(const Napi::CallbackInfo& info) {
  with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    const Network<T>& network = *state->network;
    T* out = elements<T>(info[0], network.topology().parameters.count(), "out");
    block_to_rows(network.topology().parameters, network.kernels(), network.snapshot()->data(), out);
  });
  return info.Env().Undefined();
}

Napi::Value NetworkWrap::read_parameters_async(const Napi::CallbackInfo& info) {
  return with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    Environment& environment = Environment::of(info.Env());
    const size_t count = state->network->topology().parameters.count();
    // As for predictAsync: nobody can detach the array before it is handed out.
    const auto array = environment.new_array<T>(count);
    Operation operation;
    operation.work = [network = state->network, parameters = state->network->snapshot(), out = elements<T>(array, count, "result")] {
      block_to_rows(network->topology().parameters, network->kernels(), parameters->data(), out);
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
    const T* values = elements<T>(info[0], state->network->topology().parameters.count(), "values");
    return Napi::Boolean::New(info.Env(), state->network->write_parameters(values));
  });
}

Napi::Value NetworkWrap::write_parameters_async(const Napi::CallbackInfo& info) {
  return with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    Held held;
    auto values = std::make_shared<LastingElements<T>>(info[0], state->network->topology().parameters.count(), "values", held);
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
    return Napi::Boolean::New(info.Env(), state->network->publish(snapshot, state->lease));
  });
}

Napi::Value NetworkWrap::snapshot_of(const Napi::CallbackInfo& info) {
  return with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    const Topology& topology = state->network->topology();
    Held held;
    auto values = std::make_shared<LastingElements<T>>(info[0], topology.parameters.count(), "values", held);
    auto made = std::make_shared<Snapshot<T>>();
    Operation operation;
    operation.borrows = !held.empty();
    operation.work = [network = state->network, values, made] {
      *made = parameters_from_rows(network->topology().parameters, network->kernels(), values->data());
    };
    operation.result = [made](Napi::Env env, const Held&) { return snapshot_object(env, std::move(*made)); };
    return Environment::of(info.Env()).operations.start(in_background, std::move(operation), std::move(held));
  });
}

}  // namespace chainrule
