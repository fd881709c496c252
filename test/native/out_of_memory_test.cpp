// Memory that runs out at every allocation in turn. Each failure must leave things so that the next use works, with the bits of one that
// never failed.
#include <functional>
#include <memory>
#include <vector>

#include "check.h"
#include "failing_allocations.h"
#include "layers.h"
#include "nn/predictor.h"
#include "nn/trainer.h"

using namespace chainrule;

namespace {

constexpr size_t kRows = 40, kInputs = 9, kOutputs = 4;

/// A network that a SmallPass does, and one that takes every kind of buffer.
NetworkSpec network_spec(bool small, bool bf16) {
  NetworkSpec spec{};
  spec.input_size = kInputs;
  spec.layers = {dense(12, Activation::tanh), dense(kOutputs, Activation::softmax)};
  if (!small) spec.layers = {dropout(0.1), dense(33, Activation::gelu), dropout(0.2), dense(20, Activation::tanh), spec.layers.back()};
  spec.loss.kind = Loss::crossEntropy;
  spec.seed = 7;
  spec.bf16_products = bf16;
  return spec;
}

OptimizerSpec optimizer_spec(Optimizer kind) {
  OptimizerSpec spec{};
  spec.kind = kind;
  spec.learning_rate = 0.01;
  spec.momentum = 0.9;
  spec.beta1 = 0.9;
  spec.beta2 = 0.999;
  spec.epsilon = 1e-8;
  return spec;
}

template <typename T>
struct Data {
  Data() : x(kRows * kInputs), values(kRows * kOutputs), labels(kRows) {
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(static_cast<int>(i * 37 % 101) - 50) / T{64};
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(i % kOutputs == 0 ? 1 : 0);
    for (size_t i = 0; i < kRows; ++i) labels[i] = static_cast<int32_t>(i * 31 % kOutputs);
  }
  Samples<T> labelled(size_t rows) const { return {x.data(), nullptr, labels.data(), rows}; }
  Samples<T> valued(size_t rows) const { return {x.data(), values.data(), nullptr, rows}; }
  std::vector<T> x, values;
  std::vector<int32_t> labels;
};

template <typename T>
std::vector<T> parameters_of(const Network<T>& network) {
  const Snapshot<T> snapshot = network.snapshot();
  return {snapshot->data(), snapshot->data() + snapshot->size()};
}

/// Makes a fresh subject for each allocation of `use`, and fails that one and all after it. Then `finish` must return the same as without
/// a failure. Returns how many there were.
template <typename Subject, typename Use, typename Finish>
size_t fail_each(const std::function<std::unique_ptr<Subject>()>& make, const Use& use, const Finish& finish) {
  const auto whole = make();
  use(*whole);
  const auto expected = finish(*whole);
  for (size_t first = 0;; ++first) {
    const auto subject = make();
    bool failed = false;
    bool thrown = false;
    {
      const check::FailingAllocations failing(first);
      try {
        use(*subject);
      } catch (const std::bad_alloc&) {
        thrown = true;
      }
      failed = failing.failed();
    }
    if (!failed) return first;
    // It may also do without that memory.
    if (thrown) use(*subject);
    CHECK(finish(*subject) == expected);
  }
}

template <typename T>
struct Used {
  explicit Used(const NetworkSpec& spec)
      : network(std::make_shared<Network<T>>(spec)),
        predictor(*network),
        backprop(network->topology(), network->kernels()),
        gradients(network->topology().parameters.count()) {}
  double backward(const Samples<T>& batch) { return loss = network->backward(backprop, batch, gradients.data()); }
  void update(Optimizer kind) { CHECK(network->update(gradients.data(), optimizer_spec(kind)) == UpdateResult::updated); }

  const Data<T> data;
  const std::shared_ptr<Network<T>> network;
  Predictor<T> predictor;
  Backprop<T> backprop;
  std::vector<T> gradients;
  double loss = 0;
};

template <typename T>
void backward_fails(const NetworkSpec& spec) {
  const auto make = [&] { return std::make_unique<Used<T>>(spec); };
  const auto gradients = [](Used<T>& used) { return used.gradients; };
  // From nothing; from fewer rows; from other targets.
  CHECK_LE(4U, fail_each<Used<T>>(
                   make, [](Used<T>& used) { used.backward(used.data.labelled(kRows)); }, gradients));
  const auto warm = [&] {
    auto used = make();
    used->backward(used->data.labelled(3));
    return used;
  };
  CHECK_LE(4U, fail_each<Used<T>>(
                   warm, [](Used<T>& used) { used.backward(used.data.labelled(kRows)); }, gradients));
  CHECK_LE(1U, fail_each<Used<T>>(
                   warm, [](Used<T>& used) { used.backward(used.data.valued(3)); }, gradients));
}

template <typename T>
void predictor_fails(const NetworkSpec& spec) {
  const auto make = [&] {
    auto used = std::make_unique<Used<T>>(spec);
    std::vector<T> out(2 * kOutputs);
    used->predictor.predict(used->data.x.data(), 2, out.data());
    return used;
  };
  std::vector<T> out(kRows * kOutputs);
  const auto predict = [&](Used<T>& used) { used.predictor.predict(used.data.x.data(), kRows, out.data()); };
  CHECK_LE(1U, fail_each<Used<T>>(make, predict, [&](Used<T>&) { return out; }));
  const auto evaluate = [](Used<T>& used) { used.loss = used.predictor.evaluate(used.data.valued(kRows)).loss; };
  CHECK_LE(3U, fail_each<Used<T>>(make, evaluate, [](Used<T>& used) { return used.loss; }));
}

template <typename T>
void update_fails(const NetworkSpec& spec) {
  const auto make = [&] {
    auto used = std::make_unique<Used<T>>(spec);
    used->backward(used->data.labelled(kRows));
    used->update(Optimizer::sgd);
    return used;
  };
  // The first update of another optimizer allocates its state; the next one needs it.
  const auto update = [](Used<T>& used) { used.update(Optimizer::adam); };
  const auto again = [&](Used<T>& used) {
    update(used);
    return parameters_of(*used.network);
  };
  CHECK_LE(5U, fail_each<Used<T>>(make, update, again));
  const auto write = [](Used<T>& used) { CHECK(used.network->write_parameter(1, used.data.x.data())); };
  CHECK_LE(2U, fail_each<Used<T>>(make, write, again));
}

/// Adam; with accumulated and clipped gradients and an average of the parameters, or without.
TrainerSpec trainer_spec(bool with_options) {
  TrainerSpec spec{optimizer_spec(Optimizer::adam), 16, true, true};
  if (!with_options) return spec;
  spec.accumulate = 2;
  spec.clip_norm = 0.5;
  spec.average_decay = 0.9;
  return spec;
}

template <typename T>
struct Training {
  Training(const NetworkSpec& spec, bool with_options)
      : network(std::make_shared<Network<T>>(spec)), trainer(network, trainer_spec(with_options), data.labelled(kRows)) {}

  /// All epochs up to number `epochs`, from where it stands.
  void run_to(size_t epochs) {
    const auto done = static_cast<size_t>(trainer.position().progress.epochs);
    if (done < epochs) trainer.run({std::vector<double>(epochs - done, 0.01), std::chrono::hours(1)});
  }
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

template <typename T>
void trainer_fails(const NetworkSpec& spec, bool with_options) {
  const auto make = [&] { return std::make_unique<Training<T>>(spec, with_options); };
  const auto state = [](Training<T>& training) {
    CHECK_EQ(int64_t{-1}, training.trainer.finish_epoch());
    CHECK_EQ(training.network->progress().steps, training.trainer.position().progress.steps);
    return training.state();
  };
  CHECK_LE(6U, fail_each<Training<T>>(
                   make, [](Training<T>& training) { training.run_to(3); }, state));

  const auto step = [](Training<T>& training) { training.trainer.step(training.data.labelled(7), {0.01, 0, 1}); };
  CHECK_LE(4U, fail_each<Training<T>>(make, step, state));

  // A snapshot that is kept while training goes on, and restored: what restoreBest does.
  std::vector<std::vector<T>> saved;
  const auto trained = [&] {
    auto training = make();
    training->run_to(1);
    saved = training->state();
    training->run_to(2);
    return training;
  };
  const auto restore = [&](Training<T>& training) {
    std::vector<const T*> pointers;
    for (const std::vector<T>& array : saved) pointers.push_back(array.data());
    Trainer<T> other(training.network, trainer_spec(with_options), training.data.labelled(kRows));
    other.write_state(pointers, {{0, 0}, {3, 1}, 3});
  };
  CHECK_LE(4U, fail_each<Training<T>>(trained, restore, [](Training<T>& training) { return parameters_of(*training.network); }));
}

template <typename T>
void network_fails(const NetworkSpec& spec) {
  std::unique_ptr<Network<T>> made;
  const auto make = [&] { return std::make_unique<int>(0); };
  const auto use = [&](int&) { made = std::make_unique<Network<T>>(spec); };
  CHECK_LE(3U, fail_each<int>(make, use, [&](int&) { return parameters_of(*made); }));
}

template <typename T>
void everything_fails(bool bf16) {
  for (const bool small : {true, false}) {
    const NetworkSpec spec = network_spec(small, bf16);
    network_fails<T>(spec);
    backward_fails<T>(spec);
    predictor_fails<T>(spec);
    update_fails<T>(spec);
    for (const bool with_options : {true, false}) trainer_fails<T>(spec, with_options);
  }
}

}  // namespace

TEST(out_of_memory_at_each_allocation_f32) { everything_fails<float>(false); }
TEST(out_of_memory_at_each_allocation_f64) { everything_fails<double>(false); }
TEST(out_of_memory_at_each_allocation_bf16) {
  if (bf16_kernels() != nullptr) everything_fails<float>(true);
}
