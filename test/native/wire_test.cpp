// Specifications as rows of numbers: each number arrives in its place. test/wire.test.ts feeds damaged rows to the addon.
#include "nn/wire.h"

#include <numeric>
#include <vector>

#include "check.h"
#include "math/contract.h"
#include "nn/names.h"

using namespace chainrule;

namespace {

template <typename Body>
bool is_refused(Body body) {
  try {
    body();
  } catch (const ContractViolation&) {
    return true;
  }
  return false;
}

/// `depth` layers in one another, without settings.
std::vector<double> nested(int depth) {
  std::vector<double> row = {3, 7, /**/ 0, 0, 0, 0, 0, 0, 1, 0, 0};
  for (int i = 0; i < depth; ++i) row.insert(row.end(), {1, 0, 0});
  row.insert(row.end(), {0, 0});
  return row;
}

}  // namespace

TEST(layers_arrive_in_their_places) {
  const NetworkSpec spec = read_network(std::vector<double>{3,      7, /**/ 1, 0.5, 0.25, 2,      3, 4, 6, 5,      2, 0.1, 0.9,   /**/ 2,
                                                            /**/ 1, 2, 8,      9,   1,    /**/ 0, 1, 5, 0, /**/ 0, 0, 0,   /**/ 0});
  CHECK_EQ(spec.input_size, size_t{3});
  CHECK_EQ(spec.seed, uint64_t{7});
  CHECK_EQ(static_cast<int>(spec.loss.kind), 1);
  const LossSettings<double>& s = spec.loss.settings;
  CHECK(s.delta == 0.5 && s.label_smoothing == 0.25 && s.gamma == 2 && s.positive == 3 && s.negative == 4);
  CHECK(spec.loss.targets == 6 && spec.loss.point == 5);
  CHECK(spec.loss.per_output == (std::vector<double>{0.1, 0.9}));
  CHECK_EQ(spec.layers.size(), size_t{2});
  CHECK_EQ(static_cast<int>(spec.layers[0].kind), 1);
  CHECK(spec.layers[0].settings == (std::vector<double>{8, 9}));
  CHECK_EQ(spec.layers[0].layers.size(), size_t{1});
  CHECK(spec.layers[0].layers[0].settings == (std::vector<double>{5}));
  CHECK(spec.layers[1].settings.empty() && spec.layers[1].layers.empty());
}

TEST(layers_are_nested_up_to_a_limit) {
  read_network(nested(kMaxNesting));
  CHECK(is_refused([] { read_network(nested(kMaxNesting + 1)); }));
}

TEST(settings_arrive_in_the_order_of_their_list) {
  std::vector<double> row(2 + std::size(kOptimizerSettingNames));
  std::iota(row.begin(), row.end(), 0.0);  // the first one is the number of tensors
  const OptimizerSpec spec = read_optimizer(row);
  CHECK_EQ(static_cast<int>(spec.kind), 1);
  double expected = 1;
#define SETTING(name, typescript, kind) CHECK_EQ(spec.name, static_cast<KindsOf<double>::kind>(++expected));
#include "kernels/settings.inc"
#undef SETTING
  CHECK(spec.tensors.empty());
  row.pop_back();
  CHECK(is_refused([&] { read_optimizer(row); }));
}

TEST(tensors_have_rows_of_settings) {
  const std::vector<double> rows = {2, 0.5, 1, 0.25, 0.125, 0, 1, 0, 0, 0, 1};
  const std::vector<TensorSettings> tensors = read_tensors(rows);
  CHECK(tensors == (std::vector<TensorSettings>{{0.5, true, 0.25, 0.125, false}, {1, false, 0, 0, true}}));
  CHECK(read_tensors(std::vector<double>{0}).empty());
  for (const std::vector<double>& wrong : {std::vector<double>{}, {1}, {1, 1, 1, 0, 0}, {0, 1}, {-1}, {1e300}, {2, 1, 1, 0, 0, 0}})
    CHECK(is_refused([&] { read_tensors(wrong); }));
}

TEST(a_trainer_has_its_optimizer_at_the_end) {
  std::vector<double> row = {8, 0, 1, 1, 4, 3, 0.5, 2, 0.99, /**/ 20, 25, 1e-7, 1e-9, 100, 1, /**/ 0, 2};
  row.resize(row.size() + std::size(kOptimizerSettingNames), 0.25);
  const TrainerSpec spec = read_trainer(row);
  CHECK_EQ(spec.batch_size, size_t{8});
  CHECK(!spec.shuffle && spec.metrics && spec.drop_last);
  CHECK_EQ(static_cast<int>(spec.optimizer.kind), 2);
  CHECK_EQ(spec.shards, size_t{4});
  CHECK_EQ(spec.accumulate, size_t{3});
  CHECK_EQ(spec.clip_norm, 0.5);
  CHECK_EQ(spec.clip_value, 2.0);
  CHECK_EQ(spec.average_decay, 0.99);
  CHECK(spec.lbfgs && spec.lbfgs->line_search);
  CHECK_EQ(spec.lbfgs->max_iterations, size_t{20});
  CHECK_EQ(spec.lbfgs->max_evaluations, size_t{25});
  CHECK_EQ(spec.lbfgs->tolerance_gradient, 1e-7);
  CHECK_EQ(spec.lbfgs->tolerance_change, 1e-9);
  CHECK_EQ(spec.lbfgs->history_size, size_t{100});
  CHECK_EQ(spec.optimizer.momentum, 0.25);
}
