// Batch normalisation in training. Sums over rows are chains in ascending order, lane by lane.

template <class R>
void batch_norm(const BatchNormBlock<typename R::T>& b) {
  using V = Vec<R>;
  using T = typename R::T;
  const V rows = V::set(static_cast<T>(b.rows));
  for_groups<kChains<R>>(b.panels, [&](size_t panel, auto count) {
    constexpr size_t kPanels = decltype(count)::value;
    const auto x = [&](size_t j, size_t i) { return V::load(b.in + (panel + j) * b.in_stride + i); };
    V mean[kPanels];
    V sum[kPanels];
    CHAINRULE_UNROLL
    for (size_t j = 0; j < kPanels; ++j) mean[j] = sum[j] = constant<V>(0);
    for (size_t i = 0; i < b.rows * kLanes; i += kLanes) {
      CHAINRULE_UNROLL
      for (size_t j = 0; j < kPanels; ++j) mean[j] = mean[j] + x(j, i);
    }
    CHAINRULE_UNROLL
    for (size_t j = 0; j < kPanels; ++j) mean[j] = mean[j] / rows;
    for (size_t i = 0; i < b.rows * kLanes; i += kLanes) {
      CHAINRULE_UNROLL
      for (size_t j = 0; j < kPanels; ++j) {
        const V difference = x(j, i) - mean[j];
        sum[j] = fma(difference, difference, sum[j]);
      }
    }
    for (size_t j = 0; j < kPanels; ++j) {
      const size_t column = (panel + j) * kLanes;
      const V inverse = constant<V>(1) / sqrt(sum[j] / rows + V::set(b.epsilon));
      const V kept = only_columns(b.columns, panel + j, inverse, constant<V>(0));
      mean[j].store(b.mean + column);
      sum[j].store(b.square_sum + column);
      kept.store(b.inverse_deviation + column);
      const V scale = V::load(b.scale + column);
      const V bias = V::load(b.bias + column);
      T* out = b.out + (panel + j) * b.out_stride;
      for (size_t i = 0; i < b.rows * kLanes; i += kLanes) fma((x(j, i) - mean[j]) * kept, scale, bias).store(out + i);
    }
  });
}

/// With n = (in - mean) * inverse_deviation: d_in = scale * inverse_deviation * (d_out - d_bias / rows - n * d_scale / rows).
template <class R>
void batch_norm_gradient(const BatchNormGradientBlock<typename R::T>& b) {
  using V = Vec<R>;
  using T = typename R::T;
  const V rows = V::set(static_cast<T>(b.rows));
  for_groups<kChains<R>>(b.panels, [&](size_t panel, auto count) {
    constexpr size_t kPanels = decltype(count)::value;
    V mean[kPanels];
    V inverse[kPanels];
    const auto normalized = [&](size_t j, size_t i) { return (V::load(b.in + (panel + j) * b.in_stride + i) - mean[j]) * inverse[j]; };
    const auto gradient = [&](size_t j, size_t i) { return V::load(b.d_out + (panel + j) * b.d_out_stride + i); };
    V d_scale[kPanels];
    V d_bias[kPanels];
    CHAINRULE_UNROLL
    for (size_t j = 0; j < kPanels; ++j) {
      mean[j] = V::load(b.mean + (panel + j) * kLanes);
      inverse[j] = V::load(b.inverse_deviation + (panel + j) * kLanes);
      d_scale[j] = d_bias[j] = constant<V>(0);
    }
    for (size_t i = 0; i < b.rows * kLanes; i += kLanes) {
      CHAINRULE_UNROLL
      for (size_t j = 0; j < kPanels; ++j) {
        const V d = gradient(j, i);
        d_bias[j] = d_bias[j] + d;
        d_scale[j] = fma(d, normalized(j, i), d_scale[j]);
      }
    }
    for (size_t j = 0; j < kPanels; ++j) {
      const size_t column = (panel + j) * kLanes;
      d_scale[j].store(b.d_scale + column);
      d_bias[j].store(b.d_bias + column);
      if (b.d_in == nullptr) continue;
      const V factor = V::load(b.scale + column) * inverse[j];
      const V mean_bias = d_bias[j] / rows;
      const V mean_scale = d_scale[j] / rows;
      T* d_in = b.d_in + (panel + j) * b.d_in_stride;
      for (size_t i = 0; i < b.rows * kLanes; i += kLanes) {
        const V d = factor * fnma(normalized(j, i), mean_scale, gradient(j, i) - mean_bias);
        const V y = only_columns(b.columns, panel + j, d, constant<V>(0));
        (b.add ? V::load(d_in + i) + y : y).store(d_in + i);
      }
    }
  });
}
