// Losses and their gradients against the plain formulas. The tests run over the lists: a new row without a formula here fails.
#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "tables.h"

namespace chainrule {
namespace {

constexpr LossSettings<double> kSettings = {0.75, 0.125, 1.5, 0.25, 0.75};

/// From 0.125 to 0.875.
double per_output(size_t j) { return 0.125 + 0.25 * static_cast<double>(j % 4); }

double scale_of(size_t row) { return 0.25 * static_cast<double>(row % 3); }

struct Row {
  std::vector<double> o, y;
};

double one_if_large(const Row&) { return 1; }

struct LossFormula {
  std::function<double(const Row&)> value;
  std::function<double(const Row&, size_t)> derivative;
  std::function<double(const Row&)> size = one_if_large;  // of its terms, where that is more than those of the arguments
};

using OfOne = std::function<double(double o, double y, double per)>;

/// A loss that is a sum over outputs.
LossFormula sum_of(const OfOne& value, const OfOne& derivative) {
  return {[=](const Row& r) {
            double sum = 0;
            for (size_t j = 0; j < r.o.size(); ++j) sum += value(r.o[j], r.y[j], per_output(j));
            return sum;
          },
          [=](const Row& r, size_t j) { return derivative(r.o[j], r.y[j], per_output(j)); }};
}

double softplus(double z) { return std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z))); }
double smooth(double y, double share) { return y * (1 - kSettings.label_smoothing) + kSettings.label_smoothing * share; }
double side(double y) { return y > 0 ? 1 : -1; }

double bce(double o, double y, double positive) { return positive * y * softplus(-o) + (1 - y) * softplus(o); }
double bce_derivative(double o, double y, double positive) { return (1 - y) * sigmoid(o) - positive * y * sigmoid(-o); }

/// (1 - p_t)^gamma and alpha_t.
double focal_factor(double o, double y) {
  const double miss = sigmoid(o) * (1 - y) + sigmoid(-o) * y;
  return (kSettings.positive * y + kSettings.negative * (1 - y)) * std::pow(miss, kSettings.gamma);
}
double focal(double o, double y, double) { return focal_factor(o, y) * bce(o, y, 1); }
double focal_derivative(double o, double y, double) {
  const double miss = sigmoid(o) * (1 - y) + sigmoid(-o) * y;
  const double d_miss = sigmoid(o) * sigmoid(-o) * (1 - 2 * y);
  const double relative = d_miss == 0 ? 0 : d_miss / miss;
  return focal_factor(o, y) * (bce_derivative(o, y, 1) + kSettings.gamma * bce(o, y, 1) * relative);
}

double variance_of(const Row& r, size_t j) { return std::max(1e-6, r.o[j + 1]); }
double gaussian_nll(const Row& r) {
  double sum = 0;
  for (size_t j = 0; j + 1 < r.o.size(); j += 2) {
    const double d = r.o[j] - r.y[j];
    sum += 0.5 * (std::log(variance_of(r, j)) + d * d / variance_of(r, j));
  }
  return sum;
}
double gaussian_nll_derivative(const Row& r, size_t j) {
  const size_t first = j / 2 * 2;
  if (first + 1 == r.o.size()) return 0;
  const double d = r.o[first] - r.y[first];
  const double v = variance_of(r, first);
  return j == first ? d / v : 0.5 * (1 / v - d * d / (v * v));
}
double gaussian_nll_size(const Row& r) {
  double size = 1;
  for (size_t j = 0; j + 1 < r.o.size(); j += 2) {
    const double d = r.o[j] - r.y[j];
    const double v = variance_of(r, j);
    size = std::max({size, (1 + d * d / v) / v, d * d / v});
  }
  return size;
}

/// log(p) of each class.
std::vector<double> log_softmax(const Row& r) {
  const double max = *std::max_element(r.o.begin(), r.o.end());
  double sum = 0;
  for (const double o : r.o) sum += std::exp(o - max);
  std::vector<double> logs;
  for (const double o : r.o) logs.push_back(o - max - std::log(sum));
  return logs;
}

double share(const Row& r) { return 1 / static_cast<double>(r.o.size()); }

/// 1 - p to the power of gamma.
double miss_power(double log_p, double gamma) { return std::pow(-std::expm1(log_p), gamma); }

double categorical_focal(const Row& r) {
  const std::vector<double> logs = log_softmax(r);
  double loss = 0;
  for (size_t j = 0; j < r.o.size(); ++j) {
    const double y = smooth(r.y[j], share(r));
    loss -= y * miss_power(logs[j], kSettings.gamma) * logs[j];
  }
  return loss;
}
double categorical_focal_derivative(const Row& r, size_t j) {
  const std::vector<double> logs = log_softmax(r);
  double own = 0;
  double sum = 0;
  for (size_t i = 0; i < r.o.size(); ++i) {
    const double p = std::exp(logs[i]);
    const double inner = p == 1 ? 0 : kSettings.gamma * p * miss_power(logs[i], kSettings.gamma - 1) * logs[i];
    const double g = smooth(r.y[i], share(r)) * (inner - miss_power(logs[i], kSettings.gamma));
    sum += g;
    if (i == j) own = g;
  }
  return own - std::exp(logs[j]) * sum;
}

double cross_entropy(const Row& r) {
  const std::vector<double> logs = log_softmax(r);
  double loss = 0;
  for (size_t j = 0; j < r.o.size(); ++j) loss -= smooth(r.y[j], share(r)) * logs[j];
  return loss;
}

double cross_entropy_derivative(const Row& r, size_t j) {
  double weight = 0;
  for (const double y : r.y) weight += smooth(y, share(r));
  return std::exp(log_softmax(r)[j]) * weight - smooth(r.y[j], share(r));
}

const std::map<std::string, LossFormula>& loss_formulas() {
  static const std::map<std::string, LossFormula> all = {
      {"mse", sum_of([](double o, double y, double) { return (o - y) * (o - y); }, [](double o, double y, double) { return 2 * (o - y); })},
      {"mae", sum_of([](double o, double y, double) { return std::abs(o - y); },
                     [](double o, double y, double) { return o > y   ? 1.0
                                                             : o < y ? -1.0
                                                                     : 0.0; })},
      {"huber", sum_of(
                    [](double o, double y, double) {
                      const double d = std::abs(o - y);
                      const double delta = kSettings.delta;
                      return d <= delta ? d * d / 2 : delta * (d - delta / 2);
                    },
                    [](double o, double y, double) { return std::max(-kSettings.delta, std::min(kSettings.delta, o - y)); })},
      {"quantile", sum_of([](double o, double y, double q) { return y > o ? q * (y - o) : (1 - q) * (o - y); },
                          [](double o, double y, double q) { return y > o   ? -q
                                                                    : y < o ? 1 - q
                                                                            : 0; })},
      {"gaussianNLL", {gaussian_nll, gaussian_nll_derivative, gaussian_nll_size}},
      {"poisson",
       sum_of([](double o, double y, double) { return std::exp(o) - y * o; }, [](double o, double y, double) { return std::exp(o) - y; })},
      {"hinge", sum_of([](double o, double y, double) { return std::max(0.0, 1 - side(y) * o); },
                       [](double o, double y, double) { return side(y) * o < 1 ? -side(y) : 0; })},
      {"squaredHinge", sum_of([](double o, double y, double) { return std::pow(std::max(0.0, 1 - side(y) * o), 2); },
                              [](double o, double y, double) { return -2 * side(y) * std::max(0.0, 1 - side(y) * o); })},
      {"binaryCrossEntropy", sum_of([](double o, double y, double positive) { return bce(o, smooth(y, 0.5), positive); },
                                    [](double o, double y, double positive) { return bce_derivative(o, smooth(y, 0.5), positive); })},
      {"focal", sum_of(focal, focal_derivative)},
      {"categoricalFocal", {categorical_focal, categorical_focal_derivative}},
      {"crossEntropy", {cross_entropy, cross_entropy_derivative}},
      {"kl", {cross_entropy, cross_entropy_derivative}},
  };
  return all;
}

/// The arrays of numbers that a loss reads besides outputs and targets.
template <typename T>
struct Numbers16 {
  Numbers16() {
    for (size_t i = 0; i < kRows + kLanes; ++i) row_scale.push_back(static_cast<T>(scale_of(i)));
    for (size_t j = 0; j < padded(kUnits[std::size(kUnits) - 1]); ++j) per_output.push_back(static_cast<T>(chainrule::per_output(j)));
  }
  std::vector<T> row_scale, per_output;
};

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
  static const Numbers16<T> numbers;
  l.row_scale = numbers.row_scale.data();
  l.per_output = numbers.per_output.data();
#define LOSS_SETTING(name, typescript) l.settings.name = static_cast<T>(kSettings.name);
#include "kernels/loss_settings.inc"
#undef LOSS_SETTING
  return l;
}

template <typename T>
void clamp(Guarded<T>& m, T most) {
  for (size_t i = 0; i < kRows; ++i) {
    for (size_t j = 0; j < m.view().cols; ++j) m.view().at(i, j) = std::max(-most, std::min(most, m.view().at(i, j)));
  }
}

TEST(losses_and_their_gradients_are_the_plain_formulas) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    Numbers numbers(3);
    for (size_t n = 0; n < kLossKernelCount; ++n) {
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
          const bool reads_logarithms = kLossTraits[n].reads == LossReads::log_rates;
          // The ends of what there is: exact hits, ties, and logits at +-1e4.
          output.view().at(2, 0) = target.view().at(2, 0);
          for (size_t j = 0; j < units; ++j) output.view().at(3, j) = static_cast<T>(j % 2 == 0 ? 1e4 : -1e4);
          for (size_t j = 0; j < units; ++j) target.view().at(3, j) = static_cast<T>(j / 2 % 2);
          if (reads_logarithms) clamp(output, T{30});
          std::vector<T> row_loss(kRows, T{-1});
          LossBlock<T> block = loss_block(output, target, gradient, row_loss);
          t.loss[n](block);
          for (size_t i = 0; i < kRows; ++i) {
            if (i < kSome.begin || i >= kSome.end) {
              check_true(row_loss[i] == -1, "loss of another row", k);
              continue;
            }
            Row row;
            double size = 1;  // of the terms: what rounding is relative to
            for (size_t j = 0; j < units; ++j) {
              row.o.push_back(static_cast<double>(output.view().at(i, j)));
              row.y.push_back(static_cast<double>(target.view().at(i, j)));
              size += std::abs(row.o[j] * row.y[j]) + std::abs(row.y[j]);
            }
            size = std::max(size, formula.size(row));
            check_near(row_loss[i], formula.value(row), size, kLossNames[n], k);
            for (size_t j = 0; j < units; ++j)
              check_near(gradient.view().at(i, j), scale_of(i) * formula.derivative(row, j), size, kLossNames[n], k);
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
    for (size_t n = 0; n < kLossKernelCount; ++n) {
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
        for (size_t n = 0; n < kLossKernelCount; ++n) {
          if (kLossTraits[n].reads != LossReads::class_logits) continue;
          for (const T smoothing : {T{0}, T{0.125}}) {
            LossBlock<T> block = loss_block(output, target, of_rows, row_loss);
            block.settings.label_smoothing = smoothing;
            t.loss[n](block);
            block.target = nullptr;
            block.labels = labels.data();
            block.gradient = of_labels.view().data;
            block.row_loss = label_loss.data();
            t.loss[n](block);
            check_true(same(row_loss, label_loss), "loss of labels", k);
            for (size_t i = kSome.begin; i < kSome.end; ++i)
              for (size_t j = 0; j < units; ++j)
                check_true(same_bits(of_rows.view().at(i, j), of_labels.view().at(i, j)), "gradient of labels", k);
            check_true(outside_untouched(of_labels) && some_padding_is_zero(of_labels), "gradient of labels beyond its rows and units", k);
          }
        }
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
