#include "addon/trainer_wrap.h"

#include <algorithm>

#include "addon/environment.h"
#include "addon/receiver.h"
#include "addon/snapshot_object.h"
#include "nn/parameter_rows.h"
#include "nn/wire.h"

namespace chainrule {
namespace {

/// More arrays than any state has.
constexpr uint32_t kMostStateBlocks = 1 << 14;

/// lib/native.ts's NativeRecords: rows of as many values as there can be epochs in a run. First the learning rates, then what is measured.
class Records {
 public:
  Records(const Napi::Value& value, bool metrics) : value_(value), rows_(2 + (metrics ? kMetricCount : 0)) {
    require(value.IsTypedArray(), "records is not a typed array");
    capacity_ = value.As<Napi::TypedArray>().ElementLength() / rows_;
  }

  std::vector<double> learning_rates(size_t epochs) const {
    require(epochs <= capacity_, "records has room for fewer epochs");
    const double* first = elements<double>(value_, epochs, "records");
    return {first, first + epochs};
  }

  void write(const RunResult& result) const {
    double* to = elements<double>(value_, rows_ * capacity_, "records");
    require(result.loss.size() <= capacity_, "records has room for fewer epochs");
    for (size_t row = 1; row < rows_; ++row) {
      const std::vector<double>& measured = row == 1 ? result.loss : result.metrics[row - 2];
      std::copy(measured.begin(), measured.end(), to + row * capacity_);
    }
  }

 private:
  Napi::Value value_;
  size_t rows_, capacity_;
};

Napi::Value result_object(Napi::Env env, const RunResult& result) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("epochs", static_cast<double>(result.loss.size()));
  object.Set("aborted", result.aborted);
  object.Set("divergedAtStep", static_cast<double>(result.diverged_at_step));
  object.Set("batches", static_cast<double>(result.batches));
  object.Set("steps", static_cast<double>(result.steps));
  object.Set("batchLoss", result.batch_loss);
  object.Set("batchWeight", result.batch_weight);
  return object;
}

template <typename Position>
Napi::Value state_object(Napi::Env env, const Position& position, const Held& objects, size_t arrays) {
  const auto& [started_at, progress, updates] = position;
  Napi::Object object = Napi::Object::New(env);
  object.Set("firstStep", static_cast<double>(started_at.steps));
  object.Set("firstEpoch", static_cast<double>(started_at.epochs));
  object.Set("steps", static_cast<double>(progress.steps));
  object.Set("epochs", static_cast<double>(progress.epochs));
  object.Set("updates", static_cast<double>(updates));
  Napi::Array list = Napi::Array::New(env, arrays);
  for (size_t i = 0; i < arrays; ++i) list.Set(static_cast<uint32_t>(i), objects[i].Value());
  object.Set("arrays", list);
  return object;
}

/// Three numbers for each of `count` steps, or (undefined) none.
std::vector<StepValues> step_values(const Napi::Value& value, uint64_t count) {
  if (value.IsUndefined()) return {};
  const double* numbers = elements<double>(value, 3 * count, "steps");
  // Copied first, as other threads may write to shared memory.
  return asking_for<StepValues>(count, [&] { return read_steps(std::vector<double>(numbers, numbers + 3 * count)); });
}

/// A number of steps or epochs.
uint64_t progress_count(const Fields& fields, const char* name) {
  const double number = fields.number(name);
  require(number >= 0 && number <= 0x1p53, std::string(name) + " is out of range");
  return static_cast<uint64_t>(number);
}

}  // namespace

Napi::Function TrainerWrap::define(Napi::Env env) {
  return with_methods(env, DefineClass(env, kName, {}),
                      {
                          method_of<TrainerWrap, &TrainerWrap::run>("run"),
                          method_of<TrainerWrap, &TrainerWrap::step>("step"),
                          method_of<TrainerWrap, &TrainerWrap::publish>("publish"),
                          method_of<TrainerWrap, &TrainerWrap::divergence>("divergence"),
                          method_of<TrainerWrap, &TrainerWrap::state>("state"),
                          method_of<TrainerWrap, &TrainerWrap::gather>("gather"),
                          method_of<TrainerWrap, &TrainerWrap::restore>("restore"),
                          method_of<TrainerWrap, &TrainerWrap::abort>("abort"),
                          method_of<TrainerWrap, &TrainerWrap::close>("close"),
                      });
}

TrainerWrap::TrainerWrap(const Napi::CallbackInfo& info) : ObjectWrap(info), memory_(info.Env()) {
  tag_receiver<TrainerWrap>(info);
  Environment::of(info.Env()).handles.add(*this);
}

void TrainerWrap::release() noexcept {
  trainer_ = std::monostate();
  thread_.reset();
  held_.clear();
  loss_.Reset();
  memory_.set(0);
}

template <typename T>
Napi::Value TrainerWrap::create(Napi::Env env, const std::shared_ptr<Network<T>>& network, const TrainerSpec& spec,
                                const std::optional<SamplesFields>& samples, const Napi::Value& loss,
                                const std::shared_ptr<const Group>& group, uint64_t all_rows) {
  require(loss.IsObject() == network->topology().has_custom_loss(), "a custom loss needs its function, and no other has one");
  Held held;
  LastingSamples<T> taken = samples ? LastingSamples<T>(*samples, network->topology(), held) : LastingSamples<T>();
  const size_t elements_held = blocks_of(spec) * network->topology().parameters.block_size();
  Environment::of(env).handles.expect(env, elements_held * sizeof(T));
  auto state =
      asking_for<T>(elements_held, [&] { return std::make_shared<TrainerState<T>>(network, spec, std::move(taken), group, all_rows); });

  auto thread = std::make_unique<TrainerThread>();
  const Napi::Object object = Environment::of(env).trainer_class.New({});
  TrainerWrap& wrap = *Unwrap(object);
  wrap.thread_ = std::move(thread);
  wrap.held_ = std::move(held);
  if (loss.IsObject()) wrap.loss_ = Napi::Persistent(loss.As<Napi::Object>());
  wrap.trainer_ = std::move(state);
  wrap.account();
  return object;
}

/// Not while it is busy.
void TrainerWrap::account() {
  std::visit(
      [this]<typename State>(const State& state) {
        if constexpr (!std::is_same_v<State, std::monostate>) memory_.set(state->trainer.bytes() + state->samples.bytes_copied());
      },
      trainer_);
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
          account();  // the last operation may have allocated the batch's buffers
          return body(state);
        }
      },
      trainer_);
}

/// A custom loss may do anything meanwhile that JavaScript can.
template <typename T>
RunResult TrainerWrap::do_here(const std::shared_ptr<TrainerState<T>>& state, const std::function<RunResult()>& work) {
  if (loss_.IsEmpty()) return work();
  JavaScriptLoss<T> loss(loss_.Value(), state->network->topology());
  struct Done {
    ~Done() {
      state->trainer.set_custom_loss(nullptr);
      state->busy = false;
    }
    const std::shared_ptr<TrainerState<T>> state;
  } done{state};
  state->busy = true;
  state->trainer.set_custom_loss(&loss);
  return work();
}

template <typename T>
Napi::Value TrainerWrap::start(const std::shared_ptr<TrainerState<T>>& state, double multiply_adds, std::function<RunResult()> work,
                               const Napi::Value& records, Held held) {
  const bool metrics = state->trainer.measures_metrics();
  if ((multiply_adds < kWorthAThread && !state->is_shared) || !loss_.IsEmpty()) {
    const RunResult result = do_here(state, work);
    Records(records, metrics).write(result);
    return result_object(Env(), result);
  }
  auto outcome = std::make_shared<RunResult>();
  Operation operation;
  operation.borrows = !held.empty() || !held_.empty();
  operation.work = [work = std::move(work), outcome] { *outcome = work(); };
  operation.result = [outcome, metrics, index = held.size()](Napi::Env env, const Held& objects) {
    Records(objects[index].Value(), metrics).write(*outcome);
    return result_object(env, *outcome);
  };
  operation.abort = [state] { state->trainer.abort(); };
  held.push_back(Napi::Persistent(records.As<Napi::Object>()));
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
  const size_t epochs = count_of(info[1], "epochs", kMaxRows);
  require(info[2].IsNumber(), "milliseconds is not a number");
  const std::chrono::duration<double, std::milli> limit(info[2].As<Napi::Number>().DoubleValue());
  const uint64_t batches = count_if_given(info[4], "batches");
  return with_idle([&](const auto& state) {
    require(state->samples.view().rows > 0, "the trainer has no samples");
    auto& trainer = state->trainer;
    // A custom loss keeps the thread of JavaScript.
    RunRequest request{Records(info[0], trainer.measures_metrics()).learning_rates(epochs), limit, !loss_.IsEmpty()};
    request.steps = step_values(info[3], trainer.steps_ahead(epochs, batches));
    request.batches = batches;
    const double work = trainer.work_ahead(epochs, batches);
    return start(state, work, [&trainer, request = std::move(request)] { return trainer.run(request); }, info[0], {});
  });
}

Napi::Value TrainerWrap::step(const Napi::CallbackInfo& info) {
  const SamplesFields fields(Fields(info[0], "samples"));
  return with_idle([&]<typename T>(const std::shared_ptr<TrainerState<T>>& state) {
    Held held;
    auto& trainer = state->trainer;
    const double rate = Records(info[1], trainer.measures_metrics()).learning_rates(1)[0];
    auto samples = std::make_shared<LastingSamples<T>>(fields, state->network->topology(), held);
    const std::vector<StepValues> given = step_values(info[2], 1);
    const StepValues values = given.empty() ? trainer.default_values(rate) : given[0];
    const uint64_t all_rows = count_if_given(info[3], "allRows");
    const auto work = [&trainer, samples, values, all_rows] { return trainer.step(samples->view(), values, all_rows); };
    return start(state, trainer.step_work(samples->view().rows), work, info[1], std::move(held));
  });
}

Napi::Value TrainerWrap::publish(const Napi::CallbackInfo& info) {
  return with_idle([&](const auto& state) -> Napi::Value {
    const auto elements_read = static_cast<double>(state->network->topology().parameters.block_size());
    if (elements_read < kWorthAThread) return Napi::Number::New(info.Env(), static_cast<double>(state->trainer.finish_epoch()));
    auto step = std::make_shared<int64_t>();
    Operation operation;
    operation.work = [state, step] { *step = state->trainer.finish_epoch(); };
    operation.result = [step](Napi::Env env, const Held&) { return Napi::Number::New(env, static_cast<double>(*step)); };
    return start(state, std::move(operation), {});
  });
}

Napi::Value TrainerWrap::divergence(const Napi::CallbackInfo& info) {
  const size_t room = count_of(info[1], "room", kMaxRows);
  auto* out = elements<double>(info[0], 2 + room, "out");
  return with_idle([&](const auto& state) {
    const Divergence& found = state->trainer.divergence();
    out[0] = static_cast<double>(found.tensor);
    out[1] = found.weight;
    return Napi::Number::New(info.Env(), static_cast<double>(state->trainer.diverged_rows(out + 2, room)));
  });
}

Napi::Value TrainerWrap::state(const Napi::CallbackInfo& info) {
  const AnySnapshot* extra = info[0].IsUndefined() ? nullptr : &parse_snapshot(info[0]);
  return with_idle([&]<typename T>(const std::shared_ptr<TrainerState<T>>& state) {
    const Topology& topology = state->network->topology();
    const Snapshot<T>* snapshot = extra != nullptr ? &snapshot_for(*state->network, *extra) : nullptr;
    Held held;
    std::vector<T*> blocks;
    // As for predictAsync: nobody can detach the arrays before they are handed out.
    const auto add_array = [&](size_t count) {
      const auto array = Environment::of(info.Env()).new_array<T>(count);
      blocks.push_back(elements<T>(array, count, "result"));
      held.push_back(Napi::Persistent(array.template As<Napi::Object>()));
    };
    for (size_t i = 0; i < state->trainer.state_blocks(); ++i) add_array(state->trainer.state_size(i));
    if (snapshot != nullptr) add_array(topology.parameters.count());
    Operation operation;
    operation.work = [state, blocks, kept = snapshot != nullptr ? *snapshot : nullptr] {
      state->trainer.read_state(blocks);
      if (kept != nullptr) block_to_rows(state->network->topology().parameters, state->network->kernels(), kept->data(), blocks.back());
    };
    operation.result = [position = state->trainer.position(), count = blocks.size()](Napi::Env env, const Held& objects) {
      return state_object(env, position, objects, count);
    };
    operation.borrows = true;
    return start(state, std::move(operation), std::move(held));
  });
}

Napi::Value TrainerWrap::gather(const Napi::CallbackInfo&) {
  return with_idle([&](const auto& state) {
    Operation operation;
    operation.work = [state] { state->trainer.gather_state(); };
    operation.result = [](Napi::Env env, const Held&) { return env.Undefined(); };
    return start(state, std::move(operation), {});
  });
}

Napi::Value TrainerWrap::restore(const Napi::CallbackInfo& info) {
  const Fields fields(info[0], "state");
  const Progress started_at{progress_count(fields, "firstStep"), progress_count(fields, "firstEpoch")};
  const Progress progress{progress_count(fields, "steps"), progress_count(fields, "epochs")};
  const uint64_t updates = progress_count(fields, "updates");
  require(started_at.steps <= progress.steps && started_at.epochs <= progress.epochs, "the state ends before it begins");
  const std::vector<Napi::Value> arrays = parse_array(fields["arrays"], "arrays", kMostStateBlocks);
  return with_idle([&]<typename T>(const std::shared_ptr<TrainerState<T>>& state) {
    require(state->trainer.can_have(arrays.size()), "arrays has the wrong number of arrays");
    Held held;
    auto lasting = std::make_shared<std::vector<LastingElements<T>>>();
    for (size_t i = 0; i < arrays.size(); ++i) lasting->emplace_back(arrays[i], state->trainer.state_size(i), "arrays", held);
    Operation operation;
    operation.borrows = !held.empty();
    operation.work = [state, lasting, position = typename Trainer<T>::Position{started_at, progress, updates}] {
      std::vector<const T*> blocks;
      for (const LastingElements<T>& array : *lasting) blocks.push_back(array.data());
      state->trainer.write_state(blocks, position);
    };
    operation.result = [](Napi::Env env, const Held&) { return env.Undefined(); };
    return start(state, std::move(operation), std::move(held));
  });
}

Napi::Value TrainerWrap::abort(const Napi::CallbackInfo& info) {
  std::visit(
      []<typename State>(const State& state) {
        if constexpr (!std::is_same_v<State, std::monostate>) state->trainer.abort();
      },
      trainer_);
  return info.Env().Undefined();
}

Napi::Value TrainerWrap::close(const Napi::CallbackInfo& info) {
  if (std::holds_alternative<std::monostate>(trainer_)) return info.Env().Undefined();
  with_idle([&]<typename T>(const std::shared_ptr<TrainerState<T>>& state) {
    // Giving back much memory takes a while, too.
    if (static_cast<double>(state->network->topology().parameters.block_size()) >= kWorthAThread) {
      try {
        thread_->add([state] {});
      } catch (const std::exception&) {  // without a thread it is given back here
      }
    }
    return info.Env().Undefined();
  });
  release();
  return info.Env().Undefined();
}

template Napi::Value TrainerWrap::create(Napi::Env, const std::shared_ptr<Network<float>>&, const TrainerSpec&,
                                         const std::optional<SamplesFields>&, const Napi::Value&, const std::shared_ptr<const Group>&,
                                         uint64_t);
template Napi::Value TrainerWrap::create(Napi::Env, const std::shared_ptr<Network<double>>&, const TrainerSpec&,
                                         const std::optional<SamplesFields>&, const Napi::Value&, const std::shared_ptr<const Group>&,
                                         uint64_t);

}  // namespace chainrule
