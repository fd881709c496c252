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

template <class R>
CHAINRULE_INLINE typename R::T max_lanes(Vec<R> v) {
  typename R::T lane[kLanes];
  v.store(lane);
  for (int i = 1; i < kLanes; ++i) lane[0] = lane[0] > lane[i] ? lane[0] : lane[i];
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

template <class R>
void softmax(const SoftmaxBlock<typename R::T>& s) {
  using V = Vec<R>;
  for (size_t row = s.rows.begin; row < s.rows.end; ++row) {
    typename R::T max;
    typename R::T* a = s.a + row * kLanes;
    const V sum = V::set(shifted_exp<R>(s.z + row * kLanes, a, s.units, s.stride, &max));
    for (size_t p = 0; p < panels_of(s.units); ++p) (V::load(a + p * s.stride) / sum).store(a + p * s.stride);
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

/// The same for a single output, sixteen rows at a time: the lanes are rows.
template <class R, class L>
CHAINRULE_INLINE void one_unit_loss(const LossBlock<typename R::T>& l) {
  using V = Vec<R>;
  using T = typename R::T;
  const V delta = V::set(l.delta);
  const V zero = constant<V>(0);
  for (size_t first = l.rows.begin; first < l.rows.end; first += kLanes) {
    const size_t rows = smaller(kLanes, l.rows.end - first);
    T output[kLanes] = {};
    T target[kLanes] = {};
    for (size_t i = 0; i < rows; ++i) {
      output[i] = l.output[(first + i) * kLanes];
      target[i] = l.target[(first + i) * kLanes];
    }
    const V o = V::load(output);
    const V y = V::load(target);
    T loss[kLanes];
    (zero + L::value(o, y, delta)).store(loss);
    for (size_t i = 0; i < rows; ++i) l.row_loss[first + i] = loss[i];
    if (l.gradient == nullptr) continue;
    T derivative[kLanes];
    (V::set(l.scale) * L::derivative(o, y, delta)).store(derivative);
    for (size_t i = 0; i < rows; ++i) {
      T* d = l.gradient + (first + i) * kLanes;
      zero.store(d);
      *d = derivative[i];
    }
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

/// Softmax and cross-entropy in one: with m = max(z) and s = log(sum(exp(z - m))), the loss is sum(y (s - (z - m))) and its gradient
/// softmax(z) sum(y) - y. (s + m is never formed: it would lose the digits of s where m is large.)
template <class R>
void cross_entropy(const LossBlock<typename R::T>& l) {
  using V = Vec<R>;
  using T = typename R::T;
  for (size_t row = l.rows.begin; row < l.rows.end; ++row) {
    const T* z = l.output + row * kLanes;
    T* d = l.gradient != nullptr ? l.gradient + row * kLanes : nullptr;
    T max;
    const T sum = shifted_exp<R>(z, d, l.units, l.stride, &max);
    T log_sum[kLanes];
    log(V::set(sum)).store(log_sum);

    T weight = 1;  // sum(y)
    if (l.labels != nullptr) {
      const size_t label = static_cast<size_t>(l.labels[row]);
      l.row_loss[row] = log_sum[0] - (z[label / kLanes * l.stride + label % kLanes] - max);
    } else {
      V loss = constant<V>(0);
      V weights = constant<V>(0);
      for (size_t p = 0; p < panels_of(l.units); ++p) {
        const V y = V::load(l.target + row * kLanes + p * l.stride);
        loss = fma(y, V::set(log_sum[0]) - (V::load(z + p * l.stride) - V::set(max)), loss);
        weights = weights + y;
      }
      l.row_loss[row] = sum_lanes(loss);
      weight = sum_lanes(weights);
    }

    if (d == nullptr) continue;
    const V factor = V::set(l.scale * weight / sum);
    for (size_t p = 0; p < panels_of(l.units); ++p) {
      V g = V::load(d + p * l.stride) * factor;
      if (l.target != nullptr) g = fnma(V::set(l.scale), V::load(l.target + row * kLanes + p * l.stride), g);
      g.store(d + p * l.stride);
    }
    if (l.labels != nullptr) {
      const size_t label = static_cast<size_t>(l.labels[row]);
      d[label / kLanes * l.stride + label % kLanes] -= l.scale;
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
