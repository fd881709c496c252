#include "addon/network_wrap.h"

#include <algorithm>
#include <string>
#include <vector>

#include "addon/bound_predictor.h"
#include "addon/custom_loss.h"
#include "addon/environment.h"
#include "addon/group_value.h"
#include "addon/parse.h"
#include "addon/receiver.h"
#include "addon/snapshot_object.h"
#include "addon/trainer_wrap.h"
#include "nn/trace.h"
#include "nn/wire.h"

namespace chainrule {
namespace {

/// Around a network that is new, or that another thread made.
template <typename T>
std::shared_ptr<OpenNetwork<T>> open_state(Napi::Env env, std::shared_ptr<Network<T>> network) {
  auto opened = std::make_shared<OpenNetwork<T>>();
  opened->state = std::make_shared<NetworkState<T>>(env, std::move(network));
  return opened;
}

template <typename T>
AnyNetwork make_network(Napi::Env env, const NetworkSpec& spec, bool draw) {
  const auto initial = draw ? Network<T>::Initial::drawn : Network<T>::Initial::written;
  const size_t size = Topology(spec).parameters.block_size();
  Environment::of(env).handles.expect(env, size * sizeof(T));
  return asking_for<T>(size, [&] { return open_state(env, std::make_shared<Network<T>>(spec, initial)); });
}

AnyNetwork open_network(Napi::Env env, const std::string& id) {
  const std::shared_ptr<const SharedNetwork> shared = SharedNetwork::find(id);
  require(shared != nullptr, "no network is shared by that name");
  return std::visit(
      [&]<typename T>(const std::shared_ptr<Network<T>>& network) -> AnyNetwork {
        Environment::of(env).handles.expect(env, network->bytes());
        auto opened = open_state(env, network);
        opened->state->shared = shared;
        return opened;
      },
      shared->network);
}

AnyNetwork make_network(const Napi::Value& value, const Napi::Value& precision, const Napi::Value& draws) {
  if (value.IsString()) return open_network(value.Env(), value.As<Napi::String>());
  require(precision.IsString(), "precision is not a string");
  const std::string name = precision.As<Napi::String>();
  const bool f64 = name == "f64";
  require(f64 || name == "f32" || name == "bf16", "precision is not a known name");
  NetworkSpec spec = read_network(parse_numbers(value, "spec"));
  spec.bf16_products = name == "bf16";
  spec.element_size = f64 ? sizeof(double) : sizeof(float);
  require(draws.IsUndefined() || draws.IsBoolean(), "draw is not a boolean");
  const bool draw = draws.IsUndefined() || draws.As<Napi::Boolean>().Value();
  return f64 ? make_network<double>(value.Env(), spec, draw) : make_network<float>(value.Env(), spec, draw);
}

/// The array that nn/trace.h fills.
template <typename T>
T* trace_array(const Network<T>& network, size_t rows, bool backward, const Napi::Value& value) {
  return elements<T>(value, uint64_t{rows} * trace_columns(network.topology(), backward), "layers");
}

Napi::Value metrics_object(Napi::Env env, const Metrics& metrics) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("loss", metrics.loss);
  for (size_t i = 0; i < kMetricCount; ++i) object.Set(kMetricNames[i], metrics.values[i]);
  return object;
}

}  // namespace

Napi::Function NetworkWrap::define(Napi::Env env) {
  return with_methods(env, DefineClass(env, kName, {}),
                      {
                          accessor_of<NetworkWrap, &NetworkWrap::parameter_count>("parameterCount"),
                          method_of<NetworkWrap, &NetworkWrap::tensors>("tensors"),
                          method_of<NetworkWrap, &NetworkWrap::read_parameter>("readParameter"),
                          method_of<NetworkWrap, &NetworkWrap::write_parameter>("writeParameter"),
                          method_of<NetworkWrap, &NetworkWrap::read_parameters>("readParameters"),
                          method_of<NetworkWrap, &NetworkWrap::read_parameters_async>("readParametersAsync"),
                          method_of<NetworkWrap, &NetworkWrap::write_parameters>("writeParameters"),
                          method_of<NetworkWrap, &NetworkWrap::write_parameters_async>("writeParametersAsync"),
                          method_of<NetworkWrap, &NetworkWrap::assign>("assign"),
                          method_of<NetworkWrap, &NetworkWrap::snapshot>("snapshot"),
                          method_of<NetworkWrap, &NetworkWrap::restore>("restore"),
                          method_of<NetworkWrap, &NetworkWrap::share>("share"),
                          accessor_of<NetworkWrap, &NetworkWrap::shared_spec>("sharedSpec"),
                          method_of<NetworkWrap, &NetworkWrap::begin_training>("beginTraining"),
                          method_of<NetworkWrap, &NetworkWrap::end_training>("endTraining"),
                          method_of<NetworkWrap, &NetworkWrap::snapshot_of>("snapshotOf"),
                          method_of<NetworkWrap, &NetworkWrap::predict>("predict"),
                          method_of<NetworkWrap, &NetworkWrap::bind>("bind"),
                          method_of<NetworkWrap, &NetworkWrap::predict_async>("predictAsync"),
                          method_of<NetworkWrap, &NetworkWrap::evaluate>("evaluate"),
                          method_of<NetworkWrap, &NetworkWrap::trace>("trace"),
                          method_of<NetworkWrap, &NetworkWrap::backward>("backward"),
                          method_of<NetworkWrap, &NetworkWrap::update>("update"),
                          method_of<NetworkWrap, &NetworkWrap::trainer>("trainer"),
                          method_of<NetworkWrap, &NetworkWrap::close>("close"),
                      });
}

NetworkWrap::NetworkWrap(const Napi::CallbackInfo& info)
    : ObjectWrap(info), network_(guard(info.Env(), [&] { return make_network(info[0], info[1], info[2]); })) {
  tag_receiver<NetworkWrap>(info);
  Environment::of(info.Env()).handles.add(*this);
}

void NetworkWrap::release() noexcept {
  std::visit([](auto& opened) { opened.reset(); }, network_);
}

Napi::Value NetworkWrap::close(const Napi::CallbackInfo& info) {
  std::visit([](const auto& opened) { opened->state.reset(); }, network_);
  return info.Env().Undefined();
}

Napi::Value NetworkWrap::open(Napi::Env env, const std::string& id) {
  const std::shared_ptr<const SharedNetwork> shared = SharedNetwork::find(id);  // which it stays, for the constructor
  if (shared == nullptr) return env.Undefined();
  return Environment::of(env).network_class.New({Napi::String::New(env, id)});
}

Napi::Value NetworkWrap::parameter_count(const Napi::CallbackInfo& info) {
  return with(network_, [&](const auto& state) {
    return Napi::Number::New(info.Env(), static_cast<double>(state->network->topology().parameters.count()));
  });
}

Napi::Value NetworkWrap::share(const Napi::CallbackInfo& info) {
  require(info[0].IsString(), "spec is not a string");
  std::string spec = info[0].As<Napi::String>();
  return with(network_, [&](const auto& state) {
    if (state->shared == nullptr) state->shared = SharedNetwork::add(state->network, std::move(spec));
    return Napi::String::New(info.Env(), state->shared->id());
  });
}

Napi::Value NetworkWrap::shared_spec(const Napi::CallbackInfo& info) {
  return with(network_, [&](const auto& state) -> Napi::Value {
    if (state->shared == nullptr) return info.Env().Undefined();
    return Napi::String::New(info.Env(), state->shared->spec);
  });
}

Napi::Value NetworkWrap::begin_training(const Napi::CallbackInfo& info) {
  return with(network_, [&](const auto& state) { return Napi::Boolean::New(info.Env(), state->begin_lease()); });
}

Napi::Value NetworkWrap::end_training(const Napi::CallbackInfo& info) {
  with(network_, [](const auto& state) { state->end_lease(); });
  return info.Env().Undefined();
}

Napi::Value NetworkWrap::predict(const Napi::CallbackInfo& info) {
  const size_t rows = count_of(info[1], "rows", kMaxRows);
  with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    const Topology& topology = state->network->topology();
    const T* x = elements<T>(info[0], uint64_t{rows} * topology.input_size, "x");
    T* out = elements<T>(info[2], uint64_t{rows} * topology.outputs, "out");
    state->predictor.predict(x, rows, out);
    state->account_predictor();
  });
  return info.Env().Undefined();
}

Napi::Value NetworkWrap::bind(const Napi::CallbackInfo& info) {
  return std::visit([&](const auto& opened) { return bind_predictor(info.Env(), opened, info[0], info[1]); }, network_);
}

Napi::Value NetworkWrap::predict_async(const Napi::CallbackInfo& info) {
  const size_t rows = count_of(info[1], "rows", kMaxRows);
  return with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    Environment& environment = Environment::of(info.Env());
    const Topology& topology = state->network->topology();
    Held held;
    auto used = std::make_shared<Rows>(rows, info[0], topology.input_size, info[2]);
    auto x = std::make_shared<LastingElements<T>>(info[0], uint64_t{used->all} * topology.input_size, "x", held);
    // The result cannot be detached before it is handed out, so the other thread writes straight into it.
    const auto out = environment.new_array<T>(uint64_t{rows} * topology.outputs);
    held.push_back(Napi::Persistent(out.template As<Napi::Object>()));
    Operation operation;
    auto predictor = std::make_shared<Predictor<T>>(*state->network);
    operation.work = [network = state->network, predictor, x, used, to = elements<T>(out, uint64_t{rows} * topology.outputs, "result")] {
      predictor->predict(x->data(), used->named(), used->count, to);
    };
    operation.abort = [predictor] { predictor->stop(); };
    operation.result = [](Napi::Env, const Held& objects) { return objects.back().Value(); };
    operation.borrows = true;
    return environment.operations.start(in_background, std::move(operation), std::move(held));
  });
}

Napi::Value NetworkWrap::evaluate(const Napi::CallbackInfo& info) {
  const SamplesFields fields(Fields(info[0], "samples"));
  return with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    Held held;
    auto samples = std::make_shared<LastingSamples<T>>(fields, state->network->topology(), held);
    auto metrics = std::make_shared<Metrics>();
    const double work = state->network->topology().work(samples->view().rows);
    if (work < kWorthAThread) {
      const Metrics measured = state->predictor.evaluate(samples->view());
      state->account_predictor();
      return metrics_object(info.Env(), measured);
    }
    Operation operation;
    auto predictor = std::make_shared<Predictor<T>>(*state->network);
    operation.work = [network = state->network, predictor, samples, metrics] { *metrics = predictor->evaluate(samples->view()); };
    operation.abort = [predictor] { predictor->stop(); };
    operation.result = [metrics](Napi::Env env, const Held&) { return metrics_object(env, *metrics); };
    operation.borrows = !held.empty();
    return Environment::of(info.Env()).operations.start(in_background, std::move(operation), std::move(held));
  });
}

Napi::Value NetworkWrap::trace(const Napi::CallbackInfo& info) {
  const size_t rows = count_of(info[1], "rows", kMaxRows);
  with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    const Network<T>& network = *state->network;
    const T* x = elements<T>(info[0], uint64_t{rows} * network.topology().input_size, "x");
    trace_forward<T>(network, x, rows, trace_array(network, rows, false, info[2]));
  });
  return info.Env().Undefined();
}

Napi::Value NetworkWrap::backward(const Napi::CallbackInfo& info) {
  const SamplesFields fields(Fields(info[0], "samples"));
  const std::vector<TensorSettings> tensors = read_tensors(parse_numbers(info[2], "tensors"));
  return with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    const Network<T>& network = *state->network;
    const BorrowedSamples<T> samples(fields, network.topology());
    const size_t count = network.topology().parameters.count();
    const auto gradients = [&] { return elements<T>(info[1], count, "gradients"); };
    const bool traced = !info[3].IsUndefined();
    const auto trace = [&] { return traced ? trace_array(network, fields.rows, true, info[3]) : nullptr; };
    const auto way = traced ? Backprop<T>::Way::by_layers : Backprop<T>::Way::fastest;
    const auto run = [&](Backprop<T>& backprop, T* to) { return network.backward(backprop, samples.view(), to, tensors, way); };
    double loss = 0;
    if (network.topology().has_custom_loss()) {
      // Buffers of its own, and arrays that are looked for afterwards: JavaScript that runs meanwhile may do the same, or detach them.
      require(info[4].IsObject(), "a custom loss needs its function");
      JavaScriptLoss<T> function(info[4].As<Napi::Object>(), network.topology());
      Backprop<T> backprop(network.topology(), network.kernels());
      backprop.set_custom_loss(&function);
      std::vector<T> computed(count);
      loss = run(backprop, computed.data());
      std::copy(computed.begin(), computed.end(), gradients());
      if (traced) trace_backward<T>(network, backprop, trace());
    } else {
      T* const layers = trace();
      loss = run(state->backprop, gradients());
      if (traced) trace_backward<T>(network, state->backprop, layers);
    }
    state->account();
    return Napi::Number::New(info.Env(), loss);
  });
}

Napi::Value NetworkWrap::update(const Napi::CallbackInfo& info) {
  const OptimizerSpec optimizer = read_optimizer(parse_numbers(info[1], "optimizer"));
  return with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    const T* gradients = elements<T>(info[0], state->network->topology().parameters.count(), "gradients");
    const UpdateResult result = state->network->update(gradients, optimizer);
    if (result == UpdateResult::updated) state->account_network();
    return Napi::String::New(info.Env(), kUpdateResultNames[static_cast<size_t>(result)]);
  });
}

Napi::Value NetworkWrap::trainer(const Napi::CallbackInfo& info) {
  const TrainerSpec spec = read_trainer(parse_numbers(info[0], "options"));
  std::optional<SamplesFields> fields;
  if (!info[1].IsUndefined()) fields.emplace(Fields(info[1], "samples"));
  const std::shared_ptr<const Group> group = parse_group(info[3]);
  const uint64_t all_rows = count_if_given(info[4], "allRows");
  return with(network_,
              [&](const auto& state) { return TrainerWrap::create(info.Env(), state->network, spec, fields, info[2], group, all_rows); });
}

}  // namespace chainrule
