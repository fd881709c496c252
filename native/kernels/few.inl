// Products with few samples or few units, where vectors along them would be mostly padding. They are turned round: the vectors go along
// the other side of the result. Their source is transposed first, if it does not lie that way already, one block of sixteen by sixteen at a
// time: the chain of multiply-adds of one block has to wait for itself, and the transposition of the next ones fills that time. Each
// element is the same chain as in gemm.inl.

/// Up to here the transposition pays: transposing sixteen by sixteen elements costs about as much as multiplying them by eight.
constexpr size_t kFew = 8;
/// The weight gradient reads both of its matrices as they lie, and has only the result to turn.
constexpr size_t kFewInWeightGradient = 14;

constexpr size_t kBlock = kLanes * kLanes;

/// Blocks that a tile takes at once.
template <class R>
constexpr size_t kBlocks = max_panels<R>() < 3 ? static_cast<size_t>(max_panels<R>()) : 3;

/// The elements of the last panel, if they are no more than `few`; otherwise 0.
CHAINRULE_INLINE size_t narrow_part(size_t count, size_t few) { return count % kLanes <= few ? count % kLanes : 0; }

/// dA of the last `samples` samples, fewer than a panel: vectors along `in`.
template <class R>
void input_gradient_of_few(const InputGradientBlock<typename R::T>& g, size_t samples) {
  using T = typename R::T;
  const size_t sample = g.batch.end - samples;
  const size_t panel = sample / kLanes;
  Tile<T> t{};
  t.init_row_step = kLanes;
  t.init_stride = t.c_stride = g.da_stride;
  T blocks[kBlocks<R> * kBlock];
  t.b = blocks;
  t.b_stride = kBlock;
  for (size_t k = g.k.begin; k < g.k.end; k += kLanes) {
    t.a = g.dz_t + panel * g.dz_t_stride + k * kLanes;
    t.k = {0, smaller(kLanes, g.k.end - k)};
    for (size_t in = g.in.begin, rows; in < g.in.end; in += rows) {
      rows = smaller(kBlocks<R> * kLanes, g.in.end - in);
      transpose<R>(g.w + k / kLanes * g.w_stride + in * kLanes, 0, blocks, kBlock, rows, {0, 1});
      t.c = g.da + in / kLanes * g.da_stride + sample * kLanes;
      t.init = g.first && k == g.k.begin ? nullptr : t.c;
      run_column<R, Along::rows>(t, samples, panels_of(rows));
    }
  }
  if (!g.last) return;
  for (size_t in = g.in.begin; in < g.in.end; in += kLanes) {
    T* const da = g.da + in / kLanes * g.da_stride + sample * kLanes;
    if (g.finish != nullptr) g.finish(g.context, in / kLanes, sample, samples, da);
    if (g.transposed) transpose<R>(da, 0, g.da_t + panel * g.da_t_stride + in * kLanes, 0, samples, {0, 1});
  }
}

/// Turns the first `units` rows of a block round, so that they become its first lanes; the others become zero.
template <class R>
void rows_to_lanes(typename R::T* block, size_t units, typename R::T* out) {
  for (size_t i = units; i < kLanes; ++i) Vec<R>::set(0).store(block + i * kLanes);
  transpose_block<R>(block, out);
}

/// The most samples of which such blocks stay in the first-level cache.
template <typename T>
constexpr size_t kFewDepth = 512 / sizeof(T);

/// dW of the last `units` units, fewer than a panel, for up to kGradientRows rows of it: vectors along `in`. The result goes into
/// `gradient` [rows, 16].
template <class R>
void weight_gradient_of_few(const WeightGradientBlock<typename R::T>& g, size_t panel, size_t units, size_t row, size_t rows,
                            typename R::T* gradient, typename R::T* levels) {
  using T = typename R::T;
  T sums[kBlocks<R> * kBlock];
  Tile<T> t{};
  t.a = g.dz + panel * g.dz_stride;
  t.c = sums;
  t.b_stride = g.a_stride;
  t.c_stride = t.init_stride = kBlock;
  t.init_row_step = kLanes;
  t.shards = g.shards;
  t.levels = levels;
  const size_t depth = g.shards == nullptr ? kFewDepth<T> : g.batch + 1;
  for (size_t i = 0, n; i < rows; i += n * kLanes) {
    n = smaller(kBlocks<R>, (rows - i + kLanes - 1) / kLanes);
    t.b = g.a + (row + i) / kLanes * g.a_stride;
    for (size_t k = 0; k == 0 || k < g.batch; k += depth) {
      t.k = {k, smaller(g.batch, k + depth)};
      t.init = k == 0 ? nullptr : sums;
      run_column<R, Along::rows>(t, units, n);
    }
    for (size_t j = 0; j < n; ++j) rows_to_lanes<R>(sums + j * kBlock, units, gradient + (i + j * kLanes) * kLanes);
  }
}

/// Z of the last `units` units, fewer than a panel, for whole blocks of sixteen rows: vectors along the rows. Without the activation.
template <class R>
void forward_of_few(const ForwardBlock<typename R::T>& f, size_t panel, size_t units) {
  using T = typename R::T;
  constexpr size_t kSums = kFew * kLanes;
  constexpr size_t kAtOnce = 16;
  T blocks[kBlocks<R> * kBlock];
  T sums[kAtOnce * kSums];
  T* const z = f.z + panel * f.z_stride;
  Tile<T> t{};
  t.b = blocks;
  t.b_stride = kBlock;
  t.init_row_step = kLanes;
  t.init_stride = t.c_stride = kSums;
  for (size_t row = f.rows.begin, count; row < f.rows.end; row += count * kLanes) {
    count = smaller(kAtOnce, (f.rows.end - row) / kLanes);
    for (size_t i = 0; i < count; ++i) {
      if (f.k.begin > 0) transpose_block<R>(z + (row + i * kLanes) * kLanes, blocks);
      for (size_t unit = 0; unit < units; ++unit) {
        const T bias = f.bias != nullptr ? f.bias[panel * kLanes + unit] : T{0};
        const Vec<R> begin = f.k.begin > 0 ? Vec<R>::load(blocks + unit * kLanes) : Vec<R>::set(bias);
        begin.store(sums + i * kSums + unit * kLanes);
      }
    }
    for (size_t k = f.k.begin; k < f.k.end; k += kLanes) {
      t.a = f.w + panel * f.w_stride + k * kLanes;
      t.k = {0, smaller(kLanes, f.k.end - k)};
      for (size_t i = 0, n; i < count; i += n) {
        n = smaller(kBlocks<R>, count - i);
        transpose<R>(f.a + k / kLanes * f.a_stride + (row + i * kLanes) * kLanes, 0, blocks, kBlock, n * kLanes, {0, 1});
        t.init = t.c = sums + i * kSums;
        run_column<R, Along::rows>(t, units, n);
      }
    }
    for (size_t i = 0; i < count; ++i) {
      for (size_t unit = 0; unit < units; ++unit) Vec<R>::load(sums + i * kSums + unit * kLanes).store(blocks + unit * kLanes);
      rows_to_lanes<R>(blocks, units, z + (row + i * kLanes) * kLanes);
    }
  }
}
