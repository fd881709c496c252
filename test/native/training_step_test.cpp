// Steps that are more than one batch's gradient: accumulated, clipped, averaged over steps; against plain formulas.
#include "nn/training_step.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "check.h"
#include "layers.h"
#include "nn/trainer.h"

using namespace chainrule;

namespace {

constexpr size_t kRows = 50, kInputs = 21, kOutputs = 3;
constexpr double kRate = 0.05;

/// A network of one panel for the small pass, or of several.
NetworkSpec network_spec(bool is_small) {
  NetworkSpec spec{};
  spec.input_size = is_small ? 5 : kInputs;
  spec.layers = {dense(is_small ? 7 : 37, Activation::tanh), dense(kOutputs, Activation::linear)};
  spec.loss.kind = Loss::mse;
  spec.seed = 11;
  return spec;
}

TrainerSpec sgd(size_t batch_size) {
  TrainerSpec spec{};
  spec.optimizer.kind = Optimizer::sgd;
  spec.batch_size = batch_size;
  return spec;
}

template <typename T>
struct Training {
  Training(const TrainerSpec& spec, bool is_small)
      : x(kRows * kInputs),
        y(kRows * kOutputs),
        network(std::make_shared<Network<T>>(network_spec(is_small))),
        trainer(network, spec, view()) {
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(std::sin(1.7 * static_cast<double>(i)));
    for (size_t i = 0; i < y.size(); ++i) y[i] = static_cast<T>(3 * std::cos(0.9 * static_cast<double>(i)));
  }
  Samples<T> view() const { return {x.data(), y.data(), nullptr, kRows}; }
  size_t count() const { return network->topology().parameters.count(); }
  void run(size_t epochs) { trainer.run({std::vector<double>(epochs, kRate), std::chrono::hours(1)}); }
  /// The network's parameters, then the rest of the state.
  std::vector<std::vector<T>> state() const {
    std::vector<std::vector<T>> arrays(trainer.state_blocks(), std::vector<T>(count()));
    std::vector<T*> pointers;
    for (std::vector<T>& array : arrays) pointers.push_back(array.data());
    trainer.read_state(pointers);
    return arrays;
  }
  std::vector<T> parameters() const { return state()[0]; }
  std::vector<T> gradient() const {
    Backprop<T> buffers(network->topology(), network->kernels());
    std::vector<T> gradients(count());
    network->backward(buffers, view(), gradients.data());
    return gradients;
  }

  std::vector<T> x, y;
  const std::shared_ptr<Network<T>> network;
  Trainer<T> trainer;
};

template <typename T>
double distance(const std::vector<T>& a, const std::vector<T>& b) {
  double most = 0;
  for (size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  return most;
}

template <typename T>
constexpr double kNear = sizeof(T) == 4 ? 3e-6 : 1e-14;

/// Batches of 7 rows, four to a step: the last step of an epoch has 28 + 22 rows, in batches of 7, 7, 7 and 1.
template <typename T>
void accumulates(bool is_small) {
  TrainerSpec spec = sgd(7);
  spec.accumulate = 4;
  Training<T> accumulated(spec, is_small), whole(sgd(28), is_small), other(sgd(7), is_small);
  const RunResult result = accumulated.trainer.run({{kRate, kRate}, std::chrono::hours(1)});
  CHECK_EQ(result.batches, uint64_t{16});
  CHECK_EQ(result.steps, uint64_t{4});
  CHECK_EQ(accumulated.trainer.position().updates, uint64_t{4});
  whole.run(2);
  other.run(2);
  CHECK_LE(distance(accumulated.parameters(), whole.parameters()), kNear<T>);
  CHECK_LE(1e-3, distance(accumulated.parameters(), other.parameters()));
}

/// The same batches one by one, as a stream has them: the end of an epoch takes the step of those that are waiting.
template <typename T>
void accumulates_streams(bool is_small) {
  TrainerSpec spec = sgd(7);
  spec.accumulate = 3;
  Training<T> whole(spec, is_small), streamed(spec, is_small);
  whole.run(1);
  const Topology& topology = streamed.network->topology();
  for (size_t first = 0; first < kRows; first += 7) {
    Samples<T> batch = streamed.view().from(first, topology.input_size, topology.outputs);
    batch.rows = std::min<size_t>(7, batch.rows);
    const RunResult result = streamed.trainer.step(batch, {kRate, 0, 1});
    CHECK_EQ(result.steps, uint64_t{first == 14 || first == 35 ? 1U : 0U});
  }
  CHECK_EQ(streamed.trainer.finish_epoch(), int64_t{-1});
  CHECK(streamed.parameters() == whole.parameters());
}

/// An epoch that diverges drops the batches that wait for the others of their step.
template <typename T>
void drops_waiting_batches(bool is_small) {
  TrainerSpec spec = sgd(20);
  spec.accumulate = 2;
  Training<T> whole(spec, is_small), diverged(spec, is_small);
  T& of_second_batch = diverged.x[30 * diverged.network->topology().input_size];
  const T before = std::exchange(of_second_batch, std::numeric_limits<T>::quiet_NaN());
  const RunResult result = diverged.trainer.run({{kRate}, std::chrono::hours(1)});
  CHECK_EQ(result.batches, uint64_t{1});
  CHECK_EQ(result.diverged_at_step, int64_t{1});
  of_second_batch = before;
  diverged.run(1);
  whole.run(1);
  CHECK(diverged.parameters() == whole.parameters());
}

template <typename T>
void clips(bool is_small) {
  const Training<T> before(sgd(kRows), is_small);
  const std::vector<T> start = before.parameters(), gradient = before.gradient();
  double squares = 0;
  for (const T g : gradient) squares += static_cast<double>(g) * static_cast<double>(g);
  const double norm = std::sqrt(squares);
  const auto check = [&](const TrainerSpec& spec, const auto& clipped) {
    Training<T> training(spec, is_small);
    training.run(1);
    std::vector<T> wanted = start;
    for (size_t i = 0; i < wanted.size(); ++i) wanted[i] -= static_cast<T>(kRate * clipped(static_cast<double>(gradient[i])));
    CHECK_LE(distance(training.parameters(), wanted), kNear<T>);
  };
  TrainerSpec spec = sgd(kRows);
  for (const double most : {norm / 3, norm * 3}) {
    spec.clip_norm = most;
    check(spec, [&](double g) { return g * std::min(1.0, most / (norm + 1e-6)); });
  }
  spec.clip_norm = 0;
  const double most = norm / 20;
  spec.clip_value = most;
  check(spec, [&](double g) { return std::clamp(g, -most, most); });
  CHECK(std::any_of(gradient.begin(), gradient.end(), [&](T g) { return std::abs(static_cast<double>(g)) > 2 * most; }));
}

template <typename T>
void averages(bool is_small) {
  TrainerSpec spec = sgd(20);
  Training<T> plain(spec, is_small);
  constexpr double kDecay = 0.75;
  spec.average_decay = kDecay;
  Training<T> averaged(spec, is_small);
  averaged.run(2);
  std::vector<T> average;
  RunRequest one{{kRate, kRate}, std::chrono::hours(1)};
  one.batches = 1;
  for (int step = 0; step < 6; ++step) {
    plain.trainer.run(one);
    const std::vector<T> latest = plain.parameters();
    if (step == 0) average = latest;
    for (size_t i = 0; i < average.size(); ++i) average[i] = static_cast<T>(kDecay) * average[i] + static_cast<T>(1 - kDecay) * latest[i];
  }
  CHECK_LE(distance(averaged.parameters(), average), kNear<T>);
  CHECK(averaged.state().back() == plain.parameters());  // what is trained is not the average
}

/// A run that loses its steps at the end gets back what was published: the average.
template <typename T>
void gives_up_an_average(bool is_small) {
  TrainerSpec spec = sgd(20);
  spec.average_decay = 0.75;
  Training<T> once(spec, is_small), diverged(spec, is_small);
  once.run(1);
  RunRequest request{{kRate, kRate}, std::chrono::hours(1)};
  request.steps.assign(6, {kRate, 0, 1});
  request.steps[4].learning_rate = 1e300;
  CHECK_EQ(diverged.trainer.run(request).diverged_at_step, int64_t{5});
  CHECK(diverged.parameters() == once.parameters());
}

template <typename T>
void diverges_by_the_norm(bool is_small) {
  TrainerSpec spec = sgd(20);
  spec.clip_norm = 1;
  Training<T> training(spec, is_small);
  // The loss is finite, the squares of gradients are not.
  for (T& x : training.x) x *= static_cast<T>(sizeof(T) == 4 ? 1e15 : 1e100);
  for (T& y : training.y) y *= static_cast<T>(sizeof(T) == 4 ? 1e10 : 1e60);
  std::vector<std::vector<T>> state = training.state();
  std::fill_n(state[0].begin(), training.network->topology().parameters.all()[0].size(), T{0});
  training.trainer.write_state(std::vector<const T*>{state[0].data()}, training.trainer.position());
  const std::vector<T> before = training.parameters();
  CHECK_EQ(training.trainer.run({{kRate}, std::chrono::hours(1)}).diverged_at_step, int64_t{0});
  CHECK(training.parameters() == before);
}

/// All options together, in one run and in two trainings that hand on their state.
template <typename T>
void resumes(bool is_small) {
  TrainerSpec spec = sgd(7);
  spec.optimizer.kind = Optimizer::adam;
  spec.optimizer.beta1 = 0.9;
  spec.optimizer.beta2 = 0.999;
  spec.optimizer.epsilon = 1e-8;
  spec.shuffle = true;
  spec.accumulate = 3;
  spec.clip_norm = 0.5;
  spec.average_decay = 0.9;
  Training<T> whole(spec, is_small), first(spec, is_small), second(spec, is_small);
  whole.run(4);
  first.run(2);
  const std::vector<std::vector<T>> state = first.state();
  std::vector<const T*> pointers;
  for (const std::vector<T>& array : state) pointers.push_back(array.data());
  second.run(1);  // which is forgotten,
  RunRequest waiting{{kRate}, std::chrono::hours(1)};
  waiting.batches = 1;
  second.trainer.run(waiting);  // and so is a batch that waits for the others of its step
  second.trainer.write_state(pointers, first.trainer.position());
  CHECK(second.state() == state);
  second.run(2);
  CHECK(second.state() == whole.state());
}

template <typename Body>
void for_both(Body body) {
  for (const bool is_small : {false, true}) {
    body(float{}, is_small);
    body(double{}, is_small);
  }
}

}  // namespace

TEST(gradients_of_batches_are_accumulated) {
  for_both([](auto type, bool is_small) {
    accumulates<decltype(type)>(is_small);
    accumulates_streams<decltype(type)>(is_small);
    drops_waiting_batches<decltype(type)>(is_small);
  });
}

TEST(gradients_are_clipped) {
  for_both([](auto type, bool is_small) {
    clips<decltype(type)>(is_small);
    diverges_by_the_norm<decltype(type)>(is_small);
  });
}

TEST(parameters_are_averaged_over_steps) {
  for_both([](auto type, bool is_small) {
    averages<decltype(type)>(is_small);
    gives_up_an_average<decltype(type)>(is_small);
  });
}

TEST(steps_of_every_sort_are_resumed) {
  for_both([](auto type, bool is_small) { resumes<decltype(type)>(is_small); });
}
