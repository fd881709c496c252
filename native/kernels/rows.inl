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

#define LOSS(name, reads, link, formula, derivative_formula)                                                \
  template <class R>                                                                                        \
  struct name##_loss {                                                                                      \
    using V = Vec<R>;                                                                                       \
    using T = typename R::T;                                                                                \
    static CHAINRULE_INLINE V value(V o, V y, [[maybe_unused]] V delta) { return formula; }                 \
    static CHAINRULE_INLINE V derivative(V o, V y, [[maybe_unused]] V delta) { return derivative_formula; } \
  };
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
template <class R, class L>
CHAINRULE_INLINE void one_unit_loss(const LossBlock<typename R::T>& l) {
  using V = Vec<R>;
  using T = typename R::T;
  const V delta = V::set(l.delta);
  const V zero = constant<V>(0);
  for (size_t first = l.rows.begin; first < l.rows.end; first += kLanes) {
    const size_t rows = smaller(kLanes, l.rows.end - first);
    const V o = first_lanes<R>(l.output + first * kLanes, rows);
    const V y = first_lanes<R>(l.target + first * kLanes, rows);
    T loss[kLanes], derivative[kLanes];
    (zero + L::value(o, y, delta)).store(loss);
    for (size_t i = 0; i < rows; ++i) l.row_loss[first + i] = loss[i];
    if (l.gradient == nullptr) continue;
    (V::set(l.scale) * L::derivative(o, y, delta)).store(derivative);
    for (size_t i = 0; i < rows; ++i) only_columns(1, 0, V::set(derivative[i]), zero).store(l.gradient + (first + i) * kLanes);
  }
}

/// A loss that is a sum over the outputs of a row.
template <class R, class L>
void elementwise_loss(const LossBlock<typename R::T>& l) {
  using V = Vec<R>;
  if (l.units == 1) return one_unit_loss<R, L>(l);
  const V delta = V::set(l.delta);
  const V scale = V::set(l.scale);
  const V zero = constant<V>(0);
  for (size_t row = l.rows.begin; row < l.rows.end; ++row) {
    V sum = zero;
    for (size_t p = 0; p < panels_of(l.units); ++p) {
      const size_t at = p * l.stride + row * kLanes;
      const V o = V::load(l.output + at);
      const V y = V::load(l.target + at);
      sum = sum + only_columns(l.units, p, L::value(o, y, delta), zero);
      if (l.gradient != nullptr) only_columns(l.units, p, scale * L::derivative(o, y, delta), zero).store(l.gradient + at);
    }
    l.row_loss[row] = sum_lanes(sum);
  }
}

/// The loss of a row whose largest logit is `max`.
template <class R>
CHAINRULE_INLINE typename R::T cross_entropy_of_row(const LossBlock<typename R::T>& l, size_t row, typename R::T max,
                                                    typename R::T log_sum) {
  using V = Vec<R>;
  const typename R::T* z = l.output + row * kLanes;
  if (l.labels != nullptr) {
    const size_t label = static_cast<size_t>(l.labels[row]);
    return log_sum - (z[label / kLanes * l.stride + label % kLanes] - max);
  }
  V loss = constant<V>(0);
  for (size_t p = 0; p < panels_of(l.units); ++p) {
    const V y = V::load(l.target + row * kLanes + p * l.stride);
    loss = fma(y, V::set(log_sum) - (V::load(z + p * l.stride) - V::set(max)), loss);
  }
  return sum_lanes(loss);
}

/// The sum of a row's targets.
template <class R>
CHAINRULE_INLINE typename R::T target_sum(const LossBlock<typename R::T>& l, size_t row) {
  if (l.labels != nullptr) return 1;
  Vec<R> sum = constant<Vec<R>>(0);
  for (size_t p = 0; p < panels_of(l.units); ++p) sum = sum + Vec<R>::load(l.target + row * kLanes + p * l.stride);
  return sum_lanes(sum);
}

/// Fifteen zeros, a one and fifteen zeros: from index 15 - i on, sixteen lanes with the one in lane i.
template <typename T>
constexpr T kOneAmongZeros[2 * kLanes - 1] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

/// Turns exp(z - max) of a row into its gradient.
template <class R>
CHAINRULE_INLINE void cross_entropy_gradient_of_row(const LossBlock<typename R::T>& l, size_t row, typename R::T factor) {
  using V = Vec<R>;
  using T = typename R::T;
  T* d = l.gradient + row * kLanes;
  const size_t label = l.labels != nullptr ? static_cast<size_t>(l.labels[row]) : 0;
  for (size_t p = 0; p < panels_of(l.units); ++p) {
    V g = V::load(d + p * l.stride) * V::set(factor);
    if (l.labels == nullptr) {
      g = fnma(V::set(l.scale), V::load(l.target + row * kLanes + p * l.stride), g);
    } else if (label / kLanes == p) {
      g = fnma(V::set(l.scale), V::load(kOneAmongZeros<T> + kLanes - 1 - label % kLanes), g);
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
      (V::set(l.scale) * V::load(factor) / V::load(sum)).store(factor);
      for (size_t i = 0; i < rows; ++i) cross_entropy_gradient_of_row<R>(l, first + i, factor[i]);
    }
    for (size_t i = 0; i < rows; ++i) l.row_loss[first + i] = cross_entropy_of_row<R>(l, first + i, max[i], log_sum[i]);
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
