// lib/native.ts's NativeTrainer as a handle, for both precisions.
#include "nn/trainer.h"

#include <cstdlib>

#include "nn/limits.h"
#include "nn/numbers.h"
#include "nn/parameter_rows.h"
#include "nn/wire.h"
#include "wasm/custom_loss.h"
#include "wasm/exports.h"
#include "wasm/network.h"
#include "wasm/parse.h"

namespace chainrule {
namespace {

/// Memory that JavaScript has allocated and filled, and given away.
class Given {
 public:
  explicit Given(const void* memory) : memory_(const_cast<void*>(memory), std::free) {}

 private:
  std::unique_ptr<void, void (*)(void*)> memory_;
};

template <typename T>
struct TrainerOf {
  TrainerOf(const std::shared_ptr<Network<T>>& trained, const TrainerSpec& spec, const RawSamples& raw)
      : network(trained), trainer(trained, spec, parse_samples<T>(raw, trained->topology())), loss(trained->topology()) {
    if (trained->topology().has_custom_loss()) trainer.set_custom_loss(&loss);
  }

  const std::shared_ptr<Network<T>> network;
  Trainer<T> trainer;
  ImportedLoss<T> loss;
};

struct TrainerHandle {
  Given x, y, weights;
  std::variant<std::unique_ptr<TrainerOf<float>>, std::unique_ptr<TrainerOf<double>>> trainer;
};

template <typename Body>
auto with(const TrainerHandle* handle, Body body) {
  return std::visit([&](const auto& trainer) { return body(*trainer); }, handle->trainer);
}

/// The layout is known to lib/wasm/trainer.ts.
struct Outcome {
  double epochs, aborted, diverged_at_step, batches, steps, batch_loss, batch_weight;
};

/// lib/native.ts's NativeRecords: rows of `capacity` values.
void write(const RunResult& result, double* records, size_t capacity, Outcome* outcome) {
  std::copy(result.loss.begin(), result.loss.end(), records + capacity);
  for (size_t i = 0; i < kMetricCount; ++i) {
    const std::vector<double>& measured = result.metrics[i];
    if (!measured.empty()) std::copy(measured.begin(), measured.end(), records + (2 + i) * capacity);
  }
  outcome->epochs = static_cast<double>(result.loss.size());
  outcome->aborted = result.aborted ? 1 : 0;
  outcome->diverged_at_step = static_cast<double>(result.diverged_at_step);
  outcome->batches = static_cast<double>(result.batches);
  outcome->steps = static_cast<double>(result.steps);
  outcome->batch_loss = result.batch_loss;
  outcome->batch_weight = result.batch_weight;
}

}  // namespace

/// `settings`: nn/wire.h's. The memory of x, y and weights is the trainer's from now on, even if this fails;
/// for streams there is none.
CHAINRULE_EXPORT(trainer_create)
TrainerHandle* trainer_create(const NetworkHandle* network, const double* settings, size_t count, const void* x, const void* y,
                              bool labelled, const void* weights, size_t rows) {
  Given given_x(x);
  Given given_y(y);
  Given given_weights(weights);
  return guard([&] {
    const TrainerSpec spec = read_trainer({settings, count});
    return with(network, [&]<typename T>(const NetworkUser<T>& user) {
      const Topology& topology = user.network->topology();
      check_batch(topology, std::min(spec.batch_size, rows), sizeof(T));
      const size_t elements_held = blocks_of(spec) * topology.parameters.block_size();
      auto trainer = asking_for<T>(elements_held, [&] {
        return std::make_unique<TrainerOf<T>>(user.network, spec, RawSamples{x, y, labelled, weights, rows});
      });
      return new TrainerHandle{std::move(given_x), std::move(given_y), std::move(given_weights), std::move(trainer)};
    });
  });
}

CHAINRULE_EXPORT(trainer_destroy) void trainer_destroy(TrainerHandle* handle) { delete handle; }

/// Trains until the first epoch, or batch of the first epoch, that ends later than `milliseconds` from now. `steps`: `step_numbers`
/// numbers, three for each step, or none.
CHAINRULE_EXPORT(trainer_run)
void trainer_run(const TrainerHandle* handle, double* records, size_t capacity, size_t epochs, double milliseconds, const double* steps,
                 size_t step_numbers, double batches, Outcome* outcome) {
  guard([&] {
    require(epochs <= capacity, "records has room for fewer epochs");
    RunRequest request{{records, records + epochs}, std::chrono::duration<double, std::milli>(milliseconds), true};
    request.steps = read_steps({steps, step_numbers});
    Numbers limit({&batches, 1});
    request.batches = limit.whole(0, uint64_t{1} << 53);
    with(handle, [&](auto& state) { write(state.trainer.run(request), records, capacity, outcome); });
  });
}

/// `values`: the step's three numbers, or null.
CHAINRULE_EXPORT(trainer_step)
void trainer_step(const TrainerHandle* handle, const void* x, const void* y, bool labelled, const void* weights, size_t rows,
                  double* records, size_t capacity, const double* values, Outcome* outcome) {
  guard([&] {
    with(handle, [&]<typename T>(TrainerOf<T>& state) {
      const StepValues step = values != nullptr ? read_steps({values, 3})[0] : state.trainer.default_values(records[0]);
      check_batch(state.network->topology(), rows, sizeof(T));
      const Samples<T> samples = parse_samples<T>({x, y, labelled, weights, rows}, state.network->topology());
      write(state.trainer.step(samples, step), records, capacity, outcome);
    });
  });
}

/// The step whose update was not finite, or -1: then the parameters are the network's.
CHAINRULE_EXPORT(trainer_publish) double trainer_publish(const TrainerHandle* handle) {
  return guard([&] { return with(handle, [](auto& state) { return static_cast<double>(state.trainer.finish_epoch()); }); });
}

/// lib/native.ts's divergence(): two numbers, then up to `room` rows.
CHAINRULE_EXPORT(trainer_divergence) size_t trainer_divergence(const TrainerHandle* handle, double* out, size_t room) {
  return with(handle, [&](const auto& state) {
    out[0] = static_cast<double>(state.trainer.divergence().tensor);
    out[1] = state.trainer.divergence().weight;
    return state.trainer.diverged_rows(out + 2, room);
  });
}

CHAINRULE_EXPORT(trainer_abort) void trainer_abort(const TrainerHandle* handle) {
  with(handle, [](auto& state) { state.trainer.abort(); });
}

/// Arrays of its state as it is now: the first has all parameters, the others have an element for each trained one.
CHAINRULE_EXPORT(trainer_state_blocks) size_t trainer_state_blocks(const TrainerHandle* handle) {
  return with(handle, [](const auto& state) { return state.trainer.state_blocks(); });
}

/// `position`: first step, first epoch, steps, epochs, steps of the optimizer. `blocks`: the arrays one behind the other, and the
/// snapshot's, if one is given.
CHAINRULE_EXPORT(trainer_read_state)
void trainer_read_state(const TrainerHandle* handle, const AnySnapshot* extra, double* position, void* blocks) {
  guard([&] {
    with(handle, [&]<typename T>(TrainerOf<T>& state) {
      const Network<T>& network = *state.network;
      std::vector<T*> arrays;
      T* next = static_cast<T*>(blocks);
      for (size_t i = 0; i < state.trainer.state_blocks(); next += state.trainer.state_size(i++)) arrays.push_back(next);
      state.trainer.read_state(arrays);
      if (extra != nullptr) block_to_rows(network.topology().parameters, network.kernels(), snapshot_for(network, *extra)->data(), next);
      const auto [started_at, progress, updates] = state.trainer.position();
      const uint64_t counts[] = {started_at.steps, started_at.epochs, progress.steps, progress.epochs, updates};
      std::copy(std::begin(counts), std::end(counts), position);
    });
  });
}

/// The same, `count` arrays; there may be another number of them than it has now.
CHAINRULE_EXPORT(trainer_write_state)
void trainer_write_state(const TrainerHandle* handle, const double* position, const void* blocks, size_t count) {
  guard([&] {
    Numbers numbers({position, 5});
    const auto next_count = [&] { return numbers.whole(0, uint64_t{1} << 53); };
    Progress started_at{next_count(), next_count()};
    Progress progress{next_count(), next_count()};
    const uint64_t updates = next_count();
    require(started_at.steps <= progress.steps && started_at.epochs <= progress.epochs, "the state ends before it begins");
    with(handle, [&]<typename T>(TrainerOf<T>& state) {
      std::vector<const T*> arrays;
      const T* next = static_cast<const T*>(blocks);
      for (size_t i = 0; i < count; next += state.trainer.state_size(i++)) arrays.push_back(next);
      state.trainer.write_state(arrays, {started_at, progress, updates});
    });
  });
}

}  // namespace chainrule
