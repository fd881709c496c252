// Losses and their gradients against the plain formulas. The tests run over the lists: a new row without a formula here fails.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tables.h"

namespace chainrule {
namespace {

struct Row {
  std::vector<double> o, y;
  double delta;
};

struct LossFormula {
  std::function<double(const Row&)> value;
  std::function<double(const Row&, size_t)> derivative;
};

/// A loss that is a sum over outputs.
LossFormula sum_of(const std::function<double(double o, double y, double delta)>& value,
                   const std::function<double(double o, double y, double delta)>& derivative) {
  return {[=](const Row& r) {
            double sum = 0;
            for (size_t j = 0; j < r.o.size(); ++j) sum += value(r.o[j], r.y[j], r.delta);
            return sum;
          },
          [=](const Row& r, size_t j) { return derivative(r.o[j], r.y[j], r.delta); }};
}

double cross_entropy(const Row& r) {
  const double max = *std::max_element(r.o.begin(), r.o.end());
  double sum = 0;
  for (const double o : r.o) sum += std::exp(o - max);
  double loss = 0;
  for (size_t j = 0; j < r.o.size(); ++j) loss += r.y[j] * (std::log(sum) - (r.o[j] - max));
  return loss;
}

double cross_entropy_derivative(const Row& r, size_t j) {
  const double max = *std::max_element(r.o.begin(), r.o.end());
  double sum = 0;
  double weight = 0;
  for (const double o : r.o) sum += std::exp(o - max);
  for (const double y : r.y) weight += y;
  return std::exp(r.o[j] - max) / sum * weight - r.y[j];
}

const std::map<std::string, LossFormula>& loss_formulas() {
  static const std::map<std::string, LossFormula> all = {
      {"mse", sum_of([](double o, double y, double) { return (o - y) * (o - y); }, [](double o, double y, double) { return 2 * (o - y); })},
      {"mae", sum_of([](double o, double y, double) { return std::abs(o - y); },
                     [](double o, double y, double) { return o > y   ? 1.0
                                                             : o < y ? -1.0
                                                                     : 0.0; })},
      {"huber", sum_of(
                    [](double o, double y, double delta) {
                      const double d = std::abs(o - y);
                      return d <= delta ? d * d / 2 : delta * (d - delta / 2);
                    },
                    [](double o, double y, double delta) { return std::max(-delta, std::min(delta, o - y)); })},
      {"binaryCrossEntropy",
       sum_of([](double o, double y, double) { return std::max(o, 0.0) - o * y + std::log1p(std::exp(-std::abs(o))); },
              [](double o, double y, double) { return sigmoid(o) - y; })},
      {"crossEntropy", {cross_entropy, cross_entropy_derivative}},
  };
  return all;
}

template <typename T>
LossBlock<T> loss_block(const Guarded<T>& output, const Guarded<T>& target, Guarded<T>& gradient, std::vector<T>& row_loss) {
  LossBlock<T> l{};
  l.output = output.view().data;
  l.target = target.view().data;
  l.gradient = gradient.view().data;
  l.row_loss = row_loss.data();
  l.units = output.view().cols;
  l.stride = output.view().stride;
  l.rows = kSome;
  l.scale = T{0.25};
  l.delta = T{0.75};
  return l;
}

TEST(losses_and_their_gradients_are_the_plain_formulas) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    Numbers numbers(3);
    for (size_t n = 0; n < kLossCount; ++n) {
      CHECK_EQ(loss_formulas().count(kLossNames[n]), 1U);
      const LossFormula& formula = loss_formulas().at(kLossNames[n]);
      for (const size_t units : kUnits) {
        for (const double magnitude : {1.0, 30.0, 1e4}) {
          Guarded<T> output(kRows, units);
          Guarded<T> target(kRows, units);
          Guarded<T> gradient(kRows, units);
          output.fill(numbers);
          target.fill(numbers);
          output.set_padding(T{0.5});  // as a sigmoid leaves it
          for (size_t i = 0; i < kRows; ++i) {
            for (size_t j = 0; j < units; ++j) {
              output.view().at(i, j) *= static_cast<T>(magnitude);
              target.view().at(i, j) = std::abs(target.view().at(i, j));
            }
          }
          // The ends of what there is: exact hits, ties, and logits at +-1e4.
          output.view().at(2, 0) = target.view().at(2, 0);
          for (size_t j = 0; j < units; ++j) output.view().at(3, j) = static_cast<T>(j % 2 == 0 ? 1e4 : -1e4);
          for (size_t j = 0; j < units; ++j) target.view().at(3, j) = static_cast<T>(j / 2 % 2);
          std::vector<T> row_loss(kRows, T{-1});
          LossBlock<T> block = loss_block(output, target, gradient, row_loss);
          t.loss[n](block);
          for (size_t i = 0; i < kRows; ++i) {
            if (i < kSome.begin || i >= kSome.end) {
              check_true(row_loss[i] == -1, "loss of another row", k);
              continue;
            }
            Row row{{}, {}, 0.75};
            double size = 1;  // of the terms: what rounding is relative to
            for (size_t j = 0; j < units; ++j) {
              row.o.push_back(static_cast<double>(output.view().at(i, j)));
              row.y.push_back(static_cast<double>(target.view().at(i, j)));
              size += std::abs(row.o[j] * row.y[j]) + std::abs(row.y[j]);
            }
            check_near(row_loss[i], formula.value(row), size, kLossNames[n], k);
            for (size_t j = 0; j < units; ++j)
              check_near(gradient.view().at(i, j), 0.25 * formula.derivative(row, j), size, kLossNames[n], k);
          }
          check_true(outside_untouched(gradient) && some_padding_is_zero(gradient), "loss gradient beyond its rows and units", k);

          std::vector<T> alone(kRows, T{-1});
          block.gradient = nullptr;
          block.row_loss = alone.data();
          t.loss[n](block);
          check_true(same(alone, row_loss), std::string("loss without gradient: ") + kLossNames[n], k);
        }
      }
    }
  });
}

TEST(a_loss_has_the_same_bits_for_a_row_alone) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    Numbers numbers(5);
    for (size_t n = 0; n < kLossCount; ++n) {
      for (const size_t units : kUnits) {
        Guarded<T> output(kRows, units);
        Guarded<T> target(kRows, units);
        Guarded<T> together(kRows, units);
        Guarded<T> alone(kRows, units);
        output.fill(numbers);
        target.fill(numbers);
        std::vector<T> row_loss(kRows);
        std::vector<T> alone_loss(kRows);
        t.loss[n](loss_block(output, target, together, row_loss));
        LossBlock<T> block = loss_block(output, target, alone, alone_loss);
        for (size_t i = kSome.begin; i < kSome.end; ++i) {
          block.rows = {i, i + 1};
          t.loss[n](block);
          for (size_t j = 0; j < units; ++j)
            check_true(same_bits(together.view().at(i, j), alone.view().at(i, j)), std::string("gradient: ") + kLossNames[n], k);
        }
        check_true(same(row_loss, alone_loss), std::string("loss: ") + kLossNames[n], k);
      }
    }
  });
}

TEST(labels_are_one_hot_rows_to_the_bit) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    Numbers numbers(4);
    for (const size_t units : kUnits) {
      for (const double magnitude : {1.0, 1e4}) {
        Guarded<T> output(kRows, units);
        Guarded<T> target(kRows, units);
        Guarded<T> of_rows(kRows, units);
        Guarded<T> of_labels(kRows, units);
        output.fill(numbers);
        target.clear();
        std::vector<int32_t> labels(kRows);
        for (size_t i = 0; i < kRows; ++i) {
          const size_t label = numbers.below(units);
          labels[i] = static_cast<int32_t>(label);
          target.view().at(i, label) = 1;
          for (size_t j = 0; j < units; ++j) output.view().at(i, j) *= static_cast<T>(magnitude);
        }
        std::vector<T> row_loss(kRows);
        std::vector<T> label_loss(kRows);
        const auto loss = t.loss[static_cast<size_t>(Loss::crossEntropy)];
        loss(loss_block(output, target, of_rows, row_loss));
        LossBlock<T> block = loss_block(output, target, of_labels, label_loss);
        block.target = nullptr;
        block.labels = labels.data();
        loss(block);
        check_true(same(row_loss, label_loss), "loss of labels", k);
        for (size_t i = kSome.begin; i < kSome.end; ++i)
          for (size_t j = 0; j < units; ++j)
            check_true(same_bits(of_rows.view().at(i, j), of_labels.view().at(i, j)), "gradient of labels", k);
        check_true(outside_untouched(of_labels) && some_padding_is_zero(of_labels), "gradient of labels beyond its rows and units", k);
      }
    }
  });
}

TEST(cross_entropy_keeps_its_digits_where_logits_are_large) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    const std::vector<T> z(kLanes, T{10000});
    const int32_t label = 1;
    T loss = 0;
    LossBlock<T> block{};
    block.output = z.data();
    block.labels = &label;
    block.row_loss = &loss;
    block.units = 2;
    block.stride = kLanes;
    block.rows = {0, 1};
    t.loss[static_cast<size_t>(Loss::crossEntropy)](block);
    check_near(loss, std::log(2.0), 1e-300, "crossEntropy of two logits of 1e4", k);
  });
}

}  // namespace
}  // namespace chainrule
