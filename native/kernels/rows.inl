// The work along the rows of a matrix in panels: softmax, losses, sums.

template <typename T>
constexpr T kLaneNumbers[kLanes] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/// `inside` in the lanes of columns that exist, `outside` in the padding.
template <class R>
CHAINRULE_INLINE Vec<R> only_columns(size_t columns, size_t panel, Vec<R> inside, Vec<R> outside) {
  using T = typename R::T;
  if ((panel + 1) * kLanes <= columns) return inside;
  return select_less(Vec<R>::load(kLaneNumbers<T>), Vec<R>::set(static_cast<T>(columns - panel * kLanes)), inside, outside);
}

/// The largest lane, by a tree: a chain would take four times as long. Undefined if a lane is a NaN.
template <class R>
CHAINRULE_INLINE typename R::T max_lanes(Vec<R> v) {
  typename R::T lane[kLanes];
  v.store(lane);
  CHAINRULE_UNROLL
  for (size_t half = kLanes / 2; half > 0; half /= 2) {
    CHAINRULE_UNROLL
    for (size_t i = 0; i < half; ++i) lane[i] = lane[i] > lane[i + half] ? lane[i] : lane[i + half];
  }
  return lane[0];
}

CHAINRULE_INLINE size_t panels_of(size_t columns) { return (columns + kLanes - 1) / kLanes; }

/// exp(z - max) of one row into `e`, which may be null; returns their sum and the maximum. A NaN anywhere makes the sum NaN.
template <class R>
CHAINRULE_INLINE typename R::T shifted_exp(const typename R::T* z, typename R::T* e, size_t units, size_t stride, typename R::T* max_out) {
  using V = Vec<R>;
  using T = typename R::T;
  const V lowest = V::set(-static_cast<T>(__builtin_huge_val()));
  V highest = lowest;
  for (size_t p = 0; p < panels_of(units); ++p) highest = max(only_columns(units, p, V::load(z + p * stride), lowest), highest);
  *max_out = max_lanes(highest);
  const V shift = V::set(*max_out);
  V sum = constant<V>(0);
  for (size_t p = 0; p < panels_of(units); ++p) {
    const V v = only_columns(units, p, exp(V::load(z + p * stride) - shift), constant<V>(0));
    if (e != nullptr) v.store(e + p * stride);
    sum = sum + v;
  }
  return sum_lanes(sum);
}

/// The lanes of each row of a block [16][16], added or whatever `f` does by the tree of sum_lanes: lane i is of row i.
template <class R, class F>
CHAINRULE_INLINE Vec<R> fold_rows(const typename R::T* block, F f) {
  typename R::T turned[kLanes * kLanes];
  transpose_block<R>(block, turned);
  Vec<R> v[kLanes];
  CHAINRULE_UNROLL
  for (size_t i = 0; i < kLanes; ++i) v[i] = Vec<R>::load(turned + i * kLanes);
  CHAINRULE_UNROLL
  for (size_t half = kLanes / 2; half > 0; half /= 2) {
    CHAINRULE_UNROLL
    for (size_t i = 0; i < half; ++i) v[i] = f(v[i], v[i + half]);
  }
  return v[0];
}

/// The same as shifted_exp for sixteen rows, in less than half the time.
template <class R>
void shifted_exp_of_sixteen(const typename R::T* z, typename R::T* e, size_t units, size_t stride, typename R::T* sum_out,
                            typename R::T* max_out) {
  using V = Vec<R>;
  typename R::T block[kLanes * kLanes];
  const V lowest = V::set(-static_cast<typename R::T>(__builtin_huge_val()));
  for (size_t p = 0; p < panels_of(units); ++p) {
    for (size_t i = 0; i < kLanes * kLanes; i += kLanes) {
      const V v = only_columns(units, p, V::load(z + p * stride + i), lowest);
      (p == 0 ? v : max(v, V::load(block + i))).store(block + i);
    }
  }
  fold_rows<R>(block, [](V a, V b) { return max(a, b); }).store(max_out);
  for (size_t p = 0; p < panels_of(units); ++p) {
    for (size_t row = 0; row < kLanes; ++row) {
      const size_t i = row * kLanes;
      const V v = only_columns(units, p, exp(V::load(z + p * stride + i) - V::set(max_out[row])), constant<V>(0));
      if (e != nullptr) v.store(e + p * stride + i);
      (p == 0 ? v : V::load(block + i) + v).store(block + i);
    }
  }
  fold_rows<R>(block, [](V a, V b) { return a + b; }).store(sum_out);
}

template <class R>
void softmax(const SoftmaxBlock<typename R::T>& s) {
  using V = Vec<R>;
  using T = typename R::T;
  size_t row = s.rows.begin;
  for (; row + kLanes <= s.rows.end; row += kLanes) {
    T sum[kLanes], max[kLanes];
    T* a = s.a + row * kLanes;
    shifted_exp_of_sixteen<R>(s.z + row * kLanes, a, s.units, s.stride, sum, max);
    for (size_t p = 0; p < panels_of(s.units); ++p, a += s.stride)
      for (size_t i = 0; i < kLanes; ++i) (V::load(a + i * kLanes) / V::set(sum[i])).store(a + i * kLanes);
  }
  for (; row < s.rows.end; ++row) {
    T max;
    T* a = s.a + row * kLanes;
    const V sum = V::set(shifted_exp<R>(s.z + row * kLanes, a, s.units, s.stride, &max));
    for (size_t p = 0; p < panels_of(s.units); ++p, a += s.stride) (V::load(a) / sum).store(a);
  }
}

template <class R>
void softmax_gradient(const SoftmaxBlock<typename R::T>& s) {
  using V = Vec<R>;
  for (size_t row = s.rows.begin; row < s.rows.end; ++row) {
    const typename R::T* a = s.a + row * kLanes;
    typename R::T* d = s.d + row * kLanes;
    V dot = constant<V>(0);
    for (size_t p = 0; p < panels_of(s.units); ++p) dot = fma(V::load(a + p * s.stride), V::load(d + p * s.stride), dot);
    const V mean = V::set(sum_lanes(dot));
    for (size_t p = 0; p < panels_of(s.units); ++p)
      (V::load(a + p * s.stride) * (V::load(d + p * s.stride) - mean)).store(d + p * s.stride);
  }
}

/// Sixteen values of a loss, and its derivatives unless `derivative` is null.
template <typename T>
using LossTerms = void (*)(const T* o, const T* y, const T* per, const LossSettings<T>& settings, T* value, T* derivative);

/// A loss's settings in every lane.
template <class R>
CHAINRULE_INLINE LossSettings<Vec<R>> in_lanes(const LossSettings<typename R::T>& settings) {
  LossSettings<Vec<R>> s;
#define LOSS_SETTING(name, typescript) s.name = Vec<R>::set(settings.name);
#include "kernels/loss_settings.inc"
#undef LOSS_SETTING
  return s;
}

#define LOSS(name, reads, link, mean, loop, formula, derivative_formula)                                                         \
  template <class R>                                                                                                             \
  CHAINRULE_INLINE void name##_terms(const typename R::T* outputs, const typename R::T* targets,                                 \
                                     [[maybe_unused]] const typename R::T* numbers, const LossSettings<typename R::T>& settings, \
                                     typename R::T* value, typename R::T* derivative) {                                          \
    using V = Vec<R>;                                                                                                            \
    using T [[maybe_unused]] = typename R::T;                                                                                    \
    [[maybe_unused]] const V zero = constant<V>(0);                                                                              \
    [[maybe_unused]] const V one = constant<V>(1);                                                                               \
    [[maybe_unused]] const LossSettings<V> s = in_lanes<R>(settings);                                                            \
    [[maybe_unused]] const V per = V::load(numbers);                                                                             \
    const V o = V::load(outputs);                                                                                                \
    const V y = V::load(targets);                                                                                                \
    V(formula).store(value);                                                                                                     \
    if (derivative != nullptr) V(derivative_formula).store(derivative);                                                          \
  }
#define ROW_LOSS(name, ...)
#include "kernels/losses.inc"
#undef LOSS
#undef ROW_LOSS

/// Lane 0 of each of up to sixteen rows, a lane for each row; the lanes behind them repeat the last. By way of memory, the processor would
/// wait for sixteen small stores before one large load.
template <class R>
CHAINRULE_INLINE Vec<R> first_lanes(const typename R::T* rows, size_t count) {
  using V = Vec<R>;
  const V lanes = V::load(kLaneNumbers<typename R::T>);
  V v = V::set(rows[0]);
  for (size_t i = 1; i < count; ++i) v = select_less(lanes, V::set(kLaneNumbers<typename R::T>[i]), v, V::set(rows[i * kLanes]));
  return v;
}

/// The same for a single output, sixteen rows at a time: the lanes are rows.
template <class R>
CHAINRULE_INLINE void one_unit_loss(const LossBlock<typename R::T>& l, LossTerms<typename R::T> terms) {
  using V = Vec<R>;
  using T = typename R::T;
  const V zero = constant<V>(0);
  T per[kLanes];
  V::set(l.per_output[0]).store(per);
  for (size_t first = l.rows.begin; first < l.rows.end; first += kLanes) {
    const size_t rows = smaller(kLanes, l.rows.end - first);
    T o[kLanes], y[kLanes], loss[kLanes], derivative[kLanes];
    first_lanes<R>(l.output + first * kLanes, rows).store(o);
    first_lanes<R>(l.target + first * kLanes, rows).store(y);
    terms(o, y, per, l.settings, loss, l.gradient != nullptr ? derivative : nullptr);
    (zero + V::load(loss)).store(loss);
    for (size_t i = 0; i < rows; ++i) l.row_loss[first + i] = loss[i];
    if (l.gradient == nullptr) continue;
    (V::load(l.row_scale + first) * V::load(derivative)).store(derivative);
    for (size_t i = 0; i < rows; ++i) only_columns(1, 0, V::set(derivative[i]), zero).store(l.gradient + (first + i) * kLanes);
  }
}

/// A loss that is a sum over the outputs of a row.
template <class R>
CHAINRULE_INLINE void sum_of_terms(const LossBlock<typename R::T>& l, LossTerms<typename R::T> terms) {
  using V = Vec<R>;
  using T = typename R::T;
  if (l.units == 1) return one_unit_loss<R>(l, terms);
  const V zero = constant<V>(0);
  for (size_t row = l.rows.begin; row < l.rows.end; ++row) {
    const V scale = V::set(l.row_scale[row]);
    V sum = zero;
    for (size_t p = 0; p < panels_of(l.units); ++p) {
      const size_t at = p * l.stride + row * kLanes;
      T value[kLanes], derivative[kLanes];
      terms(l.output + at, l.target + at, l.per_output + p * kLanes, l.settings, value, l.gradient != nullptr ? derivative : nullptr);
      sum = sum + only_columns(l.units, p, V::load(value), zero);
      if (l.gradient != nullptr) only_columns(l.units, p, scale * V::load(derivative), zero).store(l.gradient + at);
    }
    l.row_loss[row] = sum_lanes(sum);
  }
}

template <class R, LossTerms<typename R::T> terms>
void own_loop(const LossBlock<typename R::T>& l) {
  sum_of_terms<R>(l, terms);
}

/// The terms are called by address.
template <class R>
void loop_over(const LossBlock<typename R::T>& l, LossTerms<typename R::T> terms) {
  sum_of_terms<R>(l, terms);
}

template <class R, LossTerms<typename R::T> terms>
void shared_loop(const LossBlock<typename R::T>& l) {
  loop_over<R>(l, terms);
}

/// Fifteen zeros, a one and fifteen zeros: from index 15 - i on, sixteen lanes with the one in lane i.
template <typename T>
constexpr T kOneAmongZeros[2 * kLanes - 1] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

/// One panel of a row's targets, a label as a one among zeros, moved towards equal shares by label smoothing.
template <class R>
CHAINRULE_INLINE Vec<R> class_targets(const LossBlock<typename R::T>& l, size_t row, size_t panel) {
  using V = Vec<R>;
  using T = typename R::T;
  const V zero = constant<V>(0);
  V y = zero;
  if (l.labels == nullptr) {
    y = V::load(l.target + row * kLanes + panel * l.stride);
  } else if (const size_t label = static_cast<size_t>(l.labels[row]); label / kLanes == panel) {
    y = V::load(kOneAmongZeros<T> + kLanes - 1 - label % kLanes);
  }
  const T smoothing = l.settings.label_smoothing;
  return only_columns(l.units, panel, fma(V::set(1 - smoothing), y, V::set(smoothing / static_cast<T>(l.units))), zero);
}

/// Whether a row's targets are a single one.
template <typename T>
CHAINRULE_INLINE bool only_labels(const LossBlock<T>& l) {
  return l.labels != nullptr && l.settings.label_smoothing == 0;
}

/// The loss of a row whose largest logit is `max`.
template <class R>
CHAINRULE_INLINE typename R::T cross_entropy_of_row(const LossBlock<typename R::T>& l, size_t row, typename R::T max,
                                                    typename R::T log_sum) {
  using V = Vec<R>;
  const typename R::T* z = l.output + row * kLanes;
  if (only_labels(l)) {
    const size_t label = static_cast<size_t>(l.labels[row]);
    return log_sum - (z[label / kLanes * l.stride + label % kLanes] - max);
  }
  V loss = constant<V>(0);
  for (size_t p = 0; p < panels_of(l.units); ++p) {
    const V y = class_targets<R>(l, row, p);
    loss = fma(y, V::set(log_sum) - (V::load(z + p * l.stride) - V::set(max)), loss);
  }
  return sum_lanes(loss);
}

/// The sum of a row's targets.
template <class R>
CHAINRULE_INLINE typename R::T target_sum(const LossBlock<typename R::T>& l, size_t row) {
  if (only_labels(l)) return 1;
  Vec<R> sum = constant<Vec<R>>(0);
  for (size_t p = 0; p < panels_of(l.units); ++p) sum = sum + class_targets<R>(l, row, p);
  return sum_lanes(sum);
}

/// Turns exp(z - max) of a row into its gradient.
template <class R>
CHAINRULE_INLINE void cross_entropy_gradient_of_row(const LossBlock<typename R::T>& l, size_t row, typename R::T factor) {
  using V = Vec<R>;
  using T = typename R::T;
  T* d = l.gradient + row * kLanes;
  const V scale = V::set(l.row_scale[row]);
  for (size_t p = 0; p < panels_of(l.units); ++p) {
    V g = V::load(d + p * l.stride) * V::set(factor);
    if (!only_labels(l)) {
      g = fnma(scale, class_targets<R>(l, row, p), g);
    } else if (const size_t label = static_cast<size_t>(l.labels[row]); label / kLanes == p) {
      g = fnma(scale, V::load(kOneAmongZeros<T> + kLanes - 1 - label % kLanes), g);
    }
    g.store(d + p * l.stride);
  }
}

/// Softmax and cross-entropy in one: with m = max(z) and s = log(sum(exp(z - m))), the loss is sum(y (s - (z - m))) and its gradient
/// softmax(z) sum(y) - y. (s + m is never formed: it would lose the digits of s where m is large.) The losses, which wait for the
/// logarithm, come last.
template <class R>
void cross_entropy(const LossBlock<typename R::T>& l) {
  using V = Vec<R>;
  using T = typename R::T;
  for (size_t first = l.rows.begin; first < l.rows.end; first += kLanes) {
    const size_t rows = smaller(kLanes, l.rows.end - first);
    T* const d = l.gradient != nullptr ? l.gradient + first * kLanes : nullptr;
    T max[kLanes], log_sum[kLanes];
    T sum[kLanes] = {};
    const T* const z = l.output + first * kLanes;
    if (rows == kLanes) {
      shifted_exp_of_sixteen<R>(z, d, l.units, l.stride, sum, max);
    } else {
      for (size_t i = 0; i < rows; ++i)
        sum[i] = shifted_exp<R>(z + i * kLanes, d != nullptr ? d + i * kLanes : nullptr, l.units, l.stride, max + i);
    }
    log(V::load(sum)).store(log_sum);
    if (d != nullptr) {
      T factor[kLanes] = {};
      for (size_t i = 0; i < rows; ++i) factor[i] = target_sum<R>(l, first + i);
      (V::load(l.row_scale + first) * V::load(factor) / V::load(sum)).store(factor);
      for (size_t i = 0; i < rows; ++i) cross_entropy_gradient_of_row<R>(l, first + i, factor[i]);
    }
    for (size_t i = 0; i < rows; ++i) l.row_loss[first + i] = cross_entropy_of_row<R>(l, first + i, max[i], log_sum[i]);
  }
}

/// The focal loss over classes that exclude each other: sum(y m (-log p)) with m = (1 - p)^gamma. Its derivative with respect to log p is
/// g = y m (gamma p log p / (1 - p) - 1). That with respect to z is g - p sum(g).
template <class R>
void categorical_focal(const LossBlock<typename R::T>& l) {
  using V = Vec<R>;
  using T = typename R::T;
  const V gamma = V::set(l.settings.gamma);
  for (size_t row = l.rows.begin; row < l.rows.end; ++row) {
    const T* const z = l.output + row * kLanes;
    T* const d = l.gradient != nullptr ? l.gradient + row * kLanes : nullptr;
    T max;
    const V log_sum = log(V::set(shifted_exp<R>(z, nullptr, l.units, l.stride, &max)));
    V loss = constant<V>(0);
    V total = constant<V>(0);
    for (size_t p = 0; p < panels_of(l.units); ++p) {
      const V log_p = V::load(z + p * l.stride) - V::set(max) - log_sum;
      const V miss = at_least(-expm1(log_p), Limits<T>::normal_min);
      const V weight = class_targets<R>(l, row, p) * unit_power(miss, gamma);
      loss = only_columns(l.units, p, fnma(weight, log_p, loss), loss);
      if (d == nullptr) continue;
      const V g = only_columns(l.units, p, weight * fma(gamma * exp(log_p), log_p / miss, constant<V>(-1)), constant<V>(0));
      total = total + g;
      g.store(d + p * l.stride);
    }
    l.row_loss[row] = sum_lanes(loss);
    if (d == nullptr) continue;
    const V sum = V::set(sum_lanes(total));
    const V scale = V::set(l.row_scale[row]);
    for (size_t p = 0; p < panels_of(l.units); ++p) {
      const V share = exp(V::load(z + p * l.stride) - V::set(max) - log_sum);
      const V g = scale * fnma(share, sum, V::load(d + p * l.stride));
      only_columns(l.units, p, g, constant<V>(0)).store(d + p * l.stride);
    }
  }
}

template <class R>
void sum_rows(const typename R::T* panel, size_t rows, typename R::T* out) {
  Vec<R> sum = constant<Vec<R>>(0);
  for (size_t row = 0; row < rows; ++row) sum = sum + Vec<R>::load(panel + row * kLanes);
  sum.store(out);
}

template <class R>
bool all_finite(const typename R::T* in, size_t vectors) {
  using V = Vec<R>;
  const V zero = constant<V>(0);
  V sum = zero;
  for (size_t i = 0; i < vectors * kLanes; i += kLanes) sum = fma(zero, V::load(in + i), sum);
  return sum_lanes(sum) == 0;
}
