// The kernels of bf16.h once, over the vocabulary R of an ISA file: R::Sum is a register of R::kWidth sums, R::Pairs one of as many pairs,
// R::Rounded two rounded rows of sixteen. Start reading at `tile`.

/// A tile of rows x panels: c = init + a b, or with a scale c += scale * (init + a b).
struct Tile {
  const Bf16* a;
  const Bf16* b;  ///< [pairs][16][2] per panel
  float* c;
  size_t a_stride, b_stride, c_stride;  ///< from one panel to the next
  size_t pairs;
  const float* init;  ///< the sums so far, or the bias; null: zeros
  size_t init_row_step, init_stride;
  const float* scale;
};

/// Elements of sixteen pairs.
constexpr size_t kPairLanes = 2 * kLanes;

/// Registers that a row of one panel takes.
template <class R>
constexpr int kRegs = kLanes / R::kWidth;

/// Panels of the widest tile. Three quarters of the registers hold sums, the others b and the broadcast pair of a.
template <class R>
constexpr int kMaxPanels = kRegs<R> == 1 ? 3 : 1;

/// Rows of a tile of `panels` panels.
template <class R>
constexpr int max_rows(int panels) {
  const int rows = R::kRegisters * 3 / 4 / (panels * kRegs<R>);
  return rows > kLanes ? kLanes : rows;
}

/// How a tile finds the pair a(row, k): A is plain with k inside its panels, or paired with the tile's rows there.
enum class Along { k, rows };

template <class R, int kRows, int kPanels, size_t kRowStep>
CHAINRULE_INLINE void multiply_add(typename R::Sum (&sum)[kRows][kPanels][kRegs<R>], const Bf16* a, const Bf16* b, size_t b_stride) {
  typename R::Pairs column[kPanels][kRegs<R>];
  CHAINRULE_UNROLL
  for (size_t j = 0; j < kPanels; ++j) {
    CHAINRULE_UNROLL
    for (size_t n = 0; n < kRegs<R>; ++n) column[j][n] = R::load_pairs(b + j * b_stride + n * 2 * R::kWidth);
  }
  CHAINRULE_UNROLL
  for (size_t i = 0; i < kRows; ++i) {
    const typename R::Pairs x = R::broadcast_pair(a + i * kRowStep);
    CHAINRULE_UNROLL
    for (size_t j = 0; j < kPanels; ++j) {
      CHAINRULE_UNROLL
      for (size_t n = 0; n < kRegs<R>; ++n) sum[i][j][n] = R::dot(sum[i][j][n], x, column[j][n]);
    }
  }
}

template <class R, Along kAlong, int kRows, int kPanels>
void tile(const Tile& t) {
  using Sum = typename R::Sum;
  Sum sum[kRows][kPanels][kRegs<R>];
  const auto each = [&](auto f) {
    CHAINRULE_UNROLL
    for (size_t i = 0; i < kRows; ++i) {
      CHAINRULE_UNROLL
      for (size_t j = 0; j < kPanels; ++j) {
        CHAINRULE_UNROLL
        for (size_t n = 0; n < kRegs<R>; ++n) f(sum[i][j][n], i, j, n * R::kWidth);
      }
    }
  };
  if (t.init == nullptr) {
    each([](Sum& s, size_t, size_t, size_t) { s = R::set(0); });
  } else {
    each([&](Sum& s, size_t i, size_t j, size_t lane) { s = R::load(t.init + i * t.init_row_step + j * t.init_stride + lane); });
  }

  const Bf16* a = t.a;
  const Bf16* b = t.b;
  if constexpr (kAlong == Along::rows) {
    for (size_t pair = 0; pair < t.pairs; ++pair, a += kPairLanes, b += kPairLanes)
      multiply_add<R, kRows, kPanels, 2>(sum, a, b, t.b_stride);
  } else {
    constexpr size_t kPairsOfPanel = kLanes / 2;
    size_t left = t.pairs;
    for (; left >= kPairsOfPanel; left -= kPairsOfPanel, a += t.a_stride) {
#pragma GCC unroll 4
      for (size_t pair = 0; pair < kPairsOfPanel; ++pair, b += kPairLanes)
        multiply_add<R, kRows, kPanels, kLanes>(sum, a + 2 * pair, b, t.b_stride);
    }
    for (; left > 0; --left, a += 2, b += kPairLanes) multiply_add<R, kRows, kPanels, kLanes>(sum, a, b, t.b_stride);
  }

  if (t.scale == nullptr) {
    each([&](Sum& s, size_t i, size_t j, size_t lane) { R::store(t.c + i * kLanes + j * t.c_stride + lane, s); });
  } else {
    const Sum scale = R::set(*t.scale);
    each([&](Sum& s, size_t i, size_t j, size_t lane) {
      float* c = t.c + i * kLanes + j * t.c_stride + lane;
      R::store(c, R::fma(scale, s, R::load(c)));
    });
  }
}

/// The tiles of one width: of_rows[rows - 1].
template <class R, Along kAlong, int kPanels>
struct TileColumn {
  void (*of_rows[kLanes])(const Tile&) = {};

  constexpr TileColumn() { fill<1>(); }

  template <int kRows>
  constexpr void fill() {
    of_rows[kRows - 1] = tile<R, kAlong, kRows, kPanels>;
    if constexpr (kRows < max_rows<R>(kPanels)) fill<kRows + 1>();
  }
};

/// Runs `rows` rows of a column of tiles, as evenly cut as possible: nine rows are five and four, never eight and one.
template <class R, Along kAlong, int kPanels>
void run_tiles(Tile t, size_t rows) {
  static constexpr TileColumn<R, kAlong, kPanels> tiles;
  constexpr size_t limit = static_cast<size_t>(max_rows<R>(kPanels));
  constexpr size_t a_row_step = kAlong == Along::rows ? 2 : kLanes;
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
CHAINRULE_INLINE void run_column(const Tile& t, size_t rows, size_t panels) {
  if constexpr (kMaxPanels<R> == 3) {
    if (panels == 3) return run_tiles<R, kAlong, 3>(t, rows);
    if (panels == 2) return run_tiles<R, kAlong, 2>(t, rows);
  }
  run_tiles<R, kAlong, 1>(t, rows);
}

/// How many of the `left` panels the next tiles should span: three, and never three and one.
template <class R>
CHAINRULE_INLINE size_t next_panels(size_t left) {
  if constexpr (kMaxPanels<R> == 1) return 1;
  return left == 4 || left == 2 ? 2 : left >= 3 ? 3 : 1;
}

CHAINRULE_INLINE size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

template <class R>
void round(const Bf16RoundBlock& r) {
  for (size_t panel = r.panels.begin; panel < r.panels.end; ++panel) {
    const size_t lanes = smaller(kLanes, r.cols - panel * kLanes);
    for (size_t row = 0; row < r.rows; row += 2) {
      const float* in = r.in + panel * r.in_stride + row * kLanes;
      const size_t rows = smaller(2, r.rows - row);
      float padded[2 * kLanes] = {};
      if (lanes < kLanes || rows < 2) {
        for (size_t i = 0; i < rows; ++i)
          for (size_t lane = 0; lane < lanes; ++lane) padded[i * kLanes + lane] = in[i * kLanes + lane];
        in = padded;
      }
      const typename R::Rounded rounded = R::round(in, in + kLanes);
      R::store_plain(r.plain + panel * r.stride + row * kLanes, rounded);
      R::store_paired(r.paired + panel * r.stride + row * kLanes, rounded);
    }
  }
}

/// Rows k of a panel of W, in pairs: [pairs][16][2].
template <class R>
CHAINRULE_INLINE void pack(const float* panel, Range k, Bf16* out) {
  static constexpr float kZeros[kLanes] = {};
  for (size_t row = k.begin; row < k.end; row += 2, out += kPairLanes) {
    const float* even = panel + row * kLanes;
    R::store_paired(out, R::round(even, row + 1 < k.end ? even + kLanes : kZeros));
  }
}

/// Columns k of `rows` rows of W, transposed and in pairs: [pairs][16 rows][2]; rows beyond the last are zero.
template <class R>
CHAINRULE_INLINE void pack_transposed(const float* w, size_t w_stride, size_t rows, Range k, Bf16* out) {
  for (size_t col = k.begin; col < k.end; col += kLanes, out += kLanes * kLanes) {
    const float* in = w + col / kLanes * w_stride;
    float padded[kLanes * kLanes];
    if (rows < kLanes) {
      for (size_t i = 0; i < kLanes * kLanes; ++i) padded[i] = i < rows * kLanes ? in[i] : 0;
      in = padded;
    }
    R::store_transposed(out, in);
  }
}

template <class R>
void multiply(const Bf16ProductBlock& p) {
  constexpr size_t chunk = 48;
  constexpr size_t pack_stride = kBf16Depth * kLanes;
  alignas(64) Bf16 packed[static_cast<size_t>(kMaxPanels<R>) * pack_stride];
  for (size_t panel = p.panels.begin, n; panel < p.panels.end; panel += n) {
    n = next_panels<R>(p.panels.end - panel);
    for (size_t j = 0; j < n; ++j) {
      const size_t col = (panel + j) * kLanes;
      if (p.transposed) {
        pack_transposed<R>(p.w + col * kLanes, p.w_stride, smaller(kLanes, p.cols - col), p.k, packed + j * pack_stride);
      } else {
        pack<R>(p.w + (panel + j) * p.w_stride, p.k, packed + j * pack_stride);
      }
    }
    for (size_t row = p.rows.begin, rows; row < p.rows.end; row += rows) {
      rows = smaller(chunk, p.rows.end - row);
      Tile t{};
      t.a = p.a + p.k.begin / kLanes * p.a_stride + row * kLanes;
      t.b = packed;
      t.c = p.c + panel * p.c_stride + row * kLanes;
      t.a_stride = p.a_stride;
      t.b_stride = pack_stride;
      t.c_stride = p.c_stride;
      t.pairs = (p.k.end - p.k.begin + 1) / 2;
      if (p.k.begin > 0) {
        t.init = t.c;
        t.init_row_step = kLanes;
        t.init_stride = p.c_stride;
      } else if (p.bias != nullptr) {
        t.init = p.bias + panel * kLanes;
        t.init_stride = kLanes;
      }
      run_column<R, Along::k>(t, rows, n);
      if (p.finish == nullptr) continue;
      for (size_t j = 0; j < n; ++j) p.finish(p.context, panel + j, row, rows, t.c + j * p.c_stride);
    }
  }
}

/// Asks for what the update of a tile is going to touch, while the tile is computed.
CHAINRULE_INLINE void prefetch_tile(const Bf16WeightGradientBlock& g, size_t panel, size_t panels, size_t row, size_t rows) {
  for (const float* array : g.prefetch) {
    if (array == nullptr) return;
    for (size_t j = 0; j < panels; ++j)
      for (size_t i = 0; i < rows; ++i) CHAINRULE_PREFETCH(array + (panel + j) * g.dw_stride + (row + i) * kLanes);
  }
}

template <class R>
void weight_gradient(const Bf16WeightGradientBlock& g) {
  float scratch[static_cast<size_t>(kMaxPanels<R>) * kGradientRows * kLanes];
  for (size_t panel = g.panels.begin, n; panel < g.panels.end; panel += n) {
    n = next_panels<R>(g.panels.end - panel);
    for (size_t row = g.in.begin, rows; row < g.in.end; row += rows) {
      rows = smaller(kGradientRows, g.in.end - row);
      for (size_t k = 0; k < g.batch; k += kBf16Depth) {
        for (size_t i = 0; i < rows; i += kLanes) {
          const size_t height = smaller(kLanes, rows - i);
          if (k == 0) prefetch_tile(g, panel, n, row + i, height);
          const bool last = k + kBf16Depth >= g.batch;
          const bool to_dw = g.update == nullptr && last;
          float* const partial = scratch + i * kLanes;
          Tile t{};
          t.a = g.a + (row + i) / kLanes * g.a_stride + k * kLanes;
          t.b = g.dz + panel * g.dz_stride + k * kLanes;
          t.b_stride = g.dz_stride;
          t.pairs = (smaller(kBf16Depth, g.batch - k) + 1) / 2;
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

template <class R>
constexpr Bf16Kernels make_bf16_kernels() {
  return {static_cast<size_t>(max_rows<R>(kMaxPanels<R>)), static_cast<size_t>(kMaxPanels<R>), round<R>, multiply<R>, weight_gradient<R>};
}
