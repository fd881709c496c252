// The work on single elements: activations and their derivatives, optimizer steps. The formulas stand in the .inc lists; here are
// their common parts and the loops.

constexpr double kSeluScale = 1.0507009873554804934193349852946;
constexpr double kSeluAlpha = 1.6732632423543772848170429916717;

template <class V>
CHAINRULE_INLINE V constant(double c) {
  return V::set(static_cast<typename V::T>(c));
}

template <class V>
CHAINRULE_INLINE V sign(V x) {
  const V zero = constant<V>(0);
  return select_less(x, zero, constant<V>(-1), select_less(zero, x, constant<V>(1), x));
}

/// log(1 + exp(z)), exact for large |z|.
template <class V>
CHAINRULE_INLINE V softplus(V z) {
  return max(constant<V>(0), z) + log1p_unit(exp_of_minus_abs(z));
}

template <class V>
CHAINRULE_INLINE V normal_cdf(V z) {
  return constant<V>(0.5) * (constant<V>(1) + erf(z * constant<V>(0.70710678118654752440)));
}

template <class V>
CHAINRULE_INLINE V normal_density(V z) {
  return constant<V>(0.39894228040143267794) * exp(z * z * constant<V>(-0.5));
}

constexpr double kRootTwoOverPi = 0.79788456080286535588;
constexpr double kGeluCubic = 0.044715;

template <class V>
CHAINRULE_INLINE V gelu_inner(V z) {
  return constant<V>(kRootTwoOverPi) * fma(constant<V>(kGeluCubic) * z * z, z, z);
}

template <class V>
CHAINRULE_INLINE V gelu_tanh_derivative(V x) {
  const V one = constant<V>(1);
  const V z = max(constant<V>(-10), min(constant<V>(10), x));  // from here on it is 0 or 1, and z^3 could overflow
  const V t = tanh(gelu_inner(z));
  const V inner_derivative = fma(constant<V>(3 * kRootTwoOverPi * kGeluCubic) * z, z, constant<V>(kRootTwoOverPi));
  return constant<V>(0.5) * fma(z * inner_derivative, fnma(t, t, one), one + t);
}

template <class V>
CHAINRULE_INLINE V silu_derivative(V z) {
  const V s = sigmoid(z);
  return s * fma(z, constant<V>(1) - s, constant<V>(1));
}

/// n of tanh(softplus(z)) = n / (n + 2), n = exp(z) (exp(z) + 2). Beyond z = 20 the quotient is 1 in double precision too.
template <class V>
CHAINRULE_INLINE V mish_numerator(V z) {
  const V e = exp(min(constant<V>(20), z));
  return e * (e + constant<V>(2));
}

template <class V>
CHAINRULE_INLINE V tanh_softplus(V z) {
  const V n = mish_numerator(z);
  return n / (n + constant<V>(2));
}

template <class V>
CHAINRULE_INLINE V mish_derivative(V z) {
  const V n = mish_numerator(z);
  const V denominator = n + constant<V>(2);
  const V one_minus_square = constant<V>(4) * (n + constant<V>(1)) / (denominator * denominator);
  return fma(min(constant<V>(20), z) * sigmoid(z), one_minus_square, n / denominator);
}

template <class V>
CHAINRULE_INLINE V huber_value(V difference, V delta) {
  const V d = abs(difference);
  return select_less(delta, d, delta * fnma(constant<V>(0.5), delta, d), constant<V>(0.5) * d * d);
}

/// Which side of 0 a target stands for: 1 where it is above 0, else -1.
template <class V>
CHAINRULE_INLINE V side(V y) {
  return select_less(constant<V>(0), y, constant<V>(1), constant<V>(-1));
}

template <class V>
CHAINRULE_INLINE V hinge_value(V o, V y) {
  return max(constant<V>(0), fnma(side(y), o, constant<V>(1)));
}

/// y moved towards one half.
template <class V>
CHAINRULE_INLINE V smoothed(V y, const LossSettings<V>& s) {
  return fma(constant<V>(1) - s.label_smoothing, y, constant<V>(0.5) * s.label_smoothing);
}

/// -y log(sigmoid(o)) - (1 - y) log(1 - sigmoid(o)) = max(o, 0) - o y + log(1 + exp(-|o|)), and (positive - 1) times the first term.
template <class V>
CHAINRULE_INLINE V bce_value(V o, V y, V positive) {
  const V zero = constant<V>(0);
  const V log_sum = log1p_unit(exp_of_minus_abs(o));
  const V even = fnma(o, y, max(zero, o) + log_sum);
  return fma((positive - constant<V>(1)) * y, max(zero, -o) + log_sum, even);
}

template <class V>
CHAINRULE_INLINE V bce_derivative(V o, V y, V positive) {
  const V one = constant<V>(1);
  const V p = sigmoid(o);
  return fma((positive - one) * y, p - one, p - y);
}

/// x^exponent for x from 0 to 1, and a NaN for a NaN. The smallest normal number stands for those below it.
template <class R>
CHAINRULE_INLINE Vec<R> unit_power(Vec<R> x, Vec<R> exponent) {
  return exp(exponent * log(at_least(x, Limits<typename R::T>::normal_min)));
}

/// The parts of the focal loss a (1 - p_t)^gamma ce, p_t being the probability of the target.
template <class V>
struct FocalParts {
  V p, other;  // the probabilities of 1 and of 0
  V miss;      // 1 - p_t
  V factor;    // a (1 - p_t)^gamma
  V ce;
};

template <class R>
CHAINRULE_INLINE FocalParts<Vec<R>> focal_parts(Vec<R> o, Vec<R> y, const LossSettings<Vec<R>>& s) {
  using V = Vec<R>;
  const V one = constant<V>(1);
  FocalParts<V> t;
  t.p = sigmoid(o);
  t.other = sigmoid(-o);
  t.miss = at_least(fma(t.p, one - y, t.other * y), Limits<typename R::T>::normal_min);
  t.factor = fma(s.positive, y, s.negative * (one - y)) * unit_power(t.miss, s.gamma);
  t.ce = bce_value(o, y, one);
  return t;
}

template <class V>
CHAINRULE_INLINE V focal_value(V o, V y, const LossSettings<V>& s) {
  const FocalParts<V> t = focal_parts(o, y, s);
  return t.factor * t.ce;
}

/// d miss / do = p (1 - p) (1 - 2 y), d ce / do = p - y.
template <class V>
CHAINRULE_INLINE V focal_derivative(V o, V y, const LossSettings<V>& s) {
  const FocalParts<V> t = focal_parts(o, y, s);
  const V d_miss = t.p * t.other * fnma(constant<V>(2), y, constant<V>(1));
  return t.factor * fma(s.gamma * t.ce, d_miss / t.miss, t.p - y);
}

template <typename T>
constexpr T kOddLanes[kLanes] = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1};

/// `first` in the lanes of even columns, `second` in the others.
template <class R>
CHAINRULE_INLINE Vec<R> in_pairs(Vec<R> first, Vec<R> second) {
  return select_less(Vec<R>::load(kOddLanes<typename R::T>), constant<Vec<R>>(1), first, second);
}

#define ACTIVATION(name, formula, derivative_formula, reads) \
  template <class R>                                         \
  struct name##_activation {                                 \
    using V = Vec<R>;                                        \
    using T = typename R::T;                                 \
    static CHAINRULE_INLINE V value(V z) {                   \
      [[maybe_unused]] const V zero = constant<V>(0);        \
      [[maybe_unused]] const V one = constant<V>(1);         \
      return formula;                                        \
    }                                                        \
    static CHAINRULE_INLINE V derivative(V saved) {          \
      [[maybe_unused]] const V zero = constant<V>(0);        \
      [[maybe_unused]] const V one = constant<V>(1);         \
      [[maybe_unused]] const V z = saved;                    \
      [[maybe_unused]] const V a = saved;                    \
      return derivative_formula;                             \
    }                                                        \
  };
#define ROW_ACTIVATION(name)
#include "kernels/activations.inc"
#undef ACTIVATION
#undef ROW_ACTIVATION

template <class R, class A>
void activate(const typename R::T* z, typename R::T* a, size_t vectors) {
  for (size_t i = 0; i < vectors * kLanes; i += kLanes) A::value(Vec<R>::load(z + i)).store(a + i);
}

template <class R, class A>
void derivative(const typename R::T* saved, typename R::T* d, size_t vectors) {
  for (size_t i = 0; i < vectors * kLanes; i += kLanes) (Vec<R>::load(d + i) * A::derivative(Vec<R>::load(saved + i))).store(d + i);
}

template <class R>
CHAINRULE_INLINE Vec<R> in_lanes(typename R::T number) {
  return Vec<R>::set(number);
}
template <class R>
CHAINRULE_INLINE bool in_lanes(bool flag) {
  return flag;
}

/// A step's coefficients in every lane.
template <class R>
CHAINRULE_INLINE StepCoefficients<Vec<R>> in_lanes(const StepCoefficients<typename R::T>& s) {
  StepCoefficients<Vec<R>> c;
#define SETTING(name, typescript, kind) c.name = in_lanes<R>(s.name);
#include "kernels/settings.inc"
#undef SETTING
#define COEFFICIENT(name, kind, ...) c.name = in_lanes<R>(s.name);
#include "kernels/coefficients.inc"
#undef COEFFICIENT
  return c;
}

/// The moving means of gradients and of their squares, in PyTorch's arrangement.
template <class V, class C>
CHAINRULE_INLINE void move_moments(V g, V& mean, V& square, const C& c) {
  mean = fma(c.one_minus_beta1, g - mean, mean);
  square = fma(c.one_minus_beta2, g * g, c.beta2 * square);
}

/// Kingma & Ba 2015, algorithm 1; with the largest mean square so far, AMSGrad: Reddi, Kale & Kumar 2018.
template <class V, class C>
CHAINRULE_INLINE void adam_step(V& w, V g, V& mean, V& square, V& largest, const C& c) {
  move_moments(g, mean, square, c);
  const V second = c.amsgrad ? largest = max(largest, square) : square;
  w = fnma(c.rate, mean / fma(sqrt(second), c.root_correction2, c.epsilon), w);
}

/// Whether an optimizer keeps state arrays whatever its settings are.
template <typename... Flags>
constexpr bool any_of(Flags... flags) {
  return (flags || ...);
}

#define OPTIMIZER(name, kept, starts, step, ...)                                                                          \
  template <class R>                                                                                                      \
  struct name##_optimizer {                                                                                               \
    using V = Vec<R>;                                                                                                     \
    static constexpr bool always_keeps_state() {                                                                          \
      [[maybe_unused]] constexpr OptimizerSettings<typename R::T> s{};                                                    \
      return any_of kept;                                                                                                 \
    }                                                                                                                     \
    static CHAINRULE_INLINE void apply(V& w, V g, [[maybe_unused]] V& s0, [[maybe_unused]] V& s1, [[maybe_unused]] V& s2, \
                                       const StepCoefficients<V>& c) __VA_ARGS__                                          \
  };
#include "kernels/optimizers.inc"
#undef OPTIMIZER

template <class R, class O, bool kKeepsState>
CHAINRULE_INLINE void update_vectors(const UpdateBlock<typename R::T>& u) {
  using V = Vec<R>;
  const StepCoefficients<V> c = in_lanes<R>(*u.step);
  for (size_t i = 0; i < u.vectors * kLanes; i += kLanes) {
    V w = V::load(u.weights + i);
    V s[kMaxStateArrays];
    CHAINRULE_UNROLL
    for (int n = 0; n < kMaxStateArrays; ++n) s[n] = kKeepsState && u.state[n] != nullptr ? V::load(u.state[n] + i) : constant<V>(0);
    O::apply(w, V::load(u.gradient + i), s[0], s[1], s[2], c);
    w.store(u.weights + i);
    CHAINRULE_UNROLL
    for (int n = 0; n < kMaxStateArrays; ++n) {
      if (kKeepsState && u.state[n] != nullptr) s[n].store(u.state[n] + i);
    }
  }
}

template <class R, class O>
void update(const UpdateBlock<typename R::T>& u) {
  if constexpr (O::always_keeps_state()) return update_vectors<R, O, true>(u);
  bool keeps_state = false;
  for (const typename R::T* state : u.state) keeps_state = keeps_state || state != nullptr;
  keeps_state ? update_vectors<R, O, true>(u) : update_vectors<R, O, false>(u);
}

/// Each gradient times `scale`, within the clip, with its share of the penalties on its weight.
template <class R>
void adjust(const AdjustBlock<typename R::T>& b) {
  using V = Vec<R>;
  const V scale = V::set(b.scale);
  const V most = V::set(b.clip);
  const V least = -most;
  const V l1 = V::set(b.l1);
  const V l2 = V::set(b.l2);
  for (size_t i = 0; i < b.vectors * kLanes; i += kLanes) {
    const V w = V::load(b.weights + i);
    const V g = max(least, min(most, V::load(b.gradient + i) * scale));
    fma(l2, w, fma(l1, sign(w), g)).store(b.out + i);
  }
}
