// What happens to elements and rows, against the plain formulas: activations, softmax, losses, optimizer steps, dropout, copies; and
// the same bits from every instruction set. Everything runs over the lists, so a new row without a formula here is a failure.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "check.h"
#include "isas.h"
#include "matrices.h"
#include "nn/optimizer.h"

namespace chainrule {
namespace {

#include "kernels/philox.inl"

/// What a few roundings may cost, relative to the numbers that went in.
template <typename T>
constexpr double kTolerance = sizeof(T) == 4 ? 3e-6 : 6e-15;

template <typename T>
bool near(T got, double wanted, double scale = 1) {
  return std::abs(static_cast<double>(got) - wanted) <= kTolerance<T> * std::max(scale, std::abs(wanted));
}

/// Equal bits, or both NaN.
template <typename T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](T x, T y) { return same_bits(x, y) || (std::isnan(x) && std::isnan(y)); });
}

template <typename T>
void check_near(T got, double wanted, double scale, const char* what, const Kernels& k) {
  if (!near(got, wanted, scale))
    check::fail(
        __FILE__, __LINE__,
        std::string(what) + ' ' + k.isa + (sizeof(T) == 4 ? " f32" : " f64") + ": " + check::show(got) + ", not " + check::show(wanted));
}

void check_true(bool holds, const std::string& what, const Kernels& k) {
  if (!holds) check::fail(__FILE__, __LINE__, what + ' ' + k.isa);
}

/// Calls f(kernels, table<T>) for every instruction set and both element types.
template <typename F>
void for_all_tables(const F& f) {
  for (const Kernels* k : available_kernels()) {
    f(*k, k->f32, float{});
    f(*k, k->f64, double{});
  }
}

constexpr size_t kUnits[] = {1, 2, 3, 10, 15, 16, 17, 31, 33, 48, 100};

// ---- Activations

struct Formula {
  std::function<double(double)> value, slope;
};

double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }
double softplus(double z) { return std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z))); }
double cdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

const std::map<std::string, Formula>& formulas() {
  const double scale = 1.0507009873554805;
  const double alpha = 1.6732632423543772;
  const auto gelu_inner = [](double z) { return std::sqrt(2 / std::acos(-1.0)) * (z + 0.044715 * z * z * z); };
  static const std::map<std::string, Formula> all = {
      {"sigmoid", {sigmoid, [](double z) { return sigmoid(z) * sigmoid(-z); }}},
      {"tanh", {[](double z) { return std::tanh(z); }, [](double z) { return 1 / (std::cosh(z) * std::cosh(z)); }}},
      {"relu", {[](double z) { return z > 0 ? z : 0; }, [](double z) { return z > 0 ? 1 : 0; }}},
      {"leakyRelu", {[](double z) { return z > 0 ? z : 0.01 * z; }, [](double z) { return z > 0 ? 1 : 0.01; }}},
      {"elu", {[](double z) { return z > 0 ? z : std::expm1(z); }, [](double z) { return z > 0 ? 1 : std::exp(z); }}},
      {"selu",
       {[=](double z) { return scale * (z > 0 ? z : alpha * std::expm1(z)); },
        [=](double z) { return scale * (z > 0 ? 1 : alpha * std::exp(z)); }}},
      {"gelu",
       {[](double z) { return z * cdf(z); }, [](double z) { return cdf(z) + z * std::exp(-z * z / 2) / std::sqrt(2 * std::acos(-1.0)); }}},
      {"geluTanh",
       {[=](double z) { return 0.5 * z * (1 + std::tanh(gelu_inner(z))); },
        [=](double z) {
          const double t = std::tanh(gelu_inner(z));
          return 0.5 * (1 + t) + 0.5 * z * (1 - t * t) * std::sqrt(2 / std::acos(-1.0)) * (1 + 3 * 0.044715 * z * z);
        }}},
      {"silu", {[](double z) { return z * sigmoid(z); }, [](double z) { return sigmoid(z) * (1 + z * sigmoid(-z)); }}},
      {"mish",
       {[](double z) { return z * std::tanh(softplus(z)); },
        [](double z) {
          const double t = std::tanh(softplus(z));
          return t + z * (1 - t * t) * sigmoid(z);
        }}},
      {"softplus", {softplus, sigmoid}},
  };
  return all;
}

/// Every order of magnitude of either sign, zeros, and a grid where the functions bend.
template <typename T>
std::vector<T> arguments() {
  std::vector<T> z = {T{0}, -T{0}, T{1e4}, T{-1e4}, T{88}, T{-88}, T{20}, T{-20}, T{700}, T{-700}};
  for (double x = 1e-30; x < 1e5; x *= 7) z.insert(z.end(), {static_cast<T>(x), static_cast<T>(-x)});
  for (double x = -12; x < 12; x += 0.0625) z.push_back(static_cast<T>(x));
  z.resize(z.size() / kLanes * kLanes);
  return z;
}

TEST(activations_and_their_derivatives_are_the_plain_formulas) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    const std::vector<T> z = arguments<T>();
    for (size_t n = 0; n < kActivationCount; ++n) {
      const char* name = kActivationNames[n];
      const DerivativeReads reads = kDerivativeReads[n];
      const bool elementwise = reads == DerivativeReads::output || reads == DerivativeReads::input;
      CHECK_EQ(t.activate[n] != nullptr, elementwise);
      CHECK_EQ(t.derive[n] != nullptr, elementwise);
      if (!elementwise) continue;
      CHECK_EQ(formulas().count(name), 1U);
      const Formula& formula = formulas().at(name);
      std::vector<T> a(z.size());
      std::vector<T> d(z.size(), T{0.75});
      t.activate[n](z.data(), a.data(), z.size() / kLanes);
      t.derive[n]((reads == DerivativeReads::output ? a : z).data(), d.data(), z.size() / kLanes);
      for (size_t i = 0; i < z.size(); ++i) {
        const double at = static_cast<double>(z[i]);
        // gelu is z times something from 0 to 1 that is not known more exactly than 1; the others are exact down to where numbers end.
        const double scale = std::strncmp(name, "gelu", 4) == 0 ? std::abs(at) : sizeof(T) == 4 ? 1e-32 : 1e-293;
        check_near(a[i], formula.value(at), scale, (std::string(name) + " value at " + check::show(at)).c_str(), k);
        check_near(d[i], 0.75 * formula.slope(at), 1, (std::string(name) + " slope at " + check::show(at)).c_str(), k);
      }
    }
  });
}

TEST(a_nan_is_never_hidden) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    const T nan = std::numeric_limits<T>::quiet_NaN();
    std::vector<T> z(kLanes, T{0.5});
    z[3] = nan;
    for (size_t n = 0; n < kActivationCount; ++n) {
      if (t.activate[n] == nullptr) continue;
      std::vector<T> a(kLanes);
      t.activate[n](z.data(), a.data(), 1);
      for (size_t i = 0; i < kLanes; ++i) check_true(std::isnan(a[i]) == (i == 3), kActivationNames[n], k);
    }
    const std::vector<T> y(kLanes, T{0.25});
    for (size_t n = 0; n < kLossCount; ++n) {
      T row_loss = 0;
      LossBlock<T> block{};
      block.output = z.data();
      block.target = y.data();
      block.row_loss = &row_loss;
      block.units = 5;
      block.stride = kLanes;
      block.rows = {0, 1};
      block.scale = block.delta = 1;
      t.loss[n](block);
      check_true(std::isnan(row_loss), kLossNames[n], k);
    }
    std::vector<T> a(kLanes);
    t.softmax({z.data(), a.data(), nullptr, 5, kLanes, {0, 1}});
    check_true(std::isnan(a[0]), "softmax", k);
    for (const T bad : {nan, std::numeric_limits<T>::infinity(), -std::numeric_limits<T>::infinity()}) {
      for (size_t place = 0; place < 3 * kLanes; ++place) {
        std::vector<T> values(3 * kLanes, std::numeric_limits<T>::max());
        check_true(t.all_finite(values.data(), 3), "all_finite", k);
        values[place] = bad;
        check_true(!t.all_finite(values.data(), 3), "all_finite", k);
      }
    }
  });
}

TEST(activations_and_their_derivatives_are_finite_for_all_finite_arguments) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    const T max = std::numeric_limits<T>::max() / 4;
    std::vector<T> z;
    for (T x = 1; x < max; x *= T{9}) z.insert(z.end(), {x, -x});
    z.resize((z.size() / kLanes + 1) * kLanes, -max);
    z.resize(z.size() + kLanes, max);
    for (size_t n = 0; n < kActivationCount; ++n) {
      if (t.activate[n] == nullptr) continue;
      std::vector<T> a(z.size());
      std::vector<T> d(z.size(), T{1});
      t.activate[n](z.data(), a.data(), z.size() / kLanes);
      t.derive[n]((kDerivativeReads[n] == DerivativeReads::output ? a : z).data(), d.data(), z.size() / kLanes);
      check_true(t.all_finite(a.data(), a.size() / kLanes), std::string("value of ") + kActivationNames[n], k);
      check_true(t.all_finite(d.data(), d.size() / kLanes), std::string("derivative of ") + kActivationNames[n], k);
    }
  });
}

// ---- Softmax

/// Rows first to last - 1 of `rows` are computed; the others must stay as they are.
constexpr size_t kRows = 7;
constexpr Range kSome = {2, 6};

template <typename T>
bool outside_untouched(const Guarded<T>& m) {
  for (size_t row = 0; row < kRows; ++row) {
    if (row >= kSome.begin && row < kSome.end) continue;
    for (size_t p = 0; p < m.view().panels(); ++p)
      for (size_t i = 0; i < kLanes; ++i)
        if (!std::isnan(m.view().panel(p)[row * kLanes + i])) return false;
  }
  return m.canaries_alive();
}

/// Padding lanes of the computed rows.
template <typename T>
bool some_padding_is_zero(const Guarded<T>& m) {
  for (size_t row = kSome.begin; row < kSome.end; ++row)
    for (size_t j = m.view().cols; j < padded(m.view().cols); ++j)
      if (m.view().panel(j / kLanes)[row * kLanes + j % kLanes] != 0) return false;
  return true;
}

TEST(softmax_is_the_plain_formula) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    Numbers numbers(1);
    for (const size_t units : kUnits) {
      for (const double magnitude : {0.0, 1.0, 30.0, 1e4}) {
        Guarded<T> z(kRows, units);
        Guarded<T> a(kRows, units);
        z.fill(numbers);
        z.set_padding(T{123});  // an activation may have left something there
        for (size_t i = 0; i < kRows; ++i)
          for (size_t j = 0; j < units; ++j) z.view().at(i, j) *= static_cast<T>(magnitude);
        t.softmax({z.view().data, a.view().data, nullptr, units, z.view().stride, kSome});
        for (size_t i = kSome.begin; i < kSome.end; ++i) {
          double max = -1e300;
          double sum = 0;
          double total = 0;
          for (size_t j = 0; j < units; ++j) max = std::max(max, static_cast<double>(z.view().at(i, j)));
          for (size_t j = 0; j < units; ++j) sum += std::exp(static_cast<double>(z.view().at(i, j)) - max);
          for (size_t j = 0; j < units; ++j) {
            check_near(a.view().at(i, j), std::exp(static_cast<double>(z.view().at(i, j)) - max) / sum, 1e-30, "softmax", k);
            total += static_cast<double>(a.view().at(i, j));
          }
          check_near(static_cast<T>(total), 1, 1, "sum of softmax", k);
        }
        check_true(outside_untouched(a) && some_padding_is_zero(a), "softmax beyond its rows and units", k);

        Guarded<T> in_place(kRows, units);
        std::memcpy(in_place.view().data, z.view().data, z.view().panels() * z.view().stride * sizeof(T));
        t.softmax({in_place.view().data, in_place.view().data, nullptr, units, z.view().stride, kSome});
        for (size_t i = kSome.begin; i < kSome.end; ++i)
          for (size_t j = 0; j < units; ++j) check_true(same_bits(in_place.view().at(i, j), a.view().at(i, j)), "softmax in place", k);
      }
    }
  });
}

TEST(softmax_gradient_is_the_plain_formula) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    Numbers numbers(2);
    for (const size_t units : kUnits) {
      Guarded<T> a(kRows, units);
      Guarded<T> d(kRows, units);
      a.fill(numbers);
      for (size_t i = kSome.begin; i < kSome.end; ++i) {
        for (size_t p = 0; p < d.view().panels(); ++p) std::fill_n(d.view().panel(p) + i * kLanes, kLanes, T{0});
        for (size_t j = 0; j < units; ++j) d.view().at(i, j) = numbers.value<T>();
      }
      std::vector<double> wanted;
      for (size_t i = kSome.begin; i < kSome.end; ++i) {
        double dot = 0;
        for (size_t j = 0; j < units; ++j) dot += static_cast<double>(a.view().at(i, j)) * static_cast<double>(d.view().at(i, j));
        for (size_t j = 0; j < units; ++j)
          wanted.push_back(static_cast<double>(a.view().at(i, j)) * (static_cast<double>(d.view().at(i, j)) - dot));
      }
      t.softmax_gradient({nullptr, a.view().data, d.view().data, units, d.view().stride, kSome});
      size_t next = 0;
      for (size_t i = kSome.begin; i < kSome.end; ++i)
        for (size_t j = 0; j < units; ++j) check_near(d.view().at(i, j), wanted[next++], static_cast<double>(units), "softmax gradient", k);
      check_true(outside_untouched(d) && some_padding_is_zero(d), "softmax gradient beyond its rows and units", k);
    }
  });
}

// ---- Losses

struct Row {
  std::vector<double> o, y;
  double delta;
};

struct LossFormula {
  std::function<double(const Row&)> value;
  std::function<double(const Row&, size_t)> slope;
};

/// A loss that is a sum over outputs.
LossFormula sum_of(const std::function<double(double o, double y, double delta)>& value,
                   const std::function<double(double o, double y, double delta)>& slope) {
  return {[=](const Row& r) {
            double sum = 0;
            for (size_t j = 0; j < r.o.size(); ++j) sum += value(r.o[j], r.y[j], r.delta);
            return sum;
          },
          [=](const Row& r, size_t j) { return slope(r.o[j], r.y[j], r.delta); }};
}

double cross_entropy(const Row& r) {
  const double max = *std::max_element(r.o.begin(), r.o.end());
  double sum = 0;
  for (const double o : r.o) sum += std::exp(o - max);
  double loss = 0;
  for (size_t j = 0; j < r.o.size(); ++j) loss += r.y[j] * (std::log(sum) - (r.o[j] - max));
  return loss;
}

double cross_entropy_slope(const Row& r, size_t j) {
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
      {"crossEntropy", {cross_entropy, cross_entropy_slope}},
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
            for (size_t j = 0; j < units; ++j) check_near(gradient.view().at(i, j), 0.25 * formula.slope(row, j), size, kLossNames[n], k);
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

// ---- Optimizers

/// One parameter's step in double precision, as PyTorch's documentation writes it.
struct PlainStep {
  double momentum = 0, mean = 0, square = 0, centre = 0;
  int steps = 0;

  double step(const OptimizerSpec& s, double w, double g) {
    ++steps;
    const double lr = s.learning_rate;
    if (s.kind == Optimizer::adamw) {
      w -= lr * s.weight_decay * w;
    } else {
      g += s.weight_decay * w;
    }
    switch (s.kind) {
      case Optimizer::sgd:
        momentum = s.momentum * momentum + g;
        return w - lr * (s.momentum == 0 ? g : s.nesterov ? g + s.momentum * momentum : momentum);
      case Optimizer::adam:
      case Optimizer::adamw: {
        mean = s.beta1 * mean + (1 - s.beta1) * g;
        square = s.beta2 * square + (1 - s.beta2) * g * g;
        const double m = mean / (1 - std::pow(s.beta1, steps));
        const double v = square / (1 - std::pow(s.beta2, steps));
        return w - lr * m / (std::sqrt(v) + s.epsilon);
      }
      case Optimizer::rmsprop: {
        square = s.alpha * square + (1 - s.alpha) * g * g;
        centre = s.alpha * centre + (1 - s.alpha) * g;
        const double v = s.centered ? square - centre * centre : square;
        momentum = s.momentum * momentum + g / (std::sqrt(v) + s.epsilon);
        return w - lr * momentum;
      }
      case Optimizer::adagrad:
        if (steps == 1) square = s.initial_accumulator;
        square += g * g;
        return w - lr / (1 + (steps - 1) * s.learning_rate_decay) * g / (std::sqrt(square) + s.epsilon);
    }
    return std::numeric_limits<double>::quiet_NaN();  // an optimizer without a formula here
  }
};

/// Every optimizer with its settings on and off.
std::vector<OptimizerSpec> optimizer_specs() {
  std::vector<OptimizerSpec> all;
  for (size_t kind = 0; kind < kOptimizerCount; ++kind) {
    for (unsigned bits = 0; bits < 32; ++bits) {
      const auto on = [&](unsigned bit, double value) { return (bits >> bit & 1) != 0 ? value : 0; };
      OptimizerSpec s{};
      s.kind = static_cast<Optimizer>(kind);
      s.learning_rate = 0.05;
      s.weight_decay = on(0, 0.1);
      s.momentum = on(1, 0.9);
      s.nesterov = on(1, 1) != 0 && on(2, 1) != 0;
      s.centered = on(2, 1) != 0;
      s.beta1 = on(3, 0.9);
      s.beta2 = on(4, 0.999);
      s.alpha = 0.5 + on(3, 0.4);
      s.epsilon = 1e-8;
      s.learning_rate_decay = on(3, 0.25);
      s.initial_accumulator = on(4, 0.5);
      all.push_back(s);
    }
  }
  return all;
}

TEST(optimizer_steps_are_the_plain_formulas) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    constexpr size_t size = 3 * kLanes;
    for (const OptimizerSpec& spec : optimizer_specs()) {
      Numbers numbers(5);
      OptimizerState<T> state(spec, size + kLanes);
      state.begin();
      CHECK_EQ(state.slots().size(), static_cast<size_t>(slot_count(spec)));
      std::vector<T> w(size + kLanes);
      std::vector<PlainStep> plain(size);
      std::vector<double> wanted(size);
      for (size_t i = 0; i < size; ++i) wanted[i] = static_cast<double>(w[i] = numbers.value<T>());
      for (int step = 0; step < 5; ++step) {
        std::vector<T> g(size);
        for (size_t i = 0; i < size; ++i) {
          g[i] = numbers.value<T>();
          wanted[i] = plain[i].step(spec, wanted[i], static_cast<double>(g[i]));
        }
        state.begin_step(spec.learning_rate);
        state.apply(t, w.data(), 0, g.data(), 1);  // in two pieces
        state.apply(t, w.data(), kLanes, g.data() + kLanes, 2);
      }
      for (size_t i = 0; i < size; ++i)
        check_near(w[i], wanted[i], 20, (std::string(kOptimizerNames[static_cast<size_t>(spec.kind)]) + " step").c_str(), k);
      for (size_t i = size; i < w.size(); ++i) check_true(w[i] == 0, "update beyond its range", k);
    }
  });
}

TEST(centered_rmsprop_lives_with_a_variance_of_zero) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    OptimizerSpec s{};
    s.kind = Optimizer::rmsprop;
    s.learning_rate = 1e-9;
    s.epsilon = 1e-2;
    s.centered = true;
    for (const double alpha : {0.0, 0.5, 0.99}) {
      s.alpha = alpha;
      OptimizerState<T> state(s, kLanes);
      state.begin();
      std::vector<T> w(kLanes);
      std::vector<T> g(kLanes);
      for (size_t i = 0; i < kLanes; ++i) g[i] = static_cast<T>(0.1 + 0.07 * static_cast<double>(i));
      for (int step = 0; step < 5000; ++step) {
        state.begin_step(s.learning_rate);
        state.apply(t, w.data(), 0, g.data(), 1);
      }
      check_true(t.all_finite(w.data(), 1), "rmsprop with a constant gradient", k);
    }
  });
}

TEST(parameters_without_a_gradient_stay_as_they_are_even_if_epsilon_is_zero) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    for (OptimizerSpec spec : optimizer_specs()) {
      spec.epsilon = spec.weight_decay = spec.initial_accumulator = 0;
      OptimizerState<T> state(spec, kLanes);
      state.begin();
      std::vector<T> w(kLanes, T{0.5});
      const std::vector<T> g(kLanes, T{0});
      for (int step = 0; step < 3; ++step) {
        state.begin_step(spec.learning_rate);
        state.apply(t, w.data(), 0, g.data(), 1);
      }
      check_true(std::all_of(w.begin(), w.end(), [](T x) { return x == T{0.5}; }),
                 kOptimizerNames[static_cast<size_t>(spec.kind)] + std::string(" with no gradient"), k);
    }
  });
}

// ---- Dropout

template <typename T>
DropoutBlock<T> dropout_block(size_t panels, double rate) {
  DropoutBlock<T> d{};
  d.panels = panels;
  d.seed = 0x0123456789abcdef;
  d.step = 0xfedcba9876543210;
  d.stream = 0x020003;
  d.threshold = static_cast<uint32_t>(rate * 0x1p32);
  d.scale = static_cast<T>(1 / (1 - rate));
  return d;
}

TEST(dropout_drops_by_philox_whatever_the_pieces) {
  constexpr size_t rows = 37;
  constexpr size_t panels = 3;
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    const double rate = 0.3;
    for (size_t panel = 0; panel < panels; ++panel) {
      std::vector<T> in(rows * kLanes);
      std::vector<T> whole(rows * kLanes);
      for (size_t i = 0; i < in.size(); ++i) in[i] = static_cast<T>(i + 1);
      DropoutBlock<T> d = dropout_block<T>(panels, rate);
      d.panel = panel;
      d.in = in.data();
      d.out = whole.data();
      d.rows = rows;
      t.dropout(d);
      for (size_t row = 0; row < rows; ++row) {
        for (size_t lane = 0; lane < kLanes; ++lane) {
          const size_t counter = (row / 4 * panels + panel) * kLanes + lane;
          const PhiloxBlock block = philox(0x89abcdef, 0x01234567, static_cast<uint32_t>(counter), 0x020003, 0x76543210, 0xfedcba98);
          const T wanted = block.word[row % 4] < d.threshold ? T{0} : in[row * kLanes + lane] * d.scale;
          check_true(same_bits(whole[row * kLanes + lane], wanted), "dropout", k);
        }
      }
      for (const size_t piece : {1, 2, 3, 4, 5, 16, 36}) {
        std::vector<T> pieces = in;  // in place
        for (size_t row = 0; row < rows; row += piece) {
          DropoutBlock<T> part = d;
          part.in = part.out = pieces.data() + row * kLanes;
          part.first_row = row;
          part.rows = std::min(piece, rows - row);
          t.dropout(part);
        }
        check_true(same(pieces, whole), "dropout in pieces", k);
      }
    }
  });
}

TEST(dropout_drops_the_right_share_and_other_keys_drop_others) {
  constexpr size_t rows = 4096;
  const Kernels& k = kernels();
  const std::vector<float> ones(rows * kLanes, 1.0F);
  const auto mask = [&](const DropoutBlock<float>& settings) {
    std::vector<float> out(ones.size());
    DropoutBlock<float> d = settings;
    d.in = ones.data();
    d.out = out.data();
    d.rows = rows;
    k.f32.dropout(d);
    return out;
  };
  const auto share = [](const std::vector<float>& m) {
    return static_cast<double>(std::count(m.begin(), m.end(), 0.0F)) / static_cast<double>(m.size());
  };
  const auto differ = [](const std::vector<float>& a, const std::vector<float>& b) {
    size_t different = 0;
    for (size_t i = 0; i < a.size(); ++i) different += a[i] != b[i] ? 1U : 0U;
    return static_cast<double>(different) / static_cast<double>(a.size());
  };
  for (const double rate : {0.0, 0.1, 0.5, 0.9}) {
    const std::vector<float> m = mask(dropout_block<float>(2, rate));
    const double deviation = std::sqrt(rate * (1 - rate) / static_cast<double>(m.size()));
    CHECK_NEAR(share(m), rate, 4 * deviation);
    for (const float x : m) CHECK(x == 0 || x == static_cast<float>(1 / (1 - rate)));
  }
  // Independent masks of one half differ in half of the places.
  const DropoutBlock<float> base = dropout_block<float>(2, 0.5);
  const std::vector<float> m = mask(base);
  DropoutBlock<float> other = base;
  other.step += 1;
  CHECK_NEAR(differ(m, mask(other)), 0.5, 0.01);
  other = base;
  other.step += uint64_t{1} << 40;
  CHECK_NEAR(differ(m, mask(other)), 0.5, 0.01);
  other = base;
  other.seed += 1;
  CHECK_NEAR(differ(m, mask(other)), 0.5, 0.01);
  other = base;
  other.stream += 1;
  CHECK_NEAR(differ(m, mask(other)), 0.5, 0.01);
  other = base;
  other.panel = 1;
  CHECK_NEAR(differ(m, mask(other)), 0.5, 0.01);
}

// ---- Copies

TEST(gather_scatter_and_transpose_move_every_element) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    Numbers numbers(6);
    for (const size_t columns : kUnits) {
      for (const size_t rows : {size_t{1}, size_t{3}, size_t{15}, size_t{16}, size_t{17}, size_t{33}}) {
        std::vector<T> plain(rows * columns);
        for (T& x : plain) x = numbers.value<T>();

        Guarded<T> panels(rows, columns);
        t.gather({plain.data(), panels.view().data, columns, panels.view().stride, nullptr, {0, rows / 2}});  // in two pieces
        t.gather({plain.data(), panels.view().data, columns, panels.view().stride, nullptr, {rows / 2, rows}});
        bool right = panels.padding_is_zero() && panels.canaries_alive();
        for (size_t i = 0; i < rows; ++i)
          for (size_t j = 0; j < columns; ++j) right = right && same_bits(panels.view().at(i, j), plain[i * columns + j]);
        check_true(right, "gather", k);

        std::vector<uint32_t> index(rows);
        for (uint32_t& i : index) i = static_cast<uint32_t>(numbers.below(rows));
        Guarded<T> chosen(rows, columns);
        t.gather({plain.data(), chosen.view().data, columns, chosen.view().stride, index.data(), {0, rows}});
        right = chosen.padding_is_zero() && chosen.canaries_alive();
        for (size_t i = 0; i < rows; ++i)
          for (size_t j = 0; j < columns; ++j) right = right && same_bits(chosen.view().at(i, j), plain[index[i] * columns + j]);
        check_true(right, "gather by index", k);

        std::vector<T> back(plain.size() + 1, T{7});
        t.scatter({panels.view().data, back.data(), columns, panels.view().stride, nullptr, {0, rows}});
        check_true(back.back() == 7, "scatter beyond its end", k);
        back.pop_back();
        check_true(same(back, plain), "scatter", k);

        Guarded<T> transposed(padded(columns), rows);
        t.transpose(panels.view().data, panels.view().stride, transposed.view().data, transposed.view().stride, rows,
                    {0, panels.view().panels()});
        right = transposed.canaries_alive() && transposed.padding_is_zero();
        for (size_t i = 0; i < rows; ++i) {
          for (size_t j = 0; j < padded(columns); ++j)
            right = right && same_bits(transposed.view().at(j, i), j < columns ? plain[i * columns + j] : T{0});
        }
        check_true(right, "transpose", k);

        T sums[kLanes];
        t.sum_rows(panels.view().panel(0), rows, sums);
        for (size_t j = 0; j < std::min<size_t>(columns, kLanes); ++j) {
          T sum = 0;
          for (size_t i = 0; i < rows; ++i) sum += plain[i * columns + j];
          check_true(same_bits(sums[j], sum), "sum_rows", k);
        }
      }
    }
  });
}

// ---- The same bits everywhere

/// Everything that one table computes from fixed numbers, one after the other.
template <typename T>
std::vector<T> everything(const KernelTable<T>& t) {
  std::vector<T> all;
  const auto add = [&](const T* values, size_t count) { all.insert(all.end(), values, values + count); };
  Numbers numbers(8);
  std::vector<T> z = arguments<T>();
  z[5] = std::numeric_limits<T>::infinity();
  z[6] = -std::numeric_limits<T>::infinity();
  z[7] = std::numeric_limits<T>::denorm_min();
  z[8] = std::numeric_limits<T>::max();
  for (size_t i = 0; i < 4096; ++i) z.push_back(numbers.value<T>() * static_cast<T>(std::exp(numbers.value<double>() * 8)));
  std::vector<T> out(z.size());
  for (const auto f : {t.exp, t.expm1, t.log, t.log1p_unit, t.tanh, t.erf, t.sigmoid}) {
    f(z.data(), out.data(), z.size());
    add(out.data(), out.size());
  }
  for (size_t n = 0; n < kActivationCount; ++n) {
    if (t.activate[n] == nullptr) continue;
    t.activate[n](z.data(), out.data(), z.size() / kLanes);
    add(out.data(), out.size());
    std::vector<T> d(z.size(), T{0.375});
    t.derive[n](kDerivativeReads[n] == DerivativeReads::output ? out.data() : z.data(), d.data(), z.size() / kLanes);
    add(d.data(), d.size());
  }
  for (const size_t units : kUnits) {
    PanelMatrix<T> output(kRows, units);
    PanelMatrix<T> target(kRows, units);
    PanelMatrix<T> result(kRows, units);
    const size_t size = kRows * padded(units);
    const size_t stride = output.view().stride;
    for (size_t i = 0; i < kRows; ++i) {
      for (size_t j = 0; j < units; ++j) {
        output.at(i, j) = numbers.value<T>() * 9;
        target.at(i, j) = std::abs(numbers.value<T>());
      }
    }
    t.softmax({output.view().data, result.view().data, nullptr, units, stride, {0, kRows}});
    add(result.view().data, size);
    PanelMatrix<T> d(kRows, units);
    std::copy_n(target.view().data, size, d.view().data);
    t.softmax_gradient({nullptr, result.view().data, d.view().data, units, stride, {0, kRows}});
    add(d.view().data, size);
    for (const auto loss : t.loss) {
      T row_loss[kRows];
      LossBlock<T> block{};
      block.output = output.view().data;
      block.target = target.view().data;
      block.gradient = result.view().data;
      block.row_loss = row_loss;
      block.units = units;
      block.stride = stride;
      block.rows = {0, kRows};
      block.scale = T{0.125};
      block.delta = T{0.75};
      loss(block);
      add(row_loss, kRows);
      add(result.view().data, size);
    }
    T sums[kLanes];
    t.sum_rows(output.view().data, kRows, sums);
    add(sums, kLanes);
  }
  for (const OptimizerSpec& spec : optimizer_specs()) {
    OptimizerState<T> state(spec, 4 * kLanes);
    state.begin();
    std::vector<T> w(4 * kLanes);
    std::vector<T> g(4 * kLanes);
    for (int step = 0; step < 3; ++step) {
      for (T& x : g) x = numbers.value<T>();
      state.begin_step(spec.learning_rate);
      state.apply(t, w.data(), 0, g.data(), 4);
    }
    add(w.data(), w.size());
  }
  return all;
}

TEST(every_instruction_set_gives_the_same_bits) {
  const std::vector<const Kernels*> all = fusing_kernels();
  const std::vector<float> f32 = everything(all.front()->f32);
  const std::vector<double> f64 = everything(all.front()->f64);
  for (const Kernels* k : all) {
    check_true(same(everything(k->f32), f32), "f32 bits", *k);
    check_true(same(everything(k->f64), f64), "f64 bits", *k);
  }
}

}  // namespace
}  // namespace chainrule
