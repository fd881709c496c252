#include "addon/network_wrap.h"

#include <string>

#include "addon/bound_predictor.h"
#include "addon/environment.h"
#include "addon/parse.h"
#include "addon/snapshot_object.h"
#include "addon/trainer_wrap.h"
#include "math/background.h"
#include "nn/parameter_rows.h"

namespace chainrule {
namespace {

constexpr auto in_background = [](std::function<void()> job) { run_in_background(std::move(job)); };

template <typename T>
AnyNetwork make_network(const NetworkSpec& spec, bool draw) {
  const auto initial = draw ? Network<T>::Initial::drawn : Network<T>::Initial::written;
  return asking_for<T>(Topology(spec).block_size,
                       [&] { return std::make_shared<NetworkState<T>>(std::make_shared<Network<T>>(spec, initial)); });
}

AnyNetwork open_network(const std::string& id) {
  const std::shared_ptr<const SharedNetwork> shared = SharedNetwork::find(id);
  require(shared != nullptr, "no network is shared by that name");
  return std::visit(
      [&]<typename T>(const std::shared_ptr<Network<T>>& network) -> AnyNetwork {
        auto state = std::make_shared<NetworkState<T>>(network);
        state->shared = shared;
        return state;
      },
      shared->network);
}

AnyNetwork make_network(const Napi::Value& value, const Napi::Value& draws) {
  if (value.IsString()) return open_network(value.As<Napi::String>());
  constexpr const char* kPrecisions[] = {"f32", "f64", "bf16"};
  enum class Precision : size_t { f32, f64, bf16 };
  const Fields fields(value, "spec");
  const auto precision = fields.one_of<Precision>("precision", kPrecisions);
  const bool f64 = precision == Precision::f64;
  NetworkSpec spec = parse_network(fields, f64 ? sizeof(double) : sizeof(float));
  spec.bf16_products = precision == Precision::bf16;
  require(draws.IsUndefined() || draws.IsBoolean(), "draw is not a boolean");
  const bool draw = draws.IsUndefined() || draws.As<Napi::Boolean>().Value();
  return f64 ? make_network<double>(spec, draw) : make_network<float>(spec, draw);
}

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

/// One array for each parameter, in the order of the layers, weights first. The values were read before, so that no JavaScript runs here.
template <typename T>
std::vector<T*> gradient_arrays(const Network<T>& network, const std::vector<Napi::Value>& values) {
  require(values.size() == 2 * network.topology().layers.size(), "gradients has the wrong number of arrays");
  std::vector<T*> arrays;
  for (size_t i = 0; i < values.size(); ++i) {
    const ParameterKind kind = i % 2 == 0 ? ParameterKind::weights : ParameterKind::bias;
    arrays.push_back(elements<T>(values[i], network.parameter_size(i / 2, kind), "gradients"));
  }
  return arrays;
}

/// More arrays than any network has parameters.
constexpr uint32_t kMaxGradients = 2 * stream::kMaxLayers;

Napi::Value metrics_object(Napi::Env env, const Metrics& metrics) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("loss", metrics.loss);
  object.Set("accuracy", metrics.accuracy);
  object.Set("mse", metrics.mse);
  object.Set("mae", metrics.mae);
  return object;
}

/// Calls `body` with the state of either precision.
template <typename Body>
auto with(const AnyNetwork& network, Body body) {
  return std::visit([&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) { return body(state); }, network);
}

}  // namespace

Napi::Function NetworkWrap::define(Napi::Env env) {
  return DefineClass(env, "Network",
                     {
                         InstanceAccessor<&NetworkWrap::guarded<&NetworkWrap::parameter_count>>("parameterCount"),
                         InstanceMethod<&NetworkWrap::guarded<&NetworkWrap::read_parameter>>("readParameter"),
                         InstanceMethod<&NetworkWrap::guarded<&NetworkWrap::write_parameter>>("writeParameter"),
                         InstanceMethod<&NetworkWrap::guarded<&NetworkWrap::read_parameters>>("readParameters"),
                         InstanceMethod<&NetworkWrap::guarded<&NetworkWrap::read_parameters_async>>("readParametersAsync"),
                         InstanceMethod<&NetworkWrap::guarded<&NetworkWrap::write_parameters>>("writeParameters"),
                         InstanceMethod<&NetworkWrap::guarded<&NetworkWrap::write_parameters_async>>("writeParametersAsync"),
                         InstanceMethod<&NetworkWrap::guarded<&NetworkWrap::assign>>("assign"),
                         InstanceMethod<&NetworkWrap::guarded<&NetworkWrap::snapshot>>("snapshot"),
                         InstanceMethod<&NetworkWrap::guarded<&NetworkWrap::restore>>("restore"),
                         InstanceMethod<&NetworkWrap::guarded<&NetworkWrap::share>>("share"),
                         InstanceAccessor<&NetworkWrap::guarded<&NetworkWrap::shared_spec>>("sharedSpec"),
                         InstanceMethod<&NetworkWrap::guarded<&NetworkWrap::begin_training>>("beginTraining"),
                         InstanceMethod<&NetworkWrap::guarded<&NetworkWrap::end_training>>("endTraining"),
                         InstanceMethod<&NetworkWrap::guarded<&NetworkWrap::snapshot_of>>("snapshotOf"),
                         InstanceMethod<&NetworkWrap::guarded<&NetworkWrap::predict>>("predict"),
                         InstanceMethod<&NetworkWrap::guarded<&NetworkWrap::bind>>("bind"),
                         InstanceMethod<&NetworkWrap::guarded<&NetworkWrap::predict_async>>("predictAsync"),
                         InstanceMethod<&NetworkWrap::guarded<&NetworkWrap::evaluate>>("evaluate"),
                         InstanceMethod<&NetworkWrap::guarded<&NetworkWrap::backward>>("backward"),
                         InstanceMethod<&NetworkWrap::guarded<&NetworkWrap::update>>("update"),
                         InstanceMethod<&NetworkWrap::guarded<&NetworkWrap::trainer>>("trainer"),
                     });
}

NetworkWrap::NetworkWrap(const Napi::CallbackInfo& info)
    : ObjectWrap(info), network_(guard(info.Env(), [&] { return make_network(info[0], info[1]); })), memory_(info.Env()) {
  with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    if (state->shared == nullptr) own_bytes_ = state->network->topology().block_size * sizeof(T);
  });
  memory_.set(own_bytes_);
}

Napi::Value NetworkWrap::open(Napi::Env env, const std::string& id) {
  const std::shared_ptr<const SharedNetwork> shared = SharedNetwork::find(id);  // which it stays, for the constructor
  if (shared == nullptr) return env.Undefined();
  return Environment::of(env).network_class.New({Napi::String::New(env, id)});
}

Napi::Value NetworkWrap::parameter_count(const Napi::CallbackInfo& info) {
  return with(network_, [&](const auto& state) {
    return Napi::Number::New(info.Env(), static_cast<double>(state->network->topology().parameter_count));
  });
}

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
  return with(network_, [&](const auto& state) { return Napi::Boolean::New(info.Env(), state->begin_turn()); });
}

Napi::Value NetworkWrap::end_training(const Napi::CallbackInfo& info) {
  with(network_, [](const auto& state) { state->end_turn(); });
  return info.Env().Undefined();
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

Napi::Value NetworkWrap::predict(const Napi::CallbackInfo& info) {
  const size_t rows = count_of(info[1], "rows", kMaxRows);
  with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    const Topology& topology = state->network->topology();
    const T* x = elements<T>(info[0], uint64_t{rows} * topology.input_size, "x");
    T* out = elements<T>(info[2], uint64_t{rows} * topology.outputs, "out");
    state->predictor.predict(x, rows, out);
  });
  return info.Env().Undefined();
}

Napi::Value NetworkWrap::bind(const Napi::CallbackInfo& info) {
  return with(network_, [&](const auto& state) { return bind_predictor(info.Env(), state, info[0], info[1]); });
}

Napi::Value NetworkWrap::predict_async(const Napi::CallbackInfo& info) {
  const size_t rows = count_of(info[1], "rows", kMaxRows);
  return with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    Environment& environment = Environment::of(info.Env());
    const Topology& topology = state->network->topology();
    Held held;
    auto x = std::make_shared<LastingElements<T>>(info[0], uint64_t{rows} * topology.input_size, "x", held);
    // Nobody can detach the result before it is handed out, so the other thread writes straight into it.
    const auto out = environment.new_array<T>(uint64_t{rows} * topology.outputs);
    held.push_back(Napi::Persistent(out.template As<Napi::Object>()));
    Operation operation;
    auto predictor = std::make_shared<Predictor<T>>(*state->network);
    operation.work = [network = state->network, predictor, x, rows, to = elements<T>(out, uint64_t{rows} * topology.outputs, "result")] {
      predictor->predict(x->data(), rows, to);
    };
    operation.cancel = [predictor] { predictor->stop(); };
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
    const double work = static_cast<double>(samples->view().rows) * static_cast<double>(state->network->topology().block_size);
    if (work < kWorthAThread) return metrics_object(info.Env(), state->predictor.evaluate(samples->view()));
    Operation operation;
    auto predictor = std::make_shared<Predictor<T>>(*state->network);
    operation.work = [network = state->network, predictor, samples, metrics] { *metrics = predictor->evaluate(samples->view()); };
    operation.cancel = [predictor] { predictor->stop(); };
    operation.result = [metrics](Napi::Env env, const Held&) { return metrics_object(env, *metrics); };
    operation.borrows = !held.empty();
    return Environment::of(info.Env()).operations.start(in_background, std::move(operation), std::move(held));
  });
}

Napi::Value NetworkWrap::backward(const Napi::CallbackInfo& info) {
  const SamplesFields fields(Fields(info[0], "samples"));
  const std::vector<Napi::Value> gradients = parse_array(info[1], "gradients", kMaxGradients);
  return with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    const BorrowedSamples<T> samples(fields, state->network->topology());
    return Napi::Number::New(info.Env(),
                             state->network->backward(state->backprop, samples.view(), gradient_arrays(*state->network, gradients)));
  });
}

Napi::Value NetworkWrap::update(const Napi::CallbackInfo& info) {
  const OptimizerSpec optimizer = parse_optimizer({info[1], "optimizer"});
  const std::vector<Napi::Value> gradients = parse_array(info[0], "gradients", kMaxGradients);
  return with(network_, [&]<typename T>(const std::shared_ptr<NetworkState<T>>& state) {
    const std::vector<T*> arrays = gradient_arrays(*state->network, gradients);
    const UpdateResult result = state->network->update({arrays.begin(), arrays.end()}, optimizer);
    const bool updated = result == UpdateResult::updated;
    const size_t slots = updated ? static_cast<size_t>(slot_count(optimizer)) : 0;
    if (updated) memory_.set(own_bytes_ + slots * state->network->topology().block_size * sizeof(T));
    return Napi::String::New(info.Env(), kUpdateResultNames[static_cast<size_t>(result)]);
  });
}

Napi::Value NetworkWrap::trainer(const Napi::CallbackInfo& info) {
  const Fields options(info[0], "options");
  const Napi::Value samples = options["samples"];
  TrainerSpec spec;
  spec.optimizer = parse_optimizer({options["optimizer"], "optimizer"});
  spec.batch_size = options.count("batchSize", kMaxRows);
  spec.shuffle = options.flag("shuffle");
  spec.metrics = options.flag("metrics");
  std::optional<SamplesFields> fields;
  if (!samples.IsUndefined()) fields.emplace(Fields(samples, "samples"));
  return with(network_, [&](const auto& state) { return TrainerWrap::create(info.Env(), state->network, spec, fields); });
}

}  // namespace chainrule
