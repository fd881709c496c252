// The loss whose outputs are pairs: in columns 2 j and 2 j + 1 the mean and the variance of target j.

/// PyTorch's GaussianNLLLoss has this eps.
constexpr double kLeastVariance = 1e-6;

/// Writes lane i to column `column` of row i.
template <class R>
CHAINRULE_INLINE void store_column(Vec<R> v, typename R::T* column, size_t rows) {
  typename R::T lane[kLanes];
  v.store(lane);
  for (size_t i = 0; i < rows; ++i) column[i * kLanes] = lane[i];
}

/// The sum over pairs of (log(v) + (m - y)^2 / v) / 2, sixteen rows at a time: the lanes are rows. A variance below the least counts as
/// that. It gets the gradient of that, as in PyTorch, so that it can grow. y stands in both columns.
template <class R>
void gaussian_nll(const LossBlock<typename R::T>& l) {
  using V = Vec<R>;
  const V half = constant<V>(0.5);
  const size_t paired = l.units / 2 * 2;
  for (size_t first = l.rows.begin; first < l.rows.end; first += kLanes) {
    const size_t rows = smaller(kLanes, l.rows.end - first);
    const V scale = V::load(l.row_scale + first);
    V sum = constant<V>(0);
    for (size_t j = 0; j < paired; j += 2) {
      const size_t at = j / kLanes * l.stride + first * kLanes + j % kLanes;
      const typename R::T* const columns[] = {l.output + at, l.output + at + 1, l.target + at};
      typename R::T lanes[3][kLanes];
      for (int i = 0; i < 3; ++i) first_lanes<R>(columns[i], rows).store(lanes[i]);
      const V variance = max(constant<V>(kLeastVariance), V::load(lanes[1]));
      const V error = V::load(lanes[0]) - V::load(lanes[2]);
      const V ratio = error / variance;
      sum = fma(half, fma(error, ratio, log(variance)), sum);
      if (l.gradient == nullptr) continue;
      store_column<R>(scale * ratio, l.gradient + at, rows);
      store_column<R>(scale * half * (constant<V>(1) - error * ratio) / variance, l.gradient + at + 1, rows);
    }
    typename R::T loss[kLanes];
    sum.store(loss);
    for (size_t i = 0; i < rows; ++i) l.row_loss[first + i] = loss[i];
    if (l.gradient == nullptr) continue;
    for (size_t j = paired; j < panels_of(l.units) * kLanes; ++j)
      store_column<R>(constant<V>(0), l.gradient + j / kLanes * l.stride + first * kLanes + j % kLanes, rows);
  }
}
