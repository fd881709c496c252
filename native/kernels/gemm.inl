// The three products of backpropagation over panels. Start reading at `tile`: everything else only cuts a block into tiles.
// Each element of a result is one chain of fused multiply-adds over k in ascending order, whatever the tile that it falls into.

/// A tile of rows x panels: c = init + a b, or with a scale c += scale * (init + a b).
template <typename T>
struct Tile {
  const T* a;
  const T* b;  ///< [k][16] per panel
  T* c;
  size_t a_stride, b_stride, c_stride;  ///< from one panel to the next
  Range k;
  const T* init;  ///< the sums so far, or the bias; null: zeros
  size_t init_row_step, init_stride;
  const T* scale;
};

/// Registers that hold sums: three quarters of all, the others hold b and the broadcast element of a.
constexpr int kSumRegisters = kRegisters * 3 / 4;

template <class R>
constexpr int max_panels() {
  return Vec<R>::kRegs == 1 ? 4 : Vec<R>::kRegs == 2 && kRegisters == 32 ? 3 : 1;
}

/// Rows of a tile of `panels` panels.
template <class R>
constexpr int max_rows(int panels) {
  const int rows = kSumRegisters / (panels * Vec<R>::kRegs);
  return rows < 1 ? 1 : rows > kLanes ? kLanes : rows;
}

/// How a tile finds a(row, k): forward and input gradient have k inside the panels of A, the weight gradient has the rows there.
enum class Along { k, rows };

template <class R, int kRows, int kPanels, int kRowStep>
CHAINRULE_INLINE void multiply_add(Vec<R> (&sum)[kRows][kPanels], const typename R::T* a, const typename R::T* b, size_t b_stride) {
  Vec<R> column[kPanels];
  CHAINRULE_UNROLL
  for (int j = 0; j < kPanels; ++j) column[j] = Vec<R>::load(b + static_cast<size_t>(j) * b_stride);
  CHAINRULE_UNROLL
  for (int i = 0; i < kRows; ++i) {
    const typename R::Reg x = R::set(a[i * kRowStep]);
    CHAINRULE_UNROLL
    for (int j = 0; j < kPanels; ++j) {
      CHAINRULE_UNROLL
      for (int n = 0; n < Vec<R>::kRegs; ++n) sum[i][j].r[n] = R::fma(x, column[j].r[n], sum[i][j].r[n]);
    }
  }
}

template <class R, Along kAlong, int kRows, int kPanels>
void tile(const Tile<typename R::T>& t) {
  using T = typename R::T;
  Vec<R> sum[kRows][kPanels];
  const auto each = [&](auto f) {
    CHAINRULE_UNROLL
    for (int i = 0; i < kRows; ++i) {
      CHAINRULE_UNROLL
      for (int j = 0; j < kPanels; ++j) f(sum[i][j], static_cast<size_t>(i), static_cast<size_t>(j));
    }
  };
  if (t.init == nullptr) {
    each([](Vec<R>& s, size_t, size_t) { s = Vec<R>::set(0); });
  } else {
    each([&](Vec<R>& s, size_t i, size_t j) { s = Vec<R>::load(t.init + i * t.init_row_step + j * t.init_stride); });
  }

  const T* b = t.b + t.k.begin * kLanes;
  if constexpr (kAlong == Along::rows) {
    const T* a = t.a + t.k.begin * kLanes;
    for (size_t k = t.k.begin; k < t.k.end; ++k, a += kLanes, b += kLanes) multiply_add<R, kRows, kPanels, 1>(sum, a, b, t.b_stride);
  } else {
    const T* a = t.a + t.k.begin / kLanes * t.a_stride;
    size_t k = t.k.begin;
    for (; k + kLanes <= t.k.end; k += kLanes, a += t.a_stride) {
#pragma GCC unroll 4
      for (int lane = 0; lane < kLanes; ++lane, b += kLanes) multiply_add<R, kRows, kPanels, kLanes>(sum, a + lane, b, t.b_stride);
    }
    for (; k < t.k.end; ++k, ++a, b += kLanes) multiply_add<R, kRows, kPanels, kLanes>(sum, a, b, t.b_stride);
  }

  if (t.scale == nullptr) {
    each([&](Vec<R>& s, size_t i, size_t j) { s.store(t.c + i * kLanes + j * t.c_stride); });
  } else {
    const Vec<R> scale = Vec<R>::set(*t.scale);
    each([&](Vec<R>& s, size_t i, size_t j) {
      T* c = t.c + i * kLanes + j * t.c_stride;
      fma(scale, s, Vec<R>::load(c)).store(c);
    });
  }
}

template <typename T>
using TileFunction = void (*)(const Tile<T>&);

/// The tiles of one width: tiles[rows - 1].
template <class R, Along kAlong, int kPanels>
struct TileColumn {
  TileFunction<typename R::T> of_rows[kLanes] = {};

  constexpr TileColumn() { fill<1>(); }

  template <int kRows>
  constexpr void fill() {
    of_rows[kRows - 1] = tile<R, kAlong, kRows, kPanels>;
    if constexpr (kRows < max_rows<R>(kPanels)) fill<kRows + 1>();
  }
};

/// Runs `rows` rows of a column of tiles, as evenly cut as possible: nine rows are five and four, never eight and one.
template <class R, Along kAlong, int kPanels>
void run_tiles(const Tile<typename R::T>& column, size_t rows) {
  static constexpr TileColumn<R, kAlong, kPanels> tiles;
  constexpr size_t limit = static_cast<size_t>(max_rows<R>(kPanels));
  constexpr size_t a_row_step = kAlong == Along::rows ? 1 : kLanes;
  if (rows <= limit) return tiles.of_rows[rows - 1](column);  // small products would notice the copy and the divisions
  Tile<typename R::T> t = column;
  for (size_t left = (rows + limit - 1) / limit; left > 0; --left) {
    const size_t n = (rows + left - 1) / left;
    tiles.of_rows[n - 1](t);
    t.a += n * a_row_step;
    t.c += n * kLanes;
    if (t.init != nullptr) t.init += n * t.init_row_step;
    rows -= n;
  }
}

template <class R, Along kAlong>
CHAINRULE_INLINE void run_column(const Tile<typename R::T>& t, size_t rows, size_t panels) {
  if constexpr (max_panels<R>() >= 4) {
    if (panels == 4) return run_tiles<R, kAlong, 4>(t, rows);
  }
  if constexpr (max_panels<R>() >= 3) {
    if (panels == 3) return run_tiles<R, kAlong, 3>(t, rows);
  }
  if constexpr (max_panels<R>() >= 2) {
    if (panels == 2) return run_tiles<R, kAlong, 2>(t, rows);
  }
  run_tiles<R, kAlong, 1>(t, rows);
}

/// How many of the `left` panels the next tiles should span: wide tiles for few rows, otherwise three, and never three and one.
template <class R>
CHAINRULE_INLINE size_t next_panels(size_t left, size_t rows) {
  constexpr size_t most = static_cast<size_t>(max_panels<R>());
  if (most >= 4 && left >= 4 && rows <= static_cast<size_t>(max_rows<R>(4))) return 4;
  if (most >= 3) return left == 4 || left == 2 ? 2 : left >= 3 ? 3 : 1;
  return left < most ? left : most;
}

template <class R>
void forward(const ForwardBlock<typename R::T>& f) {
  using T = typename R::T;
  constexpr size_t chunk = 48;
  for (size_t panel = f.panels.begin, n; panel < f.panels.end; panel += n) {
    n = next_panels<R>(f.panels.end - panel, f.rows.end - f.rows.begin);
    for (size_t row = f.rows.begin, rows; row < f.rows.end; row += rows) {
      rows = smaller(chunk, f.rows.end - row);
      Tile<T> t{};
      t.a = f.a + row * kLanes;
      t.b = f.w + panel * f.w_stride;
      t.c = f.z + panel * f.z_stride + row * kLanes;
      t.a_stride = f.a_stride;
      t.b_stride = f.w_stride;
      t.c_stride = f.z_stride;
      t.k = f.k;
      if (f.k.begin > 0) {
        t.init = t.c;
        t.init_row_step = kLanes;
        t.init_stride = f.z_stride;
      } else if (f.bias != nullptr) {
        t.init = f.bias + panel * kLanes;
        t.init_stride = kLanes;
      }
      run_column<R, Along::k>(t, rows, n);
      if (f.last && f.activate != nullptr) {
        for (size_t j = 0; j < n; ++j) f.activate(t.c + j * f.z_stride, f.out + (panel + j) * f.z_stride + row * kLanes, rows);
      }
    }
  }
}

template <class R>
CHAINRULE_INLINE void transpose_block(const typename R::T* in, typename R::T* out) {
  for (size_t i = 0; i < kLanes; i += R::kWidth)
    for (size_t j = 0; j < kLanes; j += R::kWidth) R::transpose(in + i * kLanes + j, kLanes, out + j * kLanes + i, kLanes);
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
  const size_t last_panel = (g.batch.end + kLanes - 1) / kLanes;
  for (size_t panel = g.batch.begin / kLanes, n; panel < last_panel; panel += n) {
    n = next_panels<R>(last_panel - panel, kLanes);
    for (size_t in = g.in.begin; in < g.in.end; in += kLanes) {
      Tile<T> t{};
      t.a = g.w + in * kLanes;
      t.b = g.dz_t + panel * g.dz_t_stride;
      t.c = g.da_t + panel * g.da_t_stride + in * kLanes;
      t.a_stride = g.w_stride;
      t.b_stride = g.dz_t_stride;
      t.c_stride = g.da_t_stride;
      t.k = g.k;
      t.init = g.first ? nullptr : t.c;
      t.init_row_step = kLanes;
      t.init_stride = t.c_stride;
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

template <class R>
void weight_gradient(const WeightGradientBlock<typename R::T>& g) {
  using T = typename R::T;
  constexpr size_t kPanels = static_cast<size_t>(max_panels<R>());
  constexpr size_t kBatchDepth = 512 / sizeof(T);  // three panels of so many samples stay in the first-level cache
  T scratch[kPanels * kGradientRows * kLanes];
  for (size_t panel = g.panels.begin, n; panel < g.panels.end; panel += n) {
    n = next_panels<R>(g.panels.end - panel, kLanes);
    for (size_t row = g.in.begin, rows; row < g.in.end; row += rows) {
      rows = smaller(kGradientRows, g.in.end - row);
      for (size_t k = 0; k == 0 || k < g.batch; k += kBatchDepth) {
        for (size_t i = 0; i < rows; i += kLanes) {
          const size_t height = smaller(kLanes, rows - i);
          if (k == 0) prefetch_tile(g, panel, n, row + i, height);
          Tile<T> t{};
          t.a = g.a + (row + i) / kLanes * g.a_stride;
          t.b = g.dz + panel * g.dz_stride;
          t.b_stride = g.dz_stride;
          t.k = {k, smaller(g.batch, k + kBatchDepth)};
          T* const partial = scratch + i * kLanes;
          const bool last = t.k.end == g.batch;
          const bool to_dw = g.update == nullptr && last;
          t.c = to_dw ? g.dw + panel * g.dw_stride + (row + i) * kLanes : partial;
          t.c_stride = to_dw ? g.dw_stride : kGradientRows * kLanes;
          t.init = k == 0 ? nullptr : partial;
          t.init_row_step = kLanes;
          t.init_stride = kGradientRows * kLanes;
          t.scale = to_dw ? g.scale : nullptr;
          run_column<R, Along::rows>(t, height, n);
        }
      }
      if (g.update == nullptr) continue;
      for (size_t j = 0; j < n; ++j) g.update(g.context, panel + j, row, rows, scratch + j * kGradientRows * kLanes);
    }
  }
}
