#include "addon/trainer_wrap.h"

#include <cstring>

#include "addon/environment.h"
#include "addon/snapshot_object.h"
#include "nn/parameter_rows.h"

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

Napi::Value state_object(Napi::Env env, const Progress& started_at, const Progress& progress, const Held& objects, size_t arrays) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("firstStep", static_cast<double>(started_at.steps));
  object.Set("firstEpoch", static_cast<double>(started_at.epochs));
  object.Set("steps", static_cast<double>(progress.steps));
  object.Set("epochs", static_cast<double>(progress.epochs));
  Napi::Array list = Napi::Array::New(env, arrays);
  for (size_t i = 0; i < arrays; ++i) list.Set(static_cast<uint32_t>(i), objects[i].Value());
  object.Set("arrays", list);
  return object;
}

/// A number of steps or epochs.
uint64_t progress_count(const Fields& fields, const char* name) {
  const double number = fields.number(name);
  require(number >= 0 && number <= 0x1p53, std::string(name) + " is out of range");
  return static_cast<uint64_t>(number);
}

}  // namespace

Napi::Function TrainerWrap::define(Napi::Env env) {
  return DefineClass(env, "Trainer",
                     {
                         InstanceMethod<&TrainerWrap::guarded<&TrainerWrap::run>>("run"),
                         InstanceMethod<&TrainerWrap::guarded<&TrainerWrap::step>>("step"),
                         InstanceMethod<&TrainerWrap::guarded<&TrainerWrap::publish>>("publish"),
                         InstanceMethod<&TrainerWrap::guarded<&TrainerWrap::state>>("state"),
                         InstanceMethod<&TrainerWrap::guarded<&TrainerWrap::restore>>("restore"),
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
  operation.work = [work = std::move(work), outcome] { *outcome = work(); };
  operation.result = [outcome](Napi::Env env, const Held&) { return result_object(env, *outcome); };
  operation.cancel = [state] { state->trainer.cancel(); };
  return start(state, std::move(operation), std::move(held));
}

/// Does the operation on the trainer's thread; the trainer is busy meanwhile.
template <typename T>
Napi::Value TrainerWrap::start(const std::shared_ptr<TrainerState<T>>& state, Operation operation, Held held) {
  operation.work = [state, work = std::move(operation.work)] {
    struct Done {
      ~Done() { busy = false; }
      std::atomic<bool>& busy;
    } done{state->busy};
    work();
  };
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

Napi::Value TrainerWrap::state(const Napi::CallbackInfo& info) {
  const AnySnapshot* extra = info[0].IsUndefined() ? nullptr : &parse_snapshot(info[0]);
  return with_idle([&]<typename T>(const std::shared_ptr<TrainerState<T>>& state) {
    const Topology& topology = state->network->topology();
    const auto* snapshot = extra != nullptr ? std::get_if<Snapshot<T>>(extra) : nullptr;
    require(extra == nullptr || (snapshot != nullptr && (*snapshot)->size() == topology.block_size), "a snapshot of another network");
    Held held;
    std::vector<T*> blocks;
    for (size_t i = 0; i < state->trainer.state_blocks() + (snapshot != nullptr ? 1 : 0); ++i) {
      // As for predictAsync: nobody can detach the arrays before they are handed out.
      const auto array = Environment::of(info.Env()).new_array<T>(topology.parameter_count);
      blocks.push_back(elements<T>(array, topology.parameter_count, "result"));
      held.push_back(Napi::Persistent(array.template As<Napi::Object>()));
    }
    Operation operation;
    operation.work = [state, blocks, kept = snapshot != nullptr ? *snapshot : nullptr] {
      state->trainer.read_state(blocks);
      if (kept != nullptr) block_to_rows(state->network->topology(), state->network->kernels(), kept->data(), blocks.back());
    };
    operation.result = [position = state->trainer.position(), count = blocks.size()](Napi::Env env, const Held& objects) {
      return state_object(env, position.started_at, position.progress, objects, count);
    };
    operation.borrows = true;
    return start(state, std::move(operation), std::move(held));
  });
}

Napi::Value TrainerWrap::restore(const Napi::CallbackInfo& info) {
  const Fields fields(info[0], "state");
  const Progress started_at{progress_count(fields, "firstStep"), progress_count(fields, "firstEpoch")};
  const Progress progress{progress_count(fields, "steps"), progress_count(fields, "epochs")};
  require(started_at.steps <= progress.steps && started_at.epochs <= progress.epochs, "the state ends before it begins");
  const std::vector<Napi::Value> arrays = parse_array(fields["arrays"], "arrays", 16);
  return with_idle([&]<typename T>(const std::shared_ptr<TrainerState<T>>& state) {
    require(arrays.size() == state->trainer.state_blocks(), "arrays has the wrong number of arrays");
    std::vector<const T*> blocks;
    for (const Napi::Value& array : arrays) blocks.push_back(elements<T>(array, state->network->topology().parameter_count, "arrays"));
    state->trainer.write_state(blocks, {started_at, progress});
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
