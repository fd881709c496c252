// Periodic features of a numeric column. The lanes are frequencies.

/// Elements [0, count) of `values` to the columns from `column` on, in the row that `row` points at in the first panel.
template <class R>
CHAINRULE_INLINE void store_columns(Vec<R> values, typename R::T* row, size_t stride, size_t column, size_t count) {
  using T = typename R::T;
  if (column % kLanes == 0 && count == kLanes) return values.store(at_column(row, stride, column));
  T lanes[kLanes];
  values.store(lanes);
  for (size_t i = 0; i < count; ++i) *at_column(row, stride, column + i) = lanes[i];
}

/// The reverse; the other lanes are 0.
template <class R>
CHAINRULE_INLINE Vec<R> load_columns(const typename R::T* row, size_t stride, size_t column, size_t count) {
  using T = typename R::T;
  if (column % kLanes == 0 && count == kLanes) return Vec<R>::load(at_column(row, stride, column));
  T lanes[kLanes] = {};
  for (size_t i = 0; i < count; ++i) lanes[i] = *at_column(row, stride, column + i);
  return Vec<R>::load(lanes);
}

template <class R>
void periodic(const PeriodicBlock<typename R::T>& b) {
  using V = Vec<R>;
  for (size_t first = 0; first < b.count; first += kLanes) {
    const size_t count = smaller(kLanes, b.count - first);
    const V frequency = V::load(b.frequencies + first);
    for (size_t row = b.rows.begin; row < b.rows.end; ++row) {
      const CosineSine<R> turned = cos_sin_turns(frequency * V::set(b.x[row * b.x_step]));
      typename R::T* out = b.out + row * kLanes;
      store_columns(turned.cosine, out, b.out_stride, b.offset + first, count);
      store_columns(turned.sine, out, b.out_stride, b.offset + b.count + first, count);
    }
  }
}

template <class R>
void periodic_gradient(const PeriodicGradientBlock<typename R::T>& b) {
  using V = Vec<R>;
  using T = typename R::T;
  const T tau = Fit<T>::tau_high;
  for (size_t first = 0; first < b.count; first += kLanes) {
    const size_t count = smaller(kLanes, b.count - first);
    const size_t cosines = b.offset + first;
    const size_t sines = cosines + b.count;
    V sum = constant<V>(0);
    for (size_t row = 0; row < b.rows; ++row) {
      const T* out = b.out + row * kLanes;
      const T* d = b.d_out + row * kLanes;
      const auto value = [&](size_t column) { return load_columns<R>(out, b.out_stride, column, count); };
      const auto gradient = [&](size_t column) { return load_columns<R>(d, b.d_out_stride, column, count); };
      const V derivative = fnma(gradient(cosines), value(sines), gradient(sines) * value(cosines));
      sum = fma(V::set(tau * b.x[row * b.x_step]), derivative, sum);
    }
    sum.store(b.d_frequencies + first);
  }
}
