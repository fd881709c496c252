#include "addon/trainer_wrap.h"

#include <cstring>

#include "addon/environment.h"

namespace chainrule {
namespace {

Napi::Value float64_array(Napi::Env env, const std::vector<double>& values) {
  auto array = Napi::Float64Array::New(env, values.size());
  if (!values.empty()) std::memcpy(array.Data(), values.data(), values.size() * sizeof(double));
  return array;
}

Napi::Value result_object(Napi::Env env, const RunResult& result) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("epochs", static_cast<double>(result.loss.size()));
  object.Set("cancelled", result.cancelled);
  object.Set("divergedAtStep", static_cast<double>(result.diverged_at_step));
  object.Set("loss", float64_array(env, result.loss));
  object.Set("accuracy", float64_array(env, result.accuracy));
  object.Set("mse", float64_array(env, result.mse));
  object.Set("mae", float64_array(env, result.mae));
  return object;
}

}  // namespace

Napi::Function TrainerWrap::define(Napi::Env env) {
  return DefineClass(env, "Trainer",
                     {
                         InstanceMethod<&TrainerWrap::guarded<&TrainerWrap::run>>("run"),
                         InstanceMethod<&TrainerWrap::guarded<&TrainerWrap::step>>("step"),
                         InstanceMethod<&TrainerWrap::guarded<&TrainerWrap::publish>>("publish"),
                         InstanceMethod<&TrainerWrap::guarded<&TrainerWrap::cancel>>("cancel"),
                         InstanceMethod<&TrainerWrap::guarded<&TrainerWrap::close>>("close"),
                     });
}

TrainerWrap::TrainerWrap(const Napi::CallbackInfo& info) : ObjectWrap(info), memory_(info.Env()) {}

template <typename T>
Napi::Value TrainerWrap::create(Napi::Env env, const std::shared_ptr<Network<T>>& network, const TrainerSpec& spec,
                                const std::optional<SamplesFields>& samples) {
  Held held;
  LastingSamples<T> taken = samples ? LastingSamples<T>(*samples, network->topology(), held) : LastingSamples<T>();
  // Its own parameters, the optimizer's state, and about as much for gradients or a second copy.
  const size_t elements_held = (2 + static_cast<size_t>(slot_count(spec.optimizer))) * network->topology().block_size;
  auto state = asking_for<T>(elements_held, [&] { return std::make_shared<TrainerState<T>>(network, spec, std::move(taken)); });

  const Napi::Object object = Environment::of(env).trainer_class.New({});
  TrainerWrap& wrap = *Unwrap(object);
  wrap.memory_.set(elements_held * sizeof(T) + state->samples.bytes_copied());
  wrap.thread_ = std::make_unique<TrainerThread>();
  wrap.held_ = std::move(held);
  wrap.trainer_ = std::move(state);
  return object;
}

/// Calls `body` with the state of either precision, if the trainer is open and nothing is under way.
template <typename Body>
Napi::Value TrainerWrap::with_idle(Body body) {
  return std::visit(
      [&]<typename State>(const State& state) -> Napi::Value {
        if constexpr (std::is_same_v<State, std::monostate>) {
          throw ContractViolation("the trainer is closed");
        } else {
          require(!state->busy, "the trainer is busy");
          return body(state);
        }
      },
      trainer_);
}

template <typename T>
Napi::Value TrainerWrap::start(const std::shared_ptr<TrainerState<T>>& state, std::function<RunResult()> work, Held held) {
  auto outcome = std::make_shared<RunResult>();
  Operation operation;
  operation.borrows = !held.empty() || !held_.empty();
  operation.work = [state, work = std::move(work), outcome] {
    struct Done {
      ~Done() { busy = false; }
      std::atomic<bool>& busy;
    } done{state->busy};
    *outcome = work();
  };
  operation.result = [outcome](Napi::Env env, const Held&) { return result_object(env, *outcome); };
  operation.cancel = [state] { state->trainer.cancel(); };
  held.push_back(Napi::Persistent(Value()));  // a trainer at work is not garbage, even if only the promise is left of it
  const auto on_thread = [&](std::function<void()> job) {
    state->busy = true;
    try {
      thread_->add(std::move(job));
    } catch (...) {
      state->busy = false;
      throw;
    }
  };
  return Environment::of(Env()).operations.start(on_thread, std::move(operation), std::move(held));
}

Napi::Value TrainerWrap::run(const Napi::CallbackInfo& info) {
  const Fields options(info[0], "options");
  const Napi::Value rates = options["learningRates"];
  const std::chrono::duration<double, std::milli> limit(options.number("milliseconds"));
  const bool metrics = options.flag("metrics");
  require(rates.IsTypedArray(), "learningRates is not a typed array");
  const size_t epochs = rates.As<Napi::TypedArray>().ElementLength();
  const double* first = elements<double>(rates, epochs, "learningRates");
  return with_idle([&](const auto& state) {
    require(state->samples.view().rows > 0, "the trainer has no samples");
    return start(state,
                 [&trainer = state->trainer, learning_rates = std::vector<double>(first, first + epochs), limit, metrics] {
                   return trainer.run(learning_rates, limit, metrics);
                 },
                 {});
  });
}

Napi::Value TrainerWrap::step(const Napi::CallbackInfo& info) {
  const SamplesFields fields(Fields(info[0], "samples"));
  require(info[1].IsNumber() && info[2].IsBoolean(), "learningRate and metrics are not a number and a boolean");
  const double rate = info[1].As<Napi::Number>().DoubleValue();
  const bool metrics = info[2].As<Napi::Boolean>().Value();
  return with_idle([&]<typename T>(const std::shared_ptr<TrainerState<T>>& state) {
    Held held;
    auto samples = std::make_shared<LastingSamples<T>>(fields, state->network->topology(), held);
    return start(
        state, [&trainer = state->trainer, samples, rate, metrics] { return trainer.step(samples->view(), rate, metrics); },
        std::move(held));
  });
}

Napi::Value TrainerWrap::publish(const Napi::CallbackInfo& info) {
  return with_idle([&](const auto& state) {
    state->trainer.publish();
    return info.Env().Undefined();
  });
}

Napi::Value TrainerWrap::cancel(const Napi::CallbackInfo& info) {
  std::visit(
      []<typename State>(const State& state) {
        if constexpr (!std::is_same_v<State, std::monostate>) state->trainer.cancel();
      },
      trainer_);
  return info.Env().Undefined();
}

Napi::Value TrainerWrap::close(const Napi::CallbackInfo& info) {
  if (std::holds_alternative<std::monostate>(trainer_)) return info.Env().Undefined();
  with_idle([&](const auto&) { return info.Env().Undefined(); });
  trainer_ = std::monostate();
  thread_.reset();
  held_.clear();
  memory_.set(0);
  return info.Env().Undefined();
}

template Napi::Value TrainerWrap::create(Napi::Env, const std::shared_ptr<Network<float>>&, const TrainerSpec&,
                                         const std::optional<SamplesFields>&);
template Napi::Value TrainerWrap::create(Napi::Env, const std::shared_ptr<Network<double>>&, const TrainerSpec&,
                                         const std::optional<SamplesFields>&);

}  // namespace chainrule
