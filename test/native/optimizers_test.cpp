// Optimizer steps against the plain formulas. The tests run over the list: a new row without a formula here fails.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "optimizer_specs.h"
#include "tables.h"

namespace chainrule {
namespace {

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
        state.begin_step(spec.learning_rate, spec.weight_decay);
        state.apply(t, w.data(), 0, g.data(), 1);  // in two pieces
        state.apply(t, w.data(), kLanes, g.data() + kLanes, 2);
      }
      for (size_t i = 0; i < size; ++i)
        check_near(w[i], wanted[i], 20, (std::string(kOptimizerNames[static_cast<size_t>(spec.kind)]) + " step").c_str(), k);
      for (size_t i = size; i < w.size(); ++i) check_true(w[i] == 0, "update beyond its range", k);
    }
  });
}

TEST(gradients_are_scaled_then_clipped_then_penalised) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    constexpr T infinity = std::numeric_limits<T>::infinity();
    constexpr T nan = std::numeric_limits<T>::quiet_NaN();
    const auto adjusted = [&](T g, T w, T scale, T clip, T l1, T l2) {
      std::vector<T> gradient(2 * kLanes, g);
      const std::vector<T> weights(2 * kLanes, w);
      t.adjust({gradient.data(), weights.data(), gradient.data(), 2, scale, clip, l1, l2});
      check_true(std::equal(gradient.begin() + 1, gradient.end(), gradient.begin()) || std::isnan(gradient[0]), "all alike", k);
      return gradient.back();
    };
    const auto is = [&](T found, double wanted) { check_near(found, wanted, 1, "adjusted gradient", k); };
    is(adjusted(3, 5, 1, infinity, 0, 0), 3);
    is(adjusted(3, 5, 0.5, infinity, 0, 0), 1.5);
    is(adjusted(3, 5, 0.5, 1, 0, 0), 1);
    is(adjusted(-3, 5, 1, 0.25, 0, 0), -0.25);
    is(adjusted(-3, 5, 1, 0.25, 0.5, 0.125), -0.25 + 0.5 + 0.125 * 5);
    is(adjusted(0, -5, 1, infinity, 0.5, 0.125), -0.5 - 0.125 * 5);
    is(adjusted(infinity, 0, 1, 2, 0.5, 0.125), 2);
    is(adjusted(0, 0, 0.5, 2, 0.5, 0.125), 0);  // padding lanes
    check_true(std::isnan(adjusted(nan, 5, 1, 2, 0.5, 0.125)), "a NaN stays one", k);
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
        state.begin_step(s.learning_rate, s.weight_decay);
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
        state.begin_step(spec.learning_rate, spec.weight_decay);
        state.apply(t, w.data(), 0, g.data(), 1);
      }
      check_true(std::all_of(w.begin(), w.end(), [](T x) { return x == T{0.5}; }),
                 kOptimizerNames[static_cast<size_t>(spec.kind)] + std::string(" with no gradient"), k);
    }
  });
}

}  // namespace
}  // namespace chainrule
