// Products with few samples or few units, where vectors along them would be mostly padding. They are turned round: the vectors go along
// the other side of the result. Their source is transposed into a strip of the first-level cache first, if it does not lie
// that way already. Each element is the same chain of multiply-adds as in gemm.inl.

/// Up to here the transposition pays: transposing sixteen by sixteen elements costs about as much as multiplying them by eight.
constexpr size_t kFew = 8;
/// The weight gradient reads both of its matrices as they lie, and has only the result to turn.
constexpr size_t kFewInWeightGradient = 14;

/// Strips that a tile takes at once.
template <class R>
constexpr size_t kStrips = max_panels<R>() < 3 ? static_cast<size_t>(max_panels<R>()) : 3;

/// The most k of one strip: three of them take 24 KB of the stack and of the first-level cache.
template <typename T>
constexpr size_t kStripDepth = 512 / sizeof(T);

/// Elements of one strip: [k][16].
template <typename T>
constexpr size_t kStrip = kStripDepth<T> * kLanes;

/// The elements of the last panel, if they are no more than `few`; otherwise 0.
CHAINRULE_INLINE size_t narrow_part(size_t count, size_t few) { return count % kLanes <= few ? count % kLanes : 0; }

/// dA of the last `samples` samples, fewer than a panel: vectors along `in`.
template <class R>
void input_gradient_of_few(const InputGradientBlock<typename R::T>& g, size_t samples) {
  using T = typename R::T;
  const size_t sample = g.batch.end - samples;
  const size_t panel = sample / kLanes;
  T strips[kStrips<R> * kStrip<T>];
  for (size_t in = g.in.begin, n; in < g.in.end; in += n * kLanes) {
    n = smaller(kStrips<R>, (g.in.end - in + kLanes - 1) / kLanes);
    Tile<T> t{};
    t.b = strips;
    t.c = g.da + in / kLanes * g.da_stride + sample * kLanes;
    t.b_stride = kStrip<T>;
    t.c_stride = g.da_stride;
    t.init = g.first ? nullptr : t.c;
    t.init_row_step = kLanes;
    t.init_stride = g.da_stride;
    for (size_t k = g.k.begin; k < g.k.end; k += kStripDepth<T>) {
      t.k = {0, smaller(kStripDepth<T>, g.k.end - k)};
      for (size_t j = 0; j < n; ++j) {
        const size_t row = in + j * kLanes;
        transpose<R>(g.w + k / kLanes * g.w_stride + row * kLanes, g.w_stride, strips + j * kStrip<T>, 0, smaller(kLanes, g.in.end - row),
                     {0, panels_of(t.k.end)});
      }
      t.a = g.dz_t + panel * g.dz_t_stride + k * kLanes;
      run_column<R, Along::rows>(t, samples, n);
      t.init = t.c;
    }
    if (!g.last) continue;
    for (size_t j = 0; j < n; ++j) {
      T* const da = t.c + j * g.da_stride;
      if (g.finish != nullptr) g.finish(g.context, in / kLanes + j, sample, samples, da);
      if (g.transposed) transpose<R>(da, 0, g.da_t + panel * g.da_t_stride + (in + j * kLanes) * kLanes, 0, samples, {0, 1});
    }
  }
}

/// Turns the first `units` rows of a block round, so that they become its first lanes; the others become zero.
template <class R>
void rows_to_lanes(typename R::T* block, size_t units, typename R::T* out) {
  for (size_t i = units; i < kLanes; ++i) Vec<R>::set(0).store(block + i * kLanes);
  transpose_block<R>(block, out);
}

/// dW of the last `units` units, fewer than a panel, for up to kGradientRows rows of it: vectors along `in`. The result goes into
/// `gradient` [rows, 16].
template <class R>
void weight_gradient_of_few(const WeightGradientBlock<typename R::T>& g, size_t panel, size_t units, size_t row, size_t rows,
                            typename R::T* gradient) {
  using T = typename R::T;
  constexpr size_t kBlock = kLanes * kLanes;
  T sums[kStrips<R> * kBlock];
  for (size_t i = 0, n; i < rows; i += n * kLanes) {
    n = smaller(kStrips<R>, (rows - i + kLanes - 1) / kLanes);
    for (size_t k = 0; k == 0 || k < g.batch; k += kStripDepth<T>) {
      Tile<T> t{};
      t.a = g.dz + panel * g.dz_stride;
      t.b = g.a + (row + i) / kLanes * g.a_stride;
      t.c = sums;
      t.b_stride = g.a_stride;
      t.c_stride = kBlock;
      t.k = {k, smaller(g.batch, k + kStripDepth<T>)};
      t.init = k == 0 ? nullptr : sums;
      t.init_row_step = kLanes;
      t.init_stride = kBlock;
      run_column<R, Along::rows>(t, units, n);
    }
    for (size_t j = 0; j < n; ++j) rows_to_lanes<R>(sums + j * kBlock, units, gradient + (i + j * kLanes) * kLanes);
  }
}

/// Z of the last `units` units, fewer than a panel, for whole blocks of sixteen rows: vectors along the rows. Without the activation.
template <class R>
void forward_of_few(const ForwardBlock<typename R::T>& f, size_t panel, size_t units) {
  using T = typename R::T;
  constexpr size_t kBlock = kLanes * kLanes;
  T strips[kStrips<R> * kStrip<T>];
  T sums[kStrips<R> * kBlock];
  T* const z = f.z + panel * f.z_stride;
  for (size_t row = f.rows.begin, n; row < f.rows.end; row += n * kLanes) {
    n = smaller(kStrips<R>, (f.rows.end - row) / kLanes);
    for (size_t j = 0; j < n; ++j) {
      if (f.k.begin > 0) {
        transpose_block<R>(z + (row + j * kLanes) * kLanes, sums + j * kBlock);
        continue;
      }
      for (size_t i = 0; i < units; ++i)
        Vec<R>::set(f.bias != nullptr ? f.bias[panel * kLanes + i] : T{0}).store(sums + j * kBlock + i * kLanes);
    }
    Tile<T> t{};
    t.b = strips;
    t.c = sums;
    t.b_stride = kStrip<T>;
    t.c_stride = kBlock;
    t.init = sums;
    t.init_row_step = kLanes;
    t.init_stride = kBlock;
    for (size_t k = f.k.begin; k < f.k.end; k += kStripDepth<T>) {
      t.k = {0, smaller(kStripDepth<T>, f.k.end - k)};
      for (size_t j = 0; j < n; ++j) {
        transpose<R>(f.a + k / kLanes * f.a_stride + (row + j * kLanes) * kLanes, f.a_stride, strips + j * kStrip<T>, 0, kLanes,
                     {0, panels_of(t.k.end)});
      }
      t.a = f.w + panel * f.w_stride + k * kLanes;
      run_column<R, Along::rows>(t, units, n);
    }
    for (size_t j = 0; j < n; ++j) rows_to_lanes<R>(sums + j * kBlock, units, z + (row + j * kLanes) * kLanes);
  }
}
