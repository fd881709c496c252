// A batch whose shards are computed by several processes: their sums, added up by the tree, are those of one process, bit for bit. Layers
// and inputs of every kind. Masks and noise go by the row in the whole batch, and statistics are a shard's.
#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "check.h"
#include "layers.h"
#include "nn/backprop.h"
#include "nn/epoch_plan.h"
#include "nn/network.h"

namespace chainrule {
namespace {

constexpr size_t kOutputs = 3;
constexpr size_t kShards = 16;

LayerSpec layer(LayerKind kind, std::vector<double> settings = {}, std::vector<LayerSpec> inside = {}) {
  return {kind, std::move(settings), std::move(inside)};
}
LayerSpec batch_norm() { return layer(LayerKind::batchNorm, {0.1, 1e-5}); }
LayerSpec layer_norm() { return layer(LayerKind::layerNorm, {1e-5}); }
LayerSpec noise() { return layer(LayerKind::gaussianNoise, {0.3}); }
LayerSpec scale() { return layer(LayerKind::scale); }
LayerSpec residual(std::vector<LayerSpec> inside) { return layer(LayerKind::residual, {}, std::move(inside)); }
LayerSpec members(size_t count) {
  LayerSpec spec = layer(LayerKind::members, {static_cast<double>(count)});
  for (const double number : plain_initializer(InitializerKind::randomSigns)) spec.settings.push_back(number);
  return spec;
}
LayerSpec dense(size_t units, PerMember per_member) {
  LayerSpec spec = ::dense(units, Activation::tanh);
  spec.settings.back() = static_cast<double>(per_member);
  return spec;
}

NetworkSpec network_of(std::vector<LayerSpec> hidden, std::vector<InputSpec> inputs = {}) {
  NetworkSpec spec{};
  spec.input_size = 7;
  spec.layers = std::move(hidden);
  spec.layers.push_back(::dense(kOutputs, Activation::linear));
  spec.loss.kind = Loss::mse;
  spec.seed = 11;
  spec.inputs = std::move(inputs);
  return spec;
}

/// Gives the sum of the whole batch, once that is known; before, it notes the sums of its parts.
struct NotedSum : SumOverAll {
  double sum(double own) override {
    noted = own;
    return total != 0 ? total : own;
  }
  double noted = 0, total = 0;
};

/// The sums over a part of a batch.
template <typename T>
struct Sums {
  std::vector<T> gradients;  ///< and, behind those, the values that were measured
  double loss = 0;
  MetricSums metrics;
};

template <typename T>
Sums<T> operator+(const Sums<T>& a, const Sums<T>& b) {
  Sums<T> sum{a.gradients, a.loss + b.loss, a.metrics + b.metrics};
  for (size_t i = 0; i < sum.gradients.size(); ++i) sum.gradients[i] += b.gradients[i];
  return sum;
}

template <typename Sum>
Sum tree(const std::vector<Sum>& sums, size_t first, size_t count) {
  if (count == 1) return sums[first];
  return tree(sums, first, count / 2) + tree(sums, first + count / 2, count / 2);
}
template <typename Sum>
Sum tree(const std::vector<Sum>& sums) {
  return tree(sums, 0, sums.size());
}

/// A process that computes a part of a batch.
template <typename T>
class Rank {
 public:
  Rank(const Network<T>& network, size_t rank, size_t size, size_t all_rows)
      : network_(network), plan_(spec(), 0, {rank, size, 0}, network.topology().members()), all_rows_(all_rows) {
    begin_ = all_rows * rank / size;
    rows_ = all_rows * (rank + 1) / size - begin_;
    SumOverAll* const total = size == 1 ? nullptr : &weight_;
    backprop_ = std::make_unique<Backprop<T>>(network.topology(), network.kernels(), kShards / size, total);
  }

  /// Reads its rows, and gives the sum of their weights.
  double load(const Samples<T>& all, double total) {
    const Topology& topology = network_.topology();
    Samples<T> own = all.from(begin_, topology.input_size, topology.targets);
    own.rows = rows_;
    weight_.total = total;
    backprop_->load(own, nullptr, rows_, Backprop<T>::Way::fastest, plan_.even_shards(rows_, all_rows_));
    return weight_.noted;
  }

  Sums<T> run(const T* parameters, uint64_t step) {
    const ParameterList& list = network_.topology().parameters;
    Sums<T> sums;
    sums.loss = backprop_->forward(parameters, step, &sums.metrics);
    sums.gradients.assign(list.block_size(), T{0});
    GradientSink<T> sink;
    sink.gradients = sums.gradients.data();
    sink.measured = sums.gradients.data() + list.trained_size();
    sink.measured_begin = list.trained_size();
    backprop_->backward(parameters, step, sink);
    return sums;
  }

 private:
  static TrainerSpec spec() {
    TrainerSpec spec{};
    spec.batch_size = 1;
    spec.shards = kShards;
    return spec;
  }

  const Network<T>& network_;
  EpochPlan plan_;
  const size_t all_rows_;
  size_t begin_, rows_;
  NotedSum weight_;
  std::unique_ptr<Backprop<T>> backprop_;
};

template <typename T>
struct Batch {
  Batch(size_t rows, const Topology& topology, size_t categories) : x(rows * topology.input_size), y(rows * kOutputs), weights(rows) {
    const auto number = [](size_t i) { return std::sin(1.7 * static_cast<double>(i)); };
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(number(i));
    for (size_t i = 0; i < y.size(); ++i) y[i] = static_cast<T>(3 * number(7 * i));
    for (size_t row = 0; row < rows; ++row) weights[row] = static_cast<T>(1 + row % 3) / 7;
    // The last column is a category where there are some.
    const size_t width = topology.input_size;
    for (size_t row = 0; row < rows && categories > 0; ++row) x[(row + 1) * width - 1] = static_cast<T>(row * row % categories);
  }
  std::vector<T> x, y, weights;
};

template <typename T>
void check(const char* name, const NetworkSpec& spec, size_t rows, bool weighted, size_t categories) {
  const Network<T> network(spec);
  const Batch<T> batch(rows, network.topology(), categories);
  const Samples<T> samples{batch.x.data(), batch.y.data(), nullptr, rows, weighted ? batch.weights.data() : nullptr};
  const auto parameters = network.snapshot();
  constexpr uint64_t kStep = 5;

  Rank<T> whole(network, 0, 1, rows);
  whole.load(samples, 0);
  const Sums<T> expected = whole.run(parameters->data(), kStep);
  const bool moves = std::any_of(expected.gradients.begin(), expected.gradients.end(), [](T value) { return value != 0; });
  CHECK(moves && expected.loss > 0);
  for (size_t size = 2; size <= kShards; size *= 2) {
    std::deque<Rank<T>> ranks;
    std::vector<double> weights;
    for (size_t rank = 0; rank < size; ++rank) weights.push_back(ranks.emplace_back(network, rank, size, rows).load(samples, 0));
    std::vector<Sums<T>> sums;
    for (Rank<T>& rank : ranks) {
      rank.load(samples, weighted ? tree(weights) : 0);
      sums.push_back(rank.run(parameters->data(), kStep));
    }
    const Sums<T> got = tree(sums);
    bool same = got.loss == expected.loss && got.metrics.loss == expected.metrics.loss && got.metrics.sums == expected.metrics.sums;
    for (size_t i = 0; i < got.gradients.size(); ++i) same = same && got.gradients[i] == expected.gradients[i];
    if (!same) {
      check::fail(__FILE__, __LINE__,
                  std::string(name) + (sizeof(T) == 4 ? ", f32, " : ", f64, ") + std::to_string(rows) + " rows, " + std::to_string(size) +
                      " ranks: other bits");
    }
  }
}

void check_all(const char* name, const NetworkSpec& spec, size_t categories = 0) {
  for (const bool weighted : {false, true}) {
    check<float>(name, spec, 64, weighted, categories);
    check<float>(name, spec, 41, weighted, categories);
    check<double>(name, spec, 50, weighted, categories);
  }
}

}  // namespace

TEST(shards_of_several_add_up_to_the_bits_of_one_in_every_layer) {
  const auto wide = [] { return ::dense(37, Activation::gelu); };
  check_all("dense", network_of({wide(), ::dense(20, Activation::relu)}));
  check_all("dropout", network_of({wide(), ::dropout(0.3), wide(), ::dropout(0.5)}));
  check_all("noise", network_of({noise(), wide(), noise()}));
  check_all("batchNorm", network_of({wide(), batch_norm(), wide(), batch_norm()}));
  check_all("layerNorm", network_of({wide(), layer_norm(), scale()}));
  check_all("residual", network_of({wide(), residual({layer_norm(), wide(), ::dropout(0.2), noise(), batch_norm()})}));
  check_all("members", network_of({wide(), members(3), ::dropout(0.3), dense(19, PerMember::scales), noise(), layer_norm(),
                                   dense(18, PerMember::weights), scale()}));
}

TEST(shards_of_several_add_up_to_the_bits_of_one_in_every_input) {
  const InputSpec numeric{InputKind::numeric, {4}};
  const InputSpec periodic{InputKind::periodic, {2, 5, 3, 0.5}};
  const auto embedding = [](double categories) { return InputSpec{InputKind::categorical, {1, categories, 20}}; };
  const std::vector<LayerSpec> hidden = {::dense(18, Activation::tanh)};
  check_all("periodic", network_of(hidden, {numeric, periodic, {InputKind::numeric, {1}}}));
  check_all("an embedding", network_of(hidden, {numeric, periodic, embedding(5)}), 5);
  check_all("an embedding of rare categories", network_of(hidden, {numeric, periodic, embedding(300)}), 300);
}

TEST(a_batch_with_fewer_rows_than_shards_leaves_some_empty) {
  const NetworkSpec spec = network_of({::dense(37, Activation::tanh), ::dropout(0.2), layer_norm()});
  for (const size_t rows : {1, 2, 7, 15}) check<float>("few rows", spec, rows, false, 0);
  check<double>("few rows, with weights", spec, 5, true, 0);
}

}  // namespace chainrule
