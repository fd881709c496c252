// Training in a group: the bits of one process, for any number of ranks.
#include <algorithm>
#include <cmath>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "check.h"
#include "layers.h"
#include "math/contract.h"
#include "nn/trainer.h"
#include "threads_group.h"

using namespace chainrule;

namespace {

constexpr size_t kInputs = 21, kOutputs = 3, kShards = 16;

NetworkSpec network_spec(const std::vector<LayerSpec>& hidden) {
  NetworkSpec spec{};
  spec.input_size = kInputs;
  spec.layers = hidden;
  spec.layers.push_back(dense(kOutputs, Activation::linear));
  spec.loss.kind = Loss::mse;
  spec.seed = 11;
  return spec;
}

struct Result {
  std::vector<std::vector<double>> state;
  RunResult run;

  bool operator==(const Result& other) const {
    return state == other.state && run.loss == other.run.loss && run.metrics == other.run.metrics && run.steps == other.run.steps;
  }
};

template <typename T>
struct Data {
  explicit Data(size_t count) : rows(count), x(count * kInputs), y(count * kOutputs), weights(count) {
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(std::sin(1.7 * static_cast<double>(i)));
    for (size_t i = 0; i < y.size(); ++i) y[i] = static_cast<T>(3 * std::cos(0.9 * static_cast<double>(i)));
    for (size_t i = 0; i < rows; ++i) weights[i] = static_cast<T>(1 + i % 3);
  }
  /// The part of a rank.
  Samples<T> part(size_t rank, size_t size, bool weighted) const {
    const size_t begin = rows * rank / size;
    return {x.data() + begin * kInputs, y.data() + begin * kOutputs, nullptr, rows * (rank + 1) / size - begin,
            weighted ? weights.data() + begin : nullptr};
  }

  size_t rows;
  std::vector<T> x, y, weights;
};

template <typename T>
Result result_of(const Network<T>& network, Trainer<T>& trainer, RunResult run) {
  Result result;
  std::vector<std::vector<T>> arrays;
  std::vector<T*> pointers;
  for (size_t i = 0; i < trainer.state_blocks(); ++i) arrays.emplace_back(network.topology().parameters.count());
  for (std::vector<T>& array : arrays) pointers.push_back(array.data());
  trainer.gather_state();
  trainer.read_state(pointers);
  for (const std::vector<T>& array : arrays) result.state.emplace_back(array.begin(), array.end());
  result.run = std::move(run);
  return result;
}

template <typename T>
Result train(const NetworkSpec& network_spec, const TrainerSpec& spec, const Data<T>& data, bool weighted, const ChainruleGroup* table) {
  auto network = std::make_shared<Network<T>>(network_spec);
  const size_t size = table == nullptr ? 1 : table->size;
  auto group = table == nullptr ? nullptr : std::make_shared<const Group>(*table);
  Trainer<T> trainer(network, spec, data.part(table == nullptr ? 0 : table->rank, size, weighted), group, data.rows);
  RunResult run = trainer.run({std::vector<double>(3, 0.05), std::chrono::hours(1)});
  return result_of(*network, trainer, std::move(run));
}

TrainerSpec trainer_spec(Optimizer optimizer) {
  TrainerSpec spec{};
  spec.optimizer.kind = optimizer;
  spec.optimizer.beta1 = 0.9;
  spec.optimizer.beta2 = 0.999;
  spec.optimizer.epsilon = 1e-8;
  spec.batch_size = 64;
  spec.shards = kShards;
  spec.metrics = true;
  spec.shuffle = true;
  return spec;
}

template <typename T>
void check_ranks(const std::vector<LayerSpec>& hidden, const TrainerSpec& spec, size_t rows, bool weighted,
                 std::vector<uint32_t> sizes = {1, 2, 4, 8, 16}) {
  const NetworkSpec network = network_spec(hidden);
  const Data<T> data(rows);
  const Result alone = train<T>(network, spec, data, weighted, nullptr);
  CHECK_EQ(alone.run.loss.size(), size_t{3});
  for (const uint32_t size : sizes) {
    ThreadsGroup group(size);
    std::vector<Result> results(size);
    group.run([&](size_t rank) { results[rank] = train<T>(network, spec, data, weighted, &group.rank(rank)); });
    for (const Result& result : results) CHECK(result == alone);
    CHECK_EQ(group.users(), 0);
  }
}

}  // namespace

TEST(any_number_of_ranks_gives_the_bits_of_one_process) {
  const std::vector<LayerSpec> hidden = {dense(37, Activation::tanh), dense(50, Activation::relu)};
  // Whole batches, a short last one, and one in which most ranks have no rows.
  for (const size_t rows : {64UL, 256UL, 301UL, 129UL}) {
    check_ranks<float>(hidden, trainer_spec(Optimizer::adam), rows, false);
    check_ranks<double>(hidden, trainer_spec(Optimizer::sgd), rows, true);
  }
}

TEST(large_layers_are_summed_in_pieces_while_others_are_computed) {
  const std::vector<LayerSpec> hidden = {dense(700, Activation::relu), dense(517, Activation::relu)};
  TrainerSpec spec = trainer_spec(Optimizer::adam);
  spec.batch_size = kShards;
  check_ranks<float>(hidden, spec, kShards + 4, false, {2, 4, 16});
}

TEST(steps_of_several_batches_are_the_same_in_a_group) {
  const std::vector<LayerSpec> hidden = {dense(37, Activation::tanh)};
  TrainerSpec spec = trainer_spec(Optimizer::adam);
  spec.accumulate = 3;
  spec.clip_norm = 0.1;
  spec.average_decay = 0.9;
  check_ranks<float>(hidden, spec, 301, true);
  spec.accumulate = 1;
  spec.clip_norm = 0;
  spec.clip_value = 0.01;
  spec.drop_last = true;
  check_ranks<double>(hidden, spec, 301, false);
}

TEST(a_rank_that_is_gone_ends_the_others) {
  const NetworkSpec network = network_spec({dense(37, Activation::tanh)});
  const Data<float> data(256);
  ThreadsGroup group(4);
  group.patience = std::chrono::milliseconds(200);
  std::vector<std::string> reasons(4);
  group.run([&](size_t rank) {
    if (rank == 2) return;
    try {
      train<float>(network, trainer_spec(Optimizer::adam), data, false, &group.rank(rank));
    } catch (const GroupError& error) {
      reasons[rank] = error.what();
    }
  });
  CHECK_EQ(reasons[3], std::string("rank 2 has not answered"));
  for (const size_t rank : {0U, 1U}) CHECK(!reasons[rank].empty());
  CHECK_EQ(group.users(), 0);
}

/// Always 0; `fails` in its third call.
class PlannedLoss : public CustomLoss<float> {
 public:
  explicit PlannedLoss(bool fails) : fails_(fails) {}
  Arrays arrays() override { return {outputs_.data(), targets_.data(), losses_.data(), gradient_.data()}; }
  void compute(size_t, bool) override {
    if (++calls_ == 3 && fails_) throw std::bad_alloc();
  }

 private:
  const bool fails_;
  std::vector<float> outputs_ = std::vector<float>(kRowsAtOnce * kOutputs), targets_ = outputs_, gradient_ = outputs_;
  std::vector<float> losses_ = std::vector<float>(kRowsAtOnce);
  int calls_ = 0;
};

TEST(an_error_of_one_rank_is_told_to_the_others) {
  NetworkSpec spec = network_spec({dense(37, Activation::tanh)});
  spec.loss.kind = Loss::custom;
  const Data<float> data(256);
  for (const bool steps : {false, true}) {
    ThreadsGroup group(4);
    std::vector<std::string> reasons(4);
    group.run([&](size_t rank) {
      Trainer<float> trainer(std::make_shared<Network<float>>(spec), trainer_spec(Optimizer::adam), data.part(rank, 4, false),
                             std::make_shared<const Group>(group.rank(rank)), data.rows);
      PlannedLoss loss(rank == 2);
      trainer.set_custom_loss(&loss);
      try {
        if (!steps) trainer.run({std::vector<double>(3, 0.05), std::chrono::hours(1)});
        while (steps) trainer.step(data.part(rank, 4, false), trainer.default_values(0.05), data.rows);
      } catch (const GroupError& error) {
        reasons[rank] = error.what();
      } catch (const std::bad_alloc&) {
        reasons[rank] = "its own";
      }
    });
    for (size_t rank = 0; rank < 4; ++rank)
      CHECK_EQ(reasons[rank], std::string(rank == 2 ? "its own" : "rank 2 has failed: not enough memory"));
  }
}

TEST(an_abort_ends_all_ranks_after_the_same_batch) {
  const NetworkSpec spec = network_spec({dense(37, Activation::tanh)});
  const Data<float> data(256);
  ThreadsGroup group(4);
  std::vector<RunResult> results(4);
  group.run([&](size_t rank) {
    auto network = std::make_shared<Network<float>>(spec);
    Trainer<float> trainer(network, trainer_spec(Optimizer::adam), data.part(rank, 4, false),
                           std::make_shared<const Group>(group.rank(rank)), data.rows);
    trainer.run({std::vector<double>(2, 0.05), std::chrono::hours(1)});
    if (rank == 3) trainer.abort();
    results[rank] = trainer.run({std::vector<double>(1000, 0.05), std::chrono::hours(1)});
  });
  for (const RunResult& result : results) {
    CHECK(result.aborted);
    CHECK_EQ(result.batches, uint64_t{0});
  }
}

template <typename Body>
bool refuses(const Body& body) {
  try {
    body();
  } catch (const ContractViolation&) {
    return true;
  }
  return false;
}

TEST(a_group_refuses_what_does_not_belong_to_it) {
  ThreadsGroup group(2);
  ChainruleGroup other = group.rank(0);
  other.version = 99;
  CHECK(refuses([&] { Group refused(other); }));
  other = group.rank(0);
  other.size = 3;
  CHECK(refuses([&] { Group refused(other); }));
  const Data<float> data(256);
  const auto make = [&](const TrainerSpec& spec, uint64_t all_rows) {
    Trainer<float>(std::make_shared<Network<float>>(network_spec({})), spec, data.part(0, 2, false),
                   std::make_shared<const Group>(group.rank(0)), all_rows);
  };
  CHECK(refuses([&] { make(trainer_spec(Optimizer::adam), 400); }));
  TrainerSpec odd = trainer_spec(Optimizer::adam);
  odd.shards = 1;
  CHECK(refuses([&] { make(odd, 256); }));
}
