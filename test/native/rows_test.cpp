// Samples that name their rows train, evaluate and predict as copies of these rows do, bit for bit.
#include <memory>
#include <vector>

#include "check.h"
#include "layers.h"
#include "nn/predictor.h"
#include "nn/trainer.h"

using namespace chainrule;

namespace {

constexpr size_t kAll = 700, kInputs = 5, kClasses = 3;
constexpr size_t kUsed = 301;  // more than a chunk of predictions

template <typename T>
struct Rows {
  Rows() : x(kAll * kInputs), values(kAll * kClasses), weights(kAll), labels(kAll), index(kUsed) {
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(static_cast<int>(i * 7919 % 1009) - 504) / T{256};
    for (size_t i = 0; i < kAll; ++i) weights[i] = static_cast<T>(i % 5) / T{4};
    for (size_t i = 0; i < kAll; ++i) labels[i] = static_cast<int32_t>(i * 31 % kClasses);
    for (size_t i = 0; i < kAll; ++i) values[i * kClasses + static_cast<size_t>(labels[i])] = 1;
    for (size_t i = 0; i < kUsed; ++i) index[i] = static_cast<uint32_t>(i * 421 % kAll);  // not in order
    index[7] = index[8];                                                                // and one of them twice
    for (const uint32_t row : index) {
      for (size_t j = 0; j < kInputs; ++j) copied_x.push_back(x[row * kInputs + j]);
      for (size_t j = 0; j < kClasses; ++j) copied_values.push_back(values[row * kClasses + j]);
      copied_labels.push_back(labels[row]);
      copied_weights.push_back(weights[row]);
    }
  }
  Samples<T> named(bool labelled) const {
    return {x.data(), labelled ? nullptr : values.data(), labelled ? labels.data() : nullptr, kUsed, weights.data(), index.data()};
  }
  Samples<T> copied(bool labelled) const {
    return {copied_x.data(), labelled ? nullptr : copied_values.data(), labelled ? copied_labels.data() : nullptr, kUsed, copied_weights.data()};
  }
  std::vector<T> x, values, weights, copied_x, copied_values, copied_weights;
  std::vector<int32_t> labels, copied_labels;
  std::vector<uint32_t> index;
};

struct Way {
  size_t batch_size;
  bool shuffle, drop_last, labelled;
};

template <typename T>
struct Result {
  std::vector<double> losses;
  std::vector<T> predictions;
  double loss, accuracy;
};

template <typename T>
Result<T> train(const Samples<T>& samples, const Way& way) {
  NetworkSpec spec{};
  spec.input_size = kInputs;
  spec.layers = {dense(9, Activation::tanh), dropout(0.2), dense(kClasses, Activation::softmax)};
  spec.loss.kind = Loss::crossEntropy;
  spec.seed = 11;
  const auto network = std::make_shared<Network<T>>(spec);
  OptimizerSpec sgd{};
  sgd.kind = Optimizer::sgd;
  Trainer<T> trainer(network, {sgd, way.batch_size, true, way.shuffle, way.drop_last}, samples);
  Result<T> result;
  result.losses = trainer.run({{0.1, 0.05, 0.1}, std::chrono::hours(1)}).loss;
  Predictor<T> predictor(*network);
  const Metrics measured = predictor.evaluate(samples);
  result.loss = measured.loss;
  result.accuracy = measured.values[0];
  result.predictions.resize(kUsed * kClasses);
  predictor.predict(samples.x, samples.index, kUsed, result.predictions.data());
  return result;
}

template <typename T>
void compare() {
  const Rows<T> rows;
  for (const Way way : {Way{16, true, false, true}, Way{16, false, true, true}, Way{kUsed, true, false, true}, Way{50, true, false, false},
                        Way{kUsed, false, false, false}}) {
    const Result<T> named = train(rows.named(way.labelled), way);
    const Result<T> copied = train(rows.copied(way.labelled), way);
    CHECK_EQ(named.losses.size(), size_t{3});
    CHECK(named.losses == copied.losses);
    CHECK(named.predictions == copied.predictions);
    CHECK_EQ(named.loss, copied.loss);
    CHECK_EQ(named.accuracy, copied.accuracy);
  }
}

}  // namespace

TEST(samples_that_name_their_rows) {
  compare<float>();
  compare<double>();
}
