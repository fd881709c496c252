// Optimizer steps against the plain formulas. The tests run over the list: a new row without a formula here fails.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "math/contract.h"
#include "optimizer_specs.h"
#include "tables.h"

namespace chainrule {
namespace {

/// One parameter's step in double precision, as PyTorch's documentation writes it.
struct PlainStep {
  double momentum = 0, mean = 0, square = 0, centre = 0, largest = 0, before = 0, size = 0, product = 1;
  int steps = 0;

  static double sign(double x) { return x < 0 ? -1 : x > 0 ? 1 : 0; }
  void move(const OptimizerSpec& s, double g) {
    mean = s.beta1 * mean + (1 - s.beta1) * g;
    square = s.beta2 * square + (1 - s.beta2) * g * g;
  }
  static double nadam_momentum(const OptimizerSpec& s, int t) { return s.beta1 * (1 - 0.5 * std::pow(0.96, t * s.momentum_decay)); }

  double step(const OptimizerSpec& s, double w, double g) {
    ++steps;
    const double lr = s.learning_rate;
    if (s.kind == Optimizer::adamw || s.kind == Optimizer::lion) {
      w -= lr * s.weight_decay * w;
    } else if (s.kind != Optimizer::rprop) {
      g += s.weight_decay * w;
    }
    switch (s.kind) {
      case Optimizer::sgd:
        momentum = s.momentum * momentum + g;
        return w - lr * (s.momentum == 0 ? g : s.nesterov ? g + s.momentum * momentum : momentum);
      case Optimizer::adam:
      case Optimizer::adamw: {
        move(s, g);
        largest = std::max(largest, square);
        const double m = mean / (1 - std::pow(s.beta1, steps));
        const double v = (s.amsgrad ? largest : square) / (1 - std::pow(s.beta2, steps));
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
      case Optimizer::nadam: {
        const double now = nadam_momentum(s, steps);
        const double next = nadam_momentum(s, steps + 1);
        product *= now;
        move(s, g);
        const double root = std::sqrt(square / (1 - std::pow(s.beta2, steps))) + s.epsilon;
        return w - lr * (1 - now) / (1 - product) * g / root - lr * next / (1 - product * next) * mean / root;
      }
      case Optimizer::radam: {
        move(s, g);
        const double m = mean / (1 - std::pow(s.beta1, steps));
        const double correction = 1 - std::pow(s.beta2, steps);
        const double most = 2 / (1 - s.beta2) - 1;
        const double r = most - 2 * steps * std::pow(s.beta2, steps) / correction;
        if (r <= 5) return w - lr * m;
        const double rectification = std::sqrt((r - 4) * (r - 2) * most / ((most - 4) * (most - 2) * r));
        return w - lr * m * rectification * std::sqrt(correction) / (std::sqrt(square) + s.epsilon);
      }
      case Optimizer::adamax:
        mean = s.beta1 * mean + (1 - s.beta1) * g;
        largest = std::max(s.beta2 * largest, std::abs(g) + s.epsilon);
        return w - lr / (1 - std::pow(s.beta1, steps)) * mean / largest;
      case Optimizer::adadelta: {
        square = s.rho * square + (1 - s.rho) * g * g;
        const double change = std::sqrt(mean + s.epsilon) / std::sqrt(square + s.epsilon) * g;
        mean = s.rho * mean + (1 - s.rho) * change * change;
        return w - lr * change;
      }
      case Optimizer::rprop: {
        if (steps == 1) size = lr;
        const double same = before * g;
        size = std::min(std::max(size * (same > 0 ? s.eta_plus : same < 0 ? s.eta_minus : 1), s.min_step), s.max_step);
        before = same < 0 ? 0 : g;
        return w - sign(before) * size;
      }
      case Optimizer::lion: {
        const double direction = sign(s.beta1 * mean + (1 - s.beta1) * g);
        mean = s.beta2 * mean + (1 - s.beta2) * g;
        return w - lr * direction;
      }
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
      for (int step = 0; step < 7; ++step) {  // radam rectifies from the sixth step on
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

/// A list of two trained tensors of one panel and three, and one that is measured.
ParameterList three_tensors() {
  ParameterList list(sizeof(double));
  list.add({"a", 2, 3, {}, 2, 3, 0, 0});
  list.add({"b", 1, 40, {}, 1, 40, 0, 0});
  Parameter measured{"c", 1, 3, {}, 1, 3, 0, 0};
  measured.trained = false;
  list.add(measured);
  list.seal();
  return list;
}

TEST(tensors_have_settings_of_their_own) {
  const ParameterList list = three_tensors();
  const size_t first = 2 * kLanes;
  const size_t size = 5 * kLanes;
  for_all_tables([&](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    for (OptimizerSpec spec : optimizer_specs()) {
      for (const TensorSettings& own : {TensorSettings{0.25, true, 0, 0, false}, TensorSettings{1, false, 0, 0, false},
                                        TensorSettings{1, true, 0.125, 0.0625, false}, TensorSettings{1, true, 0, 0, true}}) {
        spec.tensors = {{}, own};
        OptimizerState<T> state(spec, TensorGroups(list, spec.tensors));
        OptimizerSpec as_own = spec;
        as_own.learning_rate *= own.learning_rate_factor;
        if (!own.decays) as_own.weight_decay = 0;
        OptimizerState<T> with_default(spec, size);
        OptimizerState<T> with_own(as_own, size);
        Numbers numbers(6);
        std::vector<T> w(size);
        for (T& x : w) x = numbers.value<T>();
        const std::vector<T> before = w;
        std::vector<T> by_default = w;
        std::vector<T> by_own = w;
        for (int step = 0; step < 4; ++step) {
          std::vector<T> g(size);
          for (T& x : g) x = numbers.value<T>();
          std::vector<T> penalised(size);
          t.adjust({g.data(), by_own.data(), penalised.data(), 5, 1, std::numeric_limits<T>::infinity(), static_cast<T>(own.l1),
                    static_cast<T>(2 * own.l2)});
          state.begin_step(spec.learning_rate);
          with_default.begin_step(spec.learning_rate);
          with_own.begin_step(as_own.learning_rate);
          state.apply(t, w.data(), 0, g.data(), 5);  // across the border
          with_default.apply(t, by_default.data(), 0, g.data(), 5);
          with_own.apply(t, by_own.data(), 0, own.l1 == 0 ? g.data() : penalised.data(), 5);
        }
        const std::vector<T>& of_second = own.frozen ? before : by_own;
        check_true(std::equal(w.begin(), w.begin() + first, by_default.begin()), "the first tensor", k);
        check_true(std::equal(w.begin() + first, w.end(), of_second.begin() + first), "the second tensor", k);
      }
    }
  });
}

TEST(tensors_with_the_same_settings_are_one_group) {
  const ParameterList list = three_tensors();
  CHECK_EQ(TensorGroups(list, {}).all().size(), size_t{1});
  CHECK_EQ(TensorGroups(list, {{}, {}}).all().size(), size_t{1});
  const TensorGroups two(list, {{1, true, 0, 0, true}, {}});
  CHECK_EQ(two.all().size(), size_t{2});
  CHECK_EQ(two.all()[1].end, list.trained_size());
  CHECK(two.is_frozen(2 * kLanes - 1) && !two.is_frozen(2 * kLanes));
  CHECK_EQ(two.first_moved(), size_t{2 * kLanes});
  CHECK_EQ(TensorGroups(list, {{1, true, 0, 0, true}, {1, true, 0, 0, true}}).first_moved(), list.trained_size());
  for (const std::vector<TensorSettings>& wrong : {std::vector<TensorSettings>(1), std::vector<TensorSettings>(3)}) {
    bool refused = false;
    try {
      TensorGroups(list, wrong);
    } catch (const ContractViolation&) {
      refused = true;
    }
    CHECK(refused);
  }
}

TEST(a_plain_step_is_offered_only_where_it_is_one) {
  const ParameterList list = three_tensors();
  OptimizerSpec spec{};
  spec.kind = Optimizer::sgd;
  spec.learning_rate = 0.5;
  spec.weight_decay = 0.1;
  const auto factor_of_second = [&](const TensorSettings& own) {
    OptimizerState<float> state(spec, TensorGroups(list, {{}, own}));
    state.begin_step(spec.learning_rate);
    CHECK(state.plain_factor(0) == nullptr);
    const float* factor = state.plain_factor(2 * kLanes);
    return factor == nullptr ? 0 : *factor;
  };
  CHECK_EQ(factor_of_second({0.25, false, 0, 0, false}), -0.125F);
  CHECK_EQ(factor_of_second({0.25, true, 0, 0, false}), 0.0F);
  CHECK_EQ(factor_of_second({1, false, 0.5, 0, false}), 0.0F);
  CHECK_EQ(factor_of_second({1, false, 0, 0.5, false}), 0.0F);
}

TEST(nadam_goes_on_with_the_product_of_its_momenta) {
  const Kernels& k = kernels();
  OptimizerSpec spec{};
  spec.kind = Optimizer::nadam;
  spec.beta1 = 0.999;
  spec.beta2 = 0.999;
  spec.momentum_decay = 0.004;
  for (const uint64_t steps : {0, 1, 100, 3000}) {
    OptimizerState<double> whole(spec, kLanes);
    for (uint64_t step = 0; step < steps; ++step) whole.begin_step(0.1);
    OptimizerState<double> resumed(spec, kLanes);
    for (int step = 0; step < 3; ++step) resumed.begin_step(0.1);  // whatever it did before is forgotten
    resumed.set_steps(steps);
    const std::vector<double> g(kLanes, 0.5);
    std::vector<double> a(kLanes);
    std::vector<double> b(kLanes);
    whole.begin_step(0.1);
    resumed.begin_step(0.1);
    whole.apply(k.f64, a.data(), 0, g.data(), 1);
    resumed.apply(k.f64, b.data(), 0, g.data(), 1);
    CHECK(a == b);
  }
  OptimizerState<double> late(spec, kLanes);
  late.set_steps(uint64_t{1} << 52);  // at once: the product is 0 long before
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

}  // namespace
}  // namespace chainrule
