#include "nn/wire.h"

#include <bit>
#include <limits>

#include "math/contract.h"
#include "math/random.h"
#include "nn/limits.h"
#include "nn/numbers.h"

namespace chainrule {
namespace {

constexpr double kMax = std::numeric_limits<double>::max();
constexpr uint64_t kMaxIterations = 1 << 20;

/// As many numbers as the next one says.
std::vector<double> read_settings(Numbers& numbers) {
  const std::span<const double> settings = numbers.take(static_cast<size_t>(numbers.whole(0, UINT32_MAX)));
  return {settings.begin(), settings.end()};
}

/// `left` counts down the layers that a network may still have.
std::vector<LayerSpec> read_layers(Numbers& numbers, int depth, uint64_t& left) {
  const uint64_t count = numbers.whole(0, left);
  require(count == 0 || depth <= kMaxNesting, "layers are nested too deeply");
  left -= count;
  std::vector<LayerSpec> layers;
  for (uint64_t i = 0; i < count; ++i) {
    LayerSpec layer{};
    layer.kind = numbers.one_of<LayerKind>(kLayerCount);
    layer.settings = read_settings(numbers);
    layer.layers = read_layers(numbers, depth + 1, left);
    layers.push_back(std::move(layer));
  }
  return layers;
}

std::vector<InputSpec> read_inputs(Numbers& numbers) {
  std::vector<InputSpec> inputs(static_cast<size_t>(numbers.whole(0, kMaxInputs)));
  for (InputSpec& input : inputs) {
    input.kind = numbers.one_of<InputKind>(kInputCount);
    input.settings = read_settings(numbers);
  }
  return inputs;
}

std::vector<TensorSettings> read_tensors(Numbers& numbers) {
  std::vector<TensorSettings> tensors(static_cast<size_t>(numbers.whole(0, numbers.left())));
  for (TensorSettings& tensor : tensors) {
    tensor.learning_rate_factor = numbers.number();
    tensor.decays = numbers.flag();
    tensor.l1 = numbers.number();
    tensor.l2 = numbers.number();
    tensor.frozen = numbers.flag();
  }
  return tensors;
}

LossSpec read_loss(Numbers& numbers) {
  LossSpec loss{};
  loss.kind = numbers.one_of<Loss>(kLossCount);
#define LOSS_SETTING(name, typescript) loss.settings.name = numbers.number();
#include "kernels/loss_settings.inc"
#undef LOSS_SETTING
  loss.targets = numbers.size(kMaxWidth);
  loss.point = static_cast<size_t>(numbers.whole(0, kMaxWidth));
  loss.per_output = read_settings(numbers);
  return loss;
}

OptimizerSpec read_optimizer(Numbers& numbers) {
  OptimizerSpec spec{};
  spec.tensors = read_tensors(numbers);
  spec.kind = numbers.one_of<Optimizer>(kOptimizerCount);
#define SETTING(name, typescript, kind) spec.name = numbers.kind();
#include "kernels/settings.inc"
#undef SETTING
  return spec;
}

std::optional<LbfgsSpec> read_lbfgs(Numbers& numbers) {
  const size_t iterations = static_cast<size_t>(numbers.whole(0, kMaxIterations));
  if (iterations == 0) return std::nullopt;
  LbfgsSpec spec{};
  spec.max_iterations = iterations;
  spec.max_evaluations = numbers.size(kMaxIterations);
  spec.tolerance_gradient = numbers.number(0, kMax);
  spec.tolerance_change = numbers.number(0, kMax);
  spec.history_size = numbers.size(kMaxIterations);
  spec.line_search = numbers.flag();
  return spec;
}

}  // namespace

NetworkSpec read_network(std::span<const double> all) {
  Numbers numbers(all);
  NetworkSpec spec{};
  spec.input_size = numbers.size(kMaxWidth);
  spec.seed = numbers.whole(0, uint64_t{1} << 53);
  spec.loss = read_loss(numbers);
  uint64_t left = stream::kMaxLayers;
  spec.layers = read_layers(numbers, 1, left);
  spec.inputs = read_inputs(numbers);
  numbers.end();
  return spec;
}

std::vector<TensorSettings> read_tensors(std::span<const double> all) {
  Numbers numbers(all);
  std::vector<TensorSettings> tensors = read_tensors(numbers);
  numbers.end();
  return tensors;
}

OptimizerSpec read_optimizer(std::span<const double> all) {
  Numbers numbers(all);
  const OptimizerSpec spec = read_optimizer(numbers);
  numbers.end();
  return spec;
}

TrainerSpec read_trainer(std::span<const double> all) {
  Numbers numbers(all);
  TrainerSpec spec{};
  spec.batch_size = numbers.size(kMaxRows);
  spec.shuffle = numbers.flag();
  spec.metrics = numbers.flag();
  spec.drop_last = numbers.flag();
  spec.shards = numbers.size(kMostShards);
  require(std::has_single_bit(spec.shards), "the number of shards is not a power of two");
  spec.accumulate = numbers.size(kMaxRows);
  spec.clip_norm = numbers.number(0, kMax);
  spec.clip_value = numbers.number(0, kMax);
  spec.average_decay = numbers.number(0, 1);
  spec.lbfgs = read_lbfgs(numbers);
  spec.optimizer = read_optimizer(numbers);
  numbers.end();
  return spec;
}

std::vector<StepValues> read_steps(std::span<const double> all) {
  Numbers numbers(all);
  std::vector<StepValues> steps(all.size() / 3);
  for (StepValues& values : steps) {
    values.learning_rate = numbers.number();
    values.weight_decay = numbers.number();
    values.dropout = numbers.number(0, kMax);
  }
  numbers.end();
  return steps;
}

}  // namespace chainrule
