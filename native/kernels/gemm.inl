// The three products of backpropagation over panels: cut blocks into columns of tiles (tile.inl), the narrow rest another way (few.inl).

template <class R>
void forward_of_many(const ForwardBlock<typename R::T>& f) {
  using T = typename R::T;
  constexpr size_t chunk = 48;
  const bool begun = f.k.begin > 0;
  Tile<T> t{};
  t.a_stride = f.a_stride;
  t.b_stride = f.w_stride;
  t.c_stride = f.z_stride;
  t.k = f.k;
  t.init_row_step = begun ? kLanes : 0;
  t.init_stride = begun ? f.z_stride : kLanes;
  for (size_t panel = f.panels.begin, n; panel < f.panels.end; panel += n) {
    n = next_panels<R>(f.panels.end - panel, f.rows.end - f.rows.begin);
    t.b = f.w + panel * f.w_stride;
    for (size_t row = f.rows.begin, rows; row < f.rows.end; row += rows) {
      rows = smaller(chunk, f.rows.end - row);
      t.a = f.a + row * kLanes;
      t.c = f.z + panel * f.z_stride + row * kLanes;
      t.init = begun ? t.c : f.bias != nullptr ? f.bias + panel * kLanes : nullptr;
      run_column<R, Along::k>(t, rows, n);
      if (f.last && f.activate != nullptr) {
        for (size_t j = 0; j < n; ++j) f.activate(t.c + j * f.z_stride, f.out + (panel + j) * f.z_stride + row * kLanes, rows);
      }
    }
  }
}

template <class R>
void forward(const ForwardBlock<typename R::T>& f) {
  const size_t units = f.panels.end * kLanes > f.units ? narrow_part(f.units, kFew) : 0;
  const size_t whole = (f.rows.end - f.rows.begin) / kLanes * kLanes;
  if (units == 0 || whole == 0) return forward_of_many<R>(f);

  ForwardBlock<typename R::T> part = f;
  part.panels.end = f.panels.end - 1;
  if (part.panels.begin < part.panels.end) forward_of_many<R>(part);
  part.panels = {f.panels.end - 1, f.panels.end};
  part.rows.end = f.rows.begin + whole;
  forward_of_few<R>(part, part.panels.begin, units);
  if (f.last && f.activate != nullptr) {
    const size_t offset = part.panels.begin * f.z_stride + f.rows.begin * kLanes;
    f.activate(f.z + offset, f.out + offset, whole);
  }
  part.rows = {part.rows.end, f.rows.end};
  if (part.rows.begin < part.rows.end) forward_of_many<R>(part);
}

/// Stores a finished block of dAᵀ [16 of in][16 samples] as dZ of the layer below, and transposed again if that is wanted.
template <class R>
void turn_around(const InputGradientBlock<typename R::T>& g, size_t in, size_t sample, typename R::T* block_t) {
  typename R::T block[kLanes * kLanes];
  const size_t samples = smaller(kLanes, g.batch.end - sample);
  const size_t panel = in / kLanes;
  transpose_block<R>(block_t, block);
  if (g.finish != nullptr) g.finish(g.context, panel, sample, samples, block);
  typename R::T* da = g.da + panel * g.da_stride + sample * kLanes;
  for (size_t i = 0; i < samples; ++i) Vec<R>::load(block + i * kLanes).store(da + i * kLanes);
  if (g.transposed) transpose_block<R>(block, block_t);
}

template <class R>
void input_gradient(const InputGradientBlock<typename R::T>& g) {
  using T = typename R::T;
  const size_t few = narrow_part(g.batch.end, kFew);
  if (few > 0) input_gradient_of_few<R>(g, few);
  const size_t last_panel = (g.batch.end + kLanes - 1) / kLanes - (few > 0 ? 1 : 0);
  Tile<T> t{};
  t.a_stride = g.w_stride;
  t.b_stride = g.dz_t_stride;
  t.c_stride = t.init_stride = g.da_t_stride;
  t.init_row_step = kLanes;
  t.k = g.k;
  for (size_t panel = g.batch.begin / kLanes, n; panel < last_panel; panel += n) {
    n = next_panels<R>(last_panel - panel, kLanes);
    t.b = g.dz_t + panel * g.dz_t_stride;
    for (size_t in = g.in.begin; in < g.in.end; in += kLanes) {
      t.a = g.w + in * kLanes;
      t.c = g.da_t + panel * g.da_t_stride + in * kLanes;
      t.init = g.first ? nullptr : t.c;
      const size_t rows = smaller(kLanes, g.in.end - in);
      run_column<R, Along::k>(t, rows, n);
      if (!g.last) continue;
      for (size_t j = 0; j < n; ++j) {
        T* block = t.c + j * t.c_stride;
        for (size_t i = rows; i < kLanes; ++i) Vec<R>::set(T{0}).store(block + i * kLanes);
        turn_around<R>(g, in, (panel + j) * kLanes, block);
      }
    }
  }
}

/// Asks for what the update of a tile is going to touch, while the tile is computed.
template <typename T>
CHAINRULE_INLINE void prefetch_tile(const WeightGradientBlock<T>& g, size_t panel, size_t panels, size_t row, size_t rows) {
  constexpr size_t line = 64 / sizeof(T);
  for (const T* array : g.prefetch) {
    if (array == nullptr) return;
    for (size_t j = 0; j < panels; ++j)
      for (size_t i = 0; i < rows * kLanes; i += line) CHAINRULE_PREFETCH(array + (panel + j) * g.dw_stride + row * kLanes + i);
  }
}

/// The last panel, with its few units. `scratch` has room for kGradientRows rows.
template <class R>
void weight_gradient_of_narrow_panel(const WeightGradientBlock<typename R::T>& g, size_t panel, size_t units, typename R::T* scratch,
                                     typename R::T* levels) {
  for (size_t row = g.in.begin, rows; row < g.in.end; row += rows) {
    rows = smaller(kGradientRows, g.in.end - row);
    prefetch_tile(g, panel, 1, row, rows);
    weight_gradient_of_few<R>(g, panel, units, row, rows, scratch, levels);
    if (g.update != nullptr) {
      g.update(g.context, panel, row, rows, scratch);
      continue;
    }
    typename R::T* dw = g.dw + panel * g.dw_stride + row * kLanes;
    for (size_t i = 0; i < rows * kLanes; i += kLanes) {
      const Vec<R> gradient = Vec<R>::load(scratch + i);
      (g.scale == nullptr ? gradient : fma(Vec<R>::set(*g.scale), gradient, Vec<R>::load(dw + i))).store(dw + i);
    }
  }
}

/// The most samples of which three panels (48 KB) and a tile's rows about fill the first-level cache.
template <typename T>
constexpr size_t kSmallBatch = 1024 / sizeof(T);

/// A stripe of rows. Its part of A stays in the second-level cache while the panels of dZ pass by.
template <class R>
CHAINRULE_INLINE void weight_gradient_of_stripe(const WeightGradientBlock<typename R::T>& g, size_t row, size_t rows, Range panels,
                                                Tile<typename R::T>& t, typename R::T* scratch) {
  using T = typename R::T;
  for (size_t panel = panels.begin, n; panel < panels.end; panel += n) {
    n = next_panels<R>(panels.end - panel, kLanes);
    const size_t depth = g.shards == nullptr ? kBatchDepth<T> : g.batch + 1;
    for (size_t k = 0; k == 0 || k < g.batch; k += depth) {
      for (size_t i = 0; i < rows; i += kLanes) {
        const size_t height = smaller(kLanes, rows - i);
        if (k == 0) prefetch_tile(g, panel, n, row + i, height);
        t.a = g.a + (row + i) / kLanes * g.a_stride;
        t.b = g.dz + panel * g.dz_stride;
        t.k = {k, smaller(g.batch, k + depth)};
        T* const partial = scratch + i * kLanes;
        const bool last = t.k.end == g.batch;
        const bool to_dw = g.update == nullptr && last;
        t.c = to_dw ? g.dw + panel * g.dw_stride + (row + i) * kLanes : partial;
        t.c_stride = to_dw ? g.dw_stride : kGradientRows * kLanes;
        t.init = k == 0 ? nullptr : partial;
        t.scale = to_dw ? g.scale : nullptr;
        run_column<R, Along::rows>(t, height, n);
      }
    }
    if (g.update == nullptr) continue;
    for (size_t j = 0; j < n; ++j) g.update(g.context, panel + j, row, rows, scratch + j * kGradientRows * kLanes);
  }
}

template <class R>
void weight_gradient(const WeightGradientBlock<typename R::T>& g) {
  using T = typename R::T;
  constexpr size_t kPanels = static_cast<size_t>(max_panels<R>());
  T scratch[kPanels * kGradientRows * kLanes];
  T levels[kMostLevels * kTileSize<R>];
  Tile<T> t{};
  t.shards = g.shards;
  t.levels = levels;
  t.b_stride = g.dz_stride;
  t.init_row_step = kLanes;
  t.init_stride = kGradientRows * kLanes;
  const size_t few = g.panels.end * kLanes > g.units ? narrow_part(g.units, kFewInWeightGradient) : 0;
  const size_t wide_end = g.panels.end - (few > 0 ? 1 : 0);
  // The panels of a small batch stay in the first-level cache instead, while all stripes pass by.
  const bool is_small = g.batch <= kSmallBatch<T>;
  for (size_t panel = g.panels.begin, n; panel < wide_end; panel += n) {
    n = is_small ? next_panels<R>(wide_end - panel, kLanes) : wide_end - panel;
    for (size_t row = g.in.begin, rows; row < g.in.end; row += rows) {
      rows = smaller(kGradientRows, g.in.end - row);
      weight_gradient_of_stripe<R>(g, row, rows, {panel, panel + n}, t, scratch);
    }
  }
  if (few > 0) weight_gradient_of_narrow_panel<R>(g, wide_end, few, scratch, levels);
}
