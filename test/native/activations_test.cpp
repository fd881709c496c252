// Activations and their derivatives against the plain formulas. The tests run over the lists: a new row without a formula here fails.
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "tables.h"

namespace chainrule {
namespace {

struct Formula {
  std::function<double(double)> value, derivative;
  bool odd_columns_only = false;
};

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
      {"exp", {[](double z) { return std::exp(z); }, [](double z) { return std::exp(z); }}},
      {"meanVariance", {softplus, sigmoid, true}},
  };
  return all;
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
      CHECK_EQ(t.derivative[n] != nullptr, elementwise);
      if (!elementwise) continue;
      CHECK_EQ(formulas().count(name), 1U);
      const Formula& formula = formulas().at(name);
      std::vector<T> a(z.size());
      std::vector<T> d(z.size(), T{0.75});
      t.activate[n](z.data(), a.data(), z.size() / kLanes);
      t.derivative[n]((reads == DerivativeReads::output ? a : z).data(), d.data(), z.size() / kLanes);
      for (size_t i = 0; i < z.size(); ++i) {
        const double at = static_cast<double>(z[i]);
        // gelu is z times something from 0 to 1 that is not known more exactly than 1; the others are exact down to where numbers end.
        const double scale = std::strncmp(name, "gelu", 4) == 0 ? std::abs(at) : sizeof(T) == 4 ? 1e-32 : 1e-293;
        const bool stays = formula.odd_columns_only && i % 2 == 0;
        const double value = stays ? at : formula.value(at);
        if (value > static_cast<double>(std::numeric_limits<T>::max())) {
          check_true(std::isinf(a[i]), std::string(name) + " overflows at " + check::show(at), k);
          continue;
        }
        check_near(a[i], value, scale, (std::string(name) + " value at " + check::show(at)).c_str(), k);
        const double derivative = stays ? 1 : formula.derivative(at);
        check_near(d[i], 0.75 * derivative, 1, (std::string(name) + " derivative at " + check::show(at)).c_str(), k);
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
    for (size_t n = 0; n < kLossKernelCount; ++n) {
      T row_loss = 0;
      LossBlock<T> block{};
      block.output = z.data();
      block.target = y.data();
      block.row_loss = &row_loss;
      block.units = 5;
      block.stride = kLanes;
      block.rows = {0, 1};
      block.row_scale = block.per_output = y.data();
      block.settings = {1, 0, 2, 1, 1};
      t.loss[n](block);
      check_true(std::isnan(row_loss), kLossNames[n], k);
    }
    std::vector<T> a(kLanes);
    t.softmax({z.data(), a.data(), nullptr, 5, kLanes, {0, 1}});
    check_true(std::isnan(a[0]), "softmax", k);
    for (const T bad : {nan, std::numeric_limits<T>::infinity(), -std::numeric_limits<T>::infinity()}) {
      for (size_t index = 0; index < 3 * kLanes; ++index) {
        std::vector<T> values(3 * kLanes, std::numeric_limits<T>::max());
        check_true(t.all_finite(values.data(), 3), "all_finite", k);
        values[index] = bad;
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
      if (t.activate[n] == nullptr || n == static_cast<size_t>(Activation::exp)) continue;  // e^x overflows
      std::vector<T> a(z.size());
      std::vector<T> d(z.size(), T{1});
      t.activate[n](z.data(), a.data(), z.size() / kLanes);
      t.derivative[n]((kDerivativeReads[n] == DerivativeReads::output ? a : z).data(), d.data(), z.size() / kLanes);
      check_true(t.all_finite(a.data(), a.size() / kLanes), std::string("value of ") + kActivationNames[n], k);
      check_true(t.all_finite(d.data(), d.size() / kLanes), std::string("derivative of ") + kActivationNames[n], k);
    }
  });
}

}  // namespace
}  // namespace chainrule
