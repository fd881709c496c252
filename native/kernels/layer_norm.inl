// Layer normalisation. Sums over a row run over sixteen lanes down the panels in ascending order, then one tree.

/// Rows that are normalised at once. Rows lie side by side in a panel: a group uses whole pages and all sets of the cache, where a single
/// row would take one line of each panel.
template <class R>
constexpr size_t kNormRows = between(1, static_cast<size_t>(kRegisters / (2 * Vec<R>::kRegs)), 8);

/// The same for the gradient, which has two sums for each row.
template <class R>
constexpr size_t kGradientNormRows = between(1, static_cast<size_t>(kRegisters / (4 * Vec<R>::kRegs)), 8);

/// 1 / sqrt(x)
template <class R>
CHAINRULE_INLINE typename R::T inverse_root(typename R::T x) {
  typename R::T lanes[kLanes];
  (constant<Vec<R>>(1) / sqrt(Vec<R>::set(x))).store(lanes);
  return lanes[0];
}

/// sum = add(panel, i, sum) for the panels in ascending order and the rows i of a group; mean[i] is the sum of the lanes by columns.
template <class R, size_t kRows, class F>
CHAINRULE_INLINE void row_means(size_t columns, typename R::T (&mean)[kRows], F add) {
  using V = Vec<R>;
  V sum[kRows];
  CHAINRULE_UNROLL
  for (size_t i = 0; i < kRows; ++i) sum[i] = constant<V>(0);
  for (size_t p = 0; p < panels_of(columns); ++p) {
    CHAINRULE_UNROLL
    for (size_t i = 0; i < kRows; ++i) sum[i] = add(p, i, sum[i]);
  }
  CHAINRULE_UNROLL
  for (size_t i = 0; i < kRows; ++i) mean[i] = sum_lanes(sum[i]) / static_cast<typename R::T>(columns);
}

template <class R>
void layer_norm(const LayerNormBlock<typename R::T>& b) {
  using V = Vec<R>;
  using T = typename R::T;
  for_groups<kNormRows<R>>(b.rows, [&](size_t row, auto count) {
    constexpr size_t kRows = decltype(count)::value;
    const T* in = b.in + row * kLanes;
    T* out = b.out + row * kLanes;
    const auto x = [&](size_t p, size_t i) { return V::load(in + p * b.in_stride + i * kLanes); };
    T mean[kRows];
    row_means<R>(b.columns, mean, [&](size_t p, size_t i, V sum) { return sum + x(p, i); });
    T inverse[kRows];
    row_means<R>(b.columns, inverse, [&](size_t p, size_t i, V sum) {
      const V difference = only_columns(b.columns, p, x(p, i) - V::set(mean[i]), constant<V>(0));
      return fma(difference, difference, sum);
    });
    for (size_t i = 0; i < kRows; ++i) inverse[i] = inverse_root<R>(inverse[i] + b.epsilon);
    for (size_t p = 0; p < panels_of(b.columns); ++p) {
      const V scale = V::load(b.scale + p * kLanes);
      const V bias = V::load(b.bias + p * kLanes);
      CHAINRULE_UNROLL
      for (size_t i = 0; i < kRows; ++i) {
        const V y = fma((x(p, i) - V::set(mean[i])) * V::set(inverse[i]), scale, bias);
        only_columns(b.columns, p, y, constant<V>(0)).store(out + p * b.out_stride + i * kLanes);
      }
    }
    if (b.mean == nullptr) return;
    for (size_t i = 0; i < kRows; ++i) {
      b.mean[row + i] = mean[i];
      b.inverse_deviation[row + i] = inverse[i];
    }
  });
}

/// With n = (in - mean) * inverse_deviation and g = d_out * scale: d_in = inverse_deviation * (g - mean(g) - n * mean(g * n)).
template <class R>
void layer_norm_input_gradient(const LayerNormGradientBlock<typename R::T>& b) {
  using V = Vec<R>;
  using T = typename R::T;
  for_groups<kGradientNormRows<R>>(b.rows, [&](size_t row, auto count) {
    constexpr size_t kRows = decltype(count)::value;
    const T* in = b.in + row * kLanes;
    const T* d_out = b.d_out + row * kLanes;
    T* d_in = b.d_in + row * kLanes;
    const T* mean = b.mean + row;
    const T* inverse = b.inverse_deviation + row;
    const auto normalized = [&](size_t p, size_t i) {
      return (V::load(in + p * b.in_stride + i * kLanes) - V::set(mean[i])) * V::set(inverse[i]);
    };
    const auto gradient = [&](size_t p, size_t i) {
      return V::load(d_out + p * b.d_out_stride + i * kLanes) * V::load(b.scale + p * kLanes);
    };
    V sum[kRows];
    V product[kRows];
    CHAINRULE_UNROLL
    for (size_t i = 0; i < kRows; ++i) sum[i] = product[i] = constant<V>(0);
    for (size_t p = 0; p < panels_of(b.columns); ++p) {
      CHAINRULE_UNROLL
      for (size_t i = 0; i < kRows; ++i) {
        const V g = gradient(p, i);
        sum[i] = sum[i] + g;
        product[i] = fma(g, normalized(p, i), product[i]);
      }
    }
    const T columns = static_cast<T>(b.columns);
    CHAINRULE_UNROLL
    for (size_t i = 0; i < kRows; ++i) {
      sum[i] = V::set(sum_lanes(sum[i]) / columns);
      product[i] = V::set(sum_lanes(product[i]) / columns);
    }
    for (size_t p = 0; p < panels_of(b.columns); ++p) {
      CHAINRULE_UNROLL
      for (size_t i = 0; i < kRows; ++i) {
        const V d = V::set(inverse[i]) * fnma(normalized(p, i), product[i], gradient(p, i) - sum[i]);
        const V y = only_columns(b.columns, p, d, constant<V>(0));
        T* to = d_in + p * b.d_in_stride + i * kLanes;
        (b.add ? V::load(to) + y : y).store(to);
      }
    }
  });
}

template <class R>
void layer_norm_parameter_gradient(const LayerNormGradientBlock<typename R::T>& b) {
  using V = Vec<R>;
  for_groups<kChains<R>>(b.panels, [&](size_t panel, auto count) {
    constexpr size_t kPanels = decltype(count)::value;
    V scale[kPanels];
    V bias[kPanels];
    CHAINRULE_UNROLL
    for (size_t j = 0; j < kPanels; ++j) scale[j] = bias[j] = constant<V>(0);
    for (size_t row = b.rows.begin; row < b.rows.end; ++row) {
      const V mean = V::set(b.mean[row]);
      const V inverse = V::set(b.inverse_deviation[row]);
      CHAINRULE_UNROLL
      for (size_t j = 0; j < kPanels; ++j) {
        const V x = V::load(b.in + (panel + j) * b.in_stride + row * kLanes);
        const V d = V::load(b.d_out + (panel + j) * b.d_out_stride + row * kLanes);
        bias[j] = bias[j] + d;
        scale[j] = fma(d, (x - mean) * inverse, scale[j]);
      }
    }
    CHAINRULE_UNROLL
    for (size_t j = 0; j < kPanels; ++j) {
      only_columns(b.columns, panel + j, scale[j], constant<V>(0)).store(b.d_scale + (panel + j) * kLanes);
      bias[j].store(b.d_bias + (panel + j) * kLanes);
    }
  });
}
