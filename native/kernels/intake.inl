// Values from outside: their conversion, and whether they are within bounds.

/// No bound may be NaN or infinite, so NaN and infinities are never within.
template <class R>
bool within(const typename R::T* in, size_t count, typename R::T low, typename R::T high) {
  using V = Vec<R>;
  const V zero = constant<V>(0), one = constant<V>(1), lows = V::set(low), highs = V::set(high);
  V not_finite = zero, outside = zero;  // a lane is 0 as long as all of its values are within
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const V x = V::load(in + i);
    not_finite = fma(zero, x, not_finite);
    outside = select_less(x, lows, one, select_less(highs, x, one, outside));
  }
  bool all = sum_lanes(not_finite) == 0 && sum_lanes(outside) == 0;
  for (; i < count; ++i) all = all && in[i] >= low && in[i] <= high;
  return all;
}

template <class R, typename From>
bool take(const void* from, typename R::T* out, size_t count, typename R::T low, typename R::T high) {
  using T = typename R::T;
  constexpr size_t kPiece = 1024;  // elements, which are in the first-level cache when they are looked at
  const From* in = static_cast<const From*>(from);
  bool all = true;
  for (size_t first = 0; first < count; first += kPiece) {
    const size_t n = smaller(kPiece, count - first);
    for (size_t i = 0; i < n; ++i) out[first + i] = static_cast<T>(in[first + i]);
    all = within<R>(out + first, n, low, high) && all;
  }
  return all;
}
