#include "addon/trainer_wrap.h"

#include <algorithm>

#include "addon/environment.h"

namespace chainrule {
namespace {

/// lib/native.ts's NativeRecords: rows of as many values as there can be epochs in a run. First the learning rates, then what is measured.
class Records {
 public:
  Records(const Napi::Value& value, bool metrics) : value_(value), rows_(metrics ? 5 : 2) {
    require(value.IsTypedArray(), "records is not a typed array");
    capacity_ = value.As<Napi::TypedArray>().ElementLength() / rows_;
  }

  std::vector<double> learning_rates(size_t epochs) const {
    require(epochs <= capacity_, "records has no room for so many epochs");
    const double* first = elements<double>(value_, epochs, "records");
    return {first, first + epochs};
  }

  void write(const RunResult& result) const {
    double* to = elements<double>(value_, rows_ * capacity_, "records");
    require(result.loss.size() <= capacity_, "records has no room for so many epochs");
    const std::vector<double>* measured[] = {&result.loss, &result.accuracy, &result.mse, &result.mae};
    for (size_t row = 1; row < rows_; ++row) std::copy(measured[row - 1]->begin(), measured[row - 1]->end(), to + row * capacity_);
  }

 private:
  Napi::Value value_;
  size_t rows_, capacity_;
};

Napi::Value result_object(Napi::Env env, const RunResult& result) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("epochs", static_cast<double>(result.loss.size()));
  object.Set("cancelled", result.cancelled);
  object.Set("divergedAtStep", static_cast<double>(result.diverged_at_step));
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
Napi::Value TrainerWrap::start(const std::shared_ptr<TrainerState<T>>& state, double multiply_adds, std::function<RunResult()> work,
                               const Napi::Value& records, Held held) {
  const bool metrics = state->trainer.measures_metrics();
  if (multiply_adds < kWorthAThread) {
    const RunResult result = work();
    Records(records, metrics).write(result);
    return result_object(Env(), result);
  }
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
  operation.result = [outcome, metrics](Napi::Env env, const Held& objects) {
    Records(objects.back().Value(), metrics).write(*outcome);
    return result_object(env, *outcome);
  };
  operation.cancel = [state] { state->trainer.cancel(); };
  held.push_back(Napi::Persistent(Value()));  // a trainer at work is not garbage, even if only the promise is left of it
  held.push_back(Napi::Persistent(records.As<Napi::Object>()));
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
  const size_t epochs = count_of(info[1], "epochs", kMaxRows);
  require(info[2].IsNumber(), "milliseconds is not a number");
  const std::chrono::duration<double, std::milli> limit(info[2].As<Napi::Number>().DoubleValue());
  return with_idle([&](const auto& state) {
    require(state->samples.view().rows > 0, "the trainer has no samples");
    auto& trainer = state->trainer;
    auto learning_rates = Records(info[0], trainer.measures_metrics()).learning_rates(epochs);
    const auto work = [&trainer, learning_rates = std::move(learning_rates), limit] { return trainer.run(learning_rates, limit); };
    return start(state, static_cast<double>(epochs) * trainer.step_work(state->samples.view().rows), work, info[0], {});
  });
}

Napi::Value TrainerWrap::step(const Napi::CallbackInfo& info) {
  const SamplesFields fields(Fields(info[0], "samples"));
  return with_idle([&]<typename T>(const std::shared_ptr<TrainerState<T>>& state) {
    Held held;
    auto& trainer = state->trainer;
    const double rate = Records(info[1], trainer.measures_metrics()).learning_rates(1)[0];
    auto samples = std::make_shared<LastingSamples<T>>(fields, state->network->topology(), held);
    const auto work = [&trainer, samples, rate] { return trainer.step(samples->view(), rate); };
    return start(state, trainer.step_work(samples->view().rows), work, info[1], std::move(held));
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
