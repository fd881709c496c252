// Whole trainings whose bits are known: they are the same for every instruction set, so also for those of machines that no test of the
// package runs on (scripts/test-arm64.js).
#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "check.h"
#include "isas.h"
#include "layers.h"
#include "math/contract.h"
#include "nn/trainer.h"

using namespace chainrule;

namespace {

constexpr size_t kRows = 75, kInputs = 19, kClasses = 5;
constexpr size_t kBatch = 16;  // so the last batch is short

NetworkSpec network_spec() {
  NetworkSpec spec{};
  spec.input_size = kInputs;
  spec.layers = {dropout(0.1), dense(33, Activation::gelu), dropout(0.25), dense(17, Activation::tanh),
                 dense(kClasses, Activation::softmax)};
  spec.loss.kind = Loss::crossEntropy;
  spec.seed = 0x123456789abcdef;
  return spec;
}

OptimizerSpec optimizer_spec(Optimizer kind) {
  OptimizerSpec spec{};
  spec.kind = kind;
  spec.weight_decay = 0.001;
  spec.momentum = 0.9;
  spec.beta1 = 0.9;
  spec.beta2 = 0.999;
  spec.alpha = 0.99;
  spec.epsilon = 1e-8;
  spec.centered = true;
  spec.learning_rate_decay = 0.01;
  spec.initial_accumulator = 0.1;
  spec.momentum_decay = 0.004;
  spec.rho = 0.9;
  spec.eta_minus = 0.5;
  spec.eta_plus = 1.2;
  spec.min_step = 1e-6;
  spec.max_step = 0.05;
  return spec;
}

/// Made of integers: the same on every platform.
template <typename T>
struct Data {
  Data() : x(kRows * kInputs), labels(kRows) {
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(static_cast<int>(i * 7919 % 1009) - 504) / T{256};
    for (size_t i = 0; i < kRows; ++i) labels[i] = static_cast<int32_t>(i * 31 % kClasses);
  }
  Samples<T> view() const { return {x.data(), nullptr, labels.data(), kRows}; }
  std::vector<T> x;
  std::vector<int32_t> labels;
};

template <typename T>
struct Training {
  explicit Training(Optimizer kind)
      : network(std::make_shared<Network<T>>(network_spec())), trainer(network, {optimizer_spec(kind), kBatch, true, true}, data.view()) {}

  void run(int epochs) { CHECK_EQ(trainer.run({std::vector<double>(epochs, 0.01), std::chrono::hours(1)}).loss.size(), size_t(epochs)); }

  /// The state: parameters, then the optimizer's arrays.
  std::vector<std::vector<T>> state() {
    std::vector<std::vector<T>> arrays(trainer.state_blocks(), std::vector<T>(network->topology().parameters.count()));
    std::vector<T*> pointers;
    for (std::vector<T>& array : arrays) pointers.push_back(array.data());
    trainer.read_state(pointers);
    return arrays;
  }

  const Data<T> data;
  const std::shared_ptr<Network<T>> network;
  Trainer<T> trainer;
};

/// FNV-1a, 64 bits.
template <typename Values>
uint64_t hash(const Values& values) {
  std::vector<unsigned char> bytes(values.size() * sizeof(*values.data()));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  uint64_t h = 0xcbf29ce484222325;
  for (const unsigned char byte : bytes) h = (h ^ byte) * 0x100000001b3;
  return h;
}

struct Known {
  Optimizer kind;
  uint64_t f32, f64;
};

/// A change to the kernels that changes bits is a decision: then the failed checks print the new ones.
constexpr Known kKnown[] = {
    {Optimizer::sgd, 7262643367937863610u, 12308528577146844081u},     {Optimizer::adam, 12824441615702286621u, 17240700984490204028u},
    {Optimizer::adamw, 12039394979913710312u, 16818029760577908036u},  {Optimizer::rmsprop, 6919266838538631347u, 4946112177449489398u},
    {Optimizer::adagrad, 3371883800279837948u, 15918862155412021902u}, {Optimizer::nadam, 11302010700690680011u, 18378078325294235299u},
    {Optimizer::radam, 15867738856914428193u, 4225395514015864602u},   {Optimizer::adamax, 2748954196260040179u, 16597549329586773137u},
    {Optimizer::adadelta, 3661728122431199658u, 7948878722365409761u}, {Optimizer::rprop, 1487717242715553805u, 7936183413139751781u},
    {Optimizer::lion, 5385592784711085227u, 2424396141313574248u},
};

template <typename T>
uint64_t trained_bits(Optimizer kind) {
  Training<T> training(kind);
  training.run(3);
  return hash(training.state()[0]);
}

template <typename T>
void goes_on_elsewhere(Optimizer kind) {
  Training<T> whole(kind), first(kind), second(kind);
  whole.run(5);
  first.run(2);
  const std::vector<std::vector<T>> state = first.state();
  second.run(1);  // whatever it did before is forgotten
  std::vector<const T*> pointers;
  for (const std::vector<T>& array : state) pointers.push_back(array.data());
  second.trainer.write_state(pointers, first.trainer.position());
  CHECK(second.state() == state);
  CHECK_EQ(second.network->progress().steps, first.network->progress().steps);
  second.run(3);
  CHECK(second.state() == whole.state());
}

/// Runs one epoch by runs that have no time at all, and returns how many there were.
template <typename T>
int run_batch_by_batch(Training<T>& training) {
  for (int runs = 1;; ++runs)
    if (!training.trainer.run({{0.01}, std::chrono::seconds(0), true}).loss.empty()) return runs;
}

template <typename T>
void pauses() {
  constexpr int kBatches = (kRows + kBatch - 1) / kBatch;
  Training<T> whole(Optimizer::adam), paused(Optimizer::adam);
  whole.run(2);
  for (int epoch = 0; epoch < 2; ++epoch) CHECK_EQ(run_batch_by_batch(paused), kBatches);
  CHECK(paused.state() == whole.state());
  // Only the first epoch of a run can be left in the middle: the second is not begun.
  CHECK_EQ(paused.trainer.run({{0.01, 0.01}, std::chrono::hours(1), true}).loss.size(), size_t{2});

  const std::vector<std::vector<T>> before = whole.state();
  CHECK(whole.trainer.run({{0.01}, std::chrono::seconds(0), true}).loss.empty());
  whole.trainer.abort();
  CHECK(whole.trainer.run({{0.01}, std::chrono::seconds(0), true}).aborted);
  CHECK(whole.state()[0] == before[0]);
}

/// A run with values for each step that are those of a run without changes no bit.
template <typename T>
void takes_values_of_each_step() {
  constexpr size_t kBatches = (kRows + kBatch - 1) / kBatch;
  Training<T> whole(Optimizer::adamw), stepped(Optimizer::adamw), decayed(Optimizer::adamw), kept(Optimizer::adamw);
  whole.run(2);
  const RunRequest plain{{1, 1}, std::chrono::hours(1)};
  RunRequest same = plain;
  same.steps.assign(2 * kBatches, {0.01, 0.001, 1});
  CHECK_EQ(stepped.trainer.steps_ahead(2, 0), uint64_t{2 * kBatches});
  const RunResult result = stepped.trainer.run(same);
  CHECK_EQ(result.batches, uint64_t{2 * kBatches});
  CHECK_EQ(result.steps, uint64_t{2 * kBatches});
  CHECK(stepped.state() == whole.state());

  // Each of the three numbers of the last step matters.
  for (double StepValues::*number : {&StepValues::learning_rate, &StepValues::weight_decay, &StepValues::dropout}) {
    Training<T> changed(Optimizer::adamw);
    RunRequest request = same;
    request.steps.back().*number *= 0.5;
    changed.trainer.run(request);
    CHECK(changed.state() != whole.state());
  }

  RunRequest few = same;
  few.steps.pop_back();
  bool refused = false;
  try {
    kept.trainer.run(few);
  } catch (const ContractViolation&) {
    refused = true;
  }
  CHECK(refused);
}

/// A factor of dropout rates gives the bits of a network with such rates, merged ones included.
template <typename T>
void scales_dropout() {
  const auto trained = [](double first, double second, double factor) {
    NetworkSpec spec = network_spec();
    spec.layers = {dense(33, Activation::gelu), dropout(first), dropout(second), dense(kClasses, Activation::softmax)};
    const auto network = std::make_shared<Network<T>>(spec);
    const Data<T> data;
    Trainer<T> trainer(network, {optimizer_spec(Optimizer::adam), kRows, false, false}, data.view());
    RunRequest request{{0, 0}, std::chrono::hours(1)};
    request.steps.assign(2, {0.01, 0, factor});
    trainer.run(request);
    return hash(*network->snapshot());
  };
  CHECK_EQ(trained(0.5, 0.25, 0.5), trained(0.25, 0.125, 1));
  CHECK_EQ(trained(0.5, 0.25, 0), trained(0, 0, 1));
  CHECK(trained(0.5, 0.25, 0.5) != trained(0.5, 0.25, 1));
}

/// Runs of a few batches, also across the end of an epoch, take the steps of one whole run.
template <typename T>
void stops_after_batches() {
  constexpr uint64_t kBatches = (kRows + kBatch - 1) / kBatch;
  Training<T> whole(Optimizer::adam), cut(Optimizer::adam);
  RunRequest all{{1, 1, 1}, std::chrono::hours(1)};
  for (uint64_t i = 0; i < 3 * kBatches; ++i) all.steps.push_back({0.01 / static_cast<double>(1 + i), 0.001, 0.5});
  const std::vector<double> losses = whole.trainer.run(all).loss;
  std::vector<double> cut_losses;
  uint64_t done = 0;
  for (const uint64_t batches : {uint64_t{3}, 2 * kBatches - 2, uint64_t{100}}) {
    const uint64_t left = 3 * kBatches - done;
    RunRequest request{std::vector<double>(3 - cut_losses.size(), 1.0), std::chrono::hours(1)};
    request.batches = batches;
    CHECK_EQ(cut.trainer.steps_ahead(request.learning_rates.size(), batches), std::min(batches, left));
    request.steps.assign(all.steps.begin() + static_cast<ptrdiff_t>(done), all.steps.end());
    const RunResult result = cut.trainer.run(request);
    CHECK_EQ(result.batches, std::min(batches, left));
    CHECK(std::isfinite(result.batch_loss) && result.batch_loss > 0);
    done += result.batches;
    cut_losses.insert(cut_losses.end(), result.loss.begin(), result.loss.end());
    CHECK_EQ(cut.network->progress().epochs, done / kBatches);
  }
  CHECK(cut_losses == losses);
  CHECK(cut.state() == whole.state());
}

}  // namespace

TEST(steps_have_values_of_their_own) {
  takes_values_of_each_step<float>();
  takes_values_of_each_step<double>();
}

TEST(dropout_rates_are_scaled) {
  scales_dropout<float>();
  scales_dropout<double>();
}

TEST(runs_end_after_some_batches) {
  stops_after_batches<float>();
  stops_after_batches<double>();
}

TEST(training_pauses_in_the_middle_of_an_epoch) {
  pauses<float>();
  pauses<double>();
}

TEST(training_bits_are_known) {
  if (!fuses(kernels())) return;
  for (const Known& known : kKnown) {
    CHECK_EQ(trained_bits<float>(known.kind), known.f32);
    CHECK_EQ(trained_bits<double>(known.kind), known.f64);
  }
}

TEST(training_goes_on_elsewhere) {
  for (const Known& known : kKnown) {
    goes_on_elsewhere<float>(known.kind);
    goes_on_elsewhere<double>(known.kind);
  }
}
