// The micro-kernel of all products, and columns of it. Start reading at `tile`. Each element of a result is one chain of fused
// multiply-adds over k in ascending order, whatever the tile that it falls into.

/// A tile of rows x panels: c = init + a b, or with a scale c += scale * (init + a b). One serves a whole loop: to clear or copy it takes
/// wide stores and loads, each of which waits for narrow ones.
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
  const Shards* shards;  ///< along rows only: the shards of k, from zeros; null: k is one chain
  T* levels;             ///< with shards: room for kMostLevels tiles
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

/// How many panels of A ahead of its work a tile asks for lines. They lie too far apart for processors to ask for them by themselves; three
/// panels are some 600 cycles.
constexpr size_t kPanelsAhead = 3;
/// Panels up to this size need no asking: their lines are in the same page, or in the next.
constexpr size_t kNear = 64 * kLanes;

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

/// Elements of the largest tile.
template <class R>
constexpr size_t kTileSize = kLanes * static_cast<size_t>(kSumRegisters / Vec<R>::kRegs < 4 ? 4 : kSumRegisters / Vec<R>::kRegs);

template <class R, Along kAlong, int kRows, int kPanels>
void tile(const Tile<typename R::T>& t, const typename R::T* first_a, typename R::T* c, const typename R::T* init) {
  using T = typename R::T;
  Vec<R> sum[kRows][kPanels];
  const auto each = [&](auto f) {
    CHAINRULE_UNROLL
    for (int i = 0; i < kRows; ++i) {
      CHAINRULE_UNROLL
      for (int j = 0; j < kPanels; ++j) f(sum[i][j], static_cast<size_t>(i), static_cast<size_t>(j));
    }
  };
  if (init == nullptr) {
    each([](Vec<R>& s, size_t, size_t) { s = Vec<R>::set(0); });
  } else {
    each([&](Vec<R>& s, size_t i, size_t j) { s = Vec<R>::load(init + i * t.init_row_step + j * t.init_stride); });
  }

  if constexpr (kAlong == Along::rows) {
    const auto chain = [&](Range range) {
      const T* a = first_a + range.begin * kLanes;
      const T* b = t.b + range.begin * kLanes;
#pragma GCC unroll 2
      for (size_t k = range.begin; k < range.end; ++k, a += kLanes, b += kLanes) multiply_add<R, kRows, kPanels, 1>(sum, a, b, t.b_stride);
    };
    if (t.shards == nullptr) {
      chain(t.k);
    } else {
      // As one counts in binary: where a shard completes a subtree, its sum takes in the ones that wait on the levels below.
      const Range* range = t.shards->ranges;
      for (size_t shard = 0; shard < t.shards->count; ++shard) {
        for (size_t i = 0; i < t.shards->ranges_each; ++i) chain(*range++);
        T* level = t.levels;
        for (size_t whole = shard; whole % 2 == 1; whole /= 2, level += kRows * kPanels * kLanes) {
          each([&](Vec<R>& s, size_t i, size_t j) { s = Vec<R>::load(level + (i * kPanels + j) * kLanes) + s; });
        }
        if (shard + 1 == t.shards->count) break;
        each([&](Vec<R>& s, size_t i, size_t j) {
          s.store(level + (i * kPanels + j) * kLanes);
          s = Vec<R>::set(0);
        });
      }
    }
  } else {
    const T* b = t.b + t.k.begin * kLanes;
    const T* a = first_a + t.k.begin / kLanes * t.a_stride;
    size_t k = t.k.begin;
    const ptrdiff_t to_next_tile = kRows * kLanes - static_cast<ptrdiff_t>((t.k.end - t.k.begin) / kLanes * t.a_stride);
    for (; k + kLanes <= t.k.end; k += kLanes, a += t.a_stride) {
      if (t.a_stride > kNear) {
        const T* const ahead = a + kPanelsAhead * t.a_stride + (k + (kPanelsAhead + 1) * kLanes <= t.k.end ? 0 : to_next_tile);
        CHAINRULE_UNROLL
        for (int i = 0; i < kRows; ++i) CHAINRULE_PREFETCH(ahead + i * kLanes);
      }
#pragma GCC unroll 4
      for (int lane = 0; lane < kLanes; ++lane, b += kLanes) multiply_add<R, kRows, kPanels, kLanes>(sum, a + lane, b, t.b_stride);
    }
    for (; k < t.k.end; ++k, ++a, b += kLanes) multiply_add<R, kRows, kPanels, kLanes>(sum, a, b, t.b_stride);
  }

  if (t.scale == nullptr) {
    each([&](Vec<R>& s, size_t i, size_t j) { s.store(c + i * kLanes + j * t.c_stride); });
  } else {
    const Vec<R> scale = Vec<R>::set(*t.scale);
    each([&](Vec<R>& s, size_t i, size_t j) {
      T* const to = c + i * kLanes + j * t.c_stride;
      fma(scale, s, Vec<R>::load(to)).store(to);
    });
  }
}

template <typename T>
using TileFunction = void (*)(const Tile<T>&, const T* a, T* c, const T* init);

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
void run_tiles(const Tile<typename R::T>& t, size_t rows) {
  static constexpr TileColumn<R, kAlong, kPanels> tiles;
  constexpr size_t limit = static_cast<size_t>(max_rows<R>(kPanels));
  constexpr size_t a_row_step = kAlong == Along::rows ? 1 : kLanes;
  if (rows <= limit) return tiles.of_rows[rows - 1](t, t.a, t.c, t.init);  // small products would notice the divisions
  const size_t init_row_step = t.init != nullptr ? t.init_row_step : 0;
  size_t first = 0;
  for (size_t left = (rows + limit - 1) / limit; left > 0; --left) {
    const size_t n = (rows - first + left - 1) / left;
    tiles.of_rows[n - 1](t, t.a + first * a_row_step, t.c + first * kLanes, t.init + first * init_row_step);
    first += n;
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
