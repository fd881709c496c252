// The work on whole columns (scaling, shifting, sums of products), and sums of two arrays.

/// A number that a generic lambda takes at compile time.
template <size_t n>
struct Count {
  static constexpr size_t value = n;
};

constexpr size_t between(size_t low, size_t x, size_t high) { return x < low ? low : x > high ? high : x; }

/// Panels whose sums over rows run side by side. Each sum is a chain in ascending order; several hide the latency of an addition.
template <class R>
constexpr size_t kChains = between(1, static_cast<size_t>(kRegisters / (4 * Vec<R>::kRegs)), 4);

/// f(first, Count<n>) for the groups of at most kGroup that a range is cut into.
template <size_t kGroup, class F>
CHAINRULE_INLINE void for_groups(Range range, F f) {
  size_t i = range.begin;
  for (; i + kGroup <= range.end; i += kGroup) f(i, Count<kGroup>{});
  for (; i < range.end; ++i) f(i, Count<1>{});
}

/// f(in, scale, shift) of every element.
template <class R, class F>
CHAINRULE_INLINE void map_columns(const ColumnBlock<typename R::T>& b, F f) {
  using V = Vec<R>;
  for (size_t panel = b.panels.begin; panel < b.panels.end; ++panel) {
    const typename R::T* in = b.in + panel * b.in_stride;
    typename R::T* out = b.out + panel * b.out_stride;
    const V scale = V::load(b.scale + panel * kLanes);
    const V shift = b.shift != nullptr ? V::load(b.shift + panel * kLanes) : constant<V>(0);
    for (size_t i = 0; i < b.rows * kLanes; i += kLanes) {
      const V y = f(V::load(in + i), scale, shift);
      (b.add ? V::load(out + i) + y : y).store(out + i);
    }
  }
}

template <class R>
void affine(const ColumnBlock<typename R::T>& b) {
  using V = Vec<R>;
  if (b.shift != nullptr)
    map_columns<R>(b, [](V x, V scale, V shift) { return fma(x, scale, shift); });
  else
    map_columns<R>(b, [](V x, V scale, V) { return x * scale; });
}

template <class R>
void normalize(const ColumnBlock<typename R::T>& b) {
  using V = Vec<R>;
  map_columns<R>(b, [](V x, V scale, V shift) { return (x - shift) * scale; });
}

template <class R>
void column_products(const ColumnSumBlock<typename R::T>& b) {
  using V = Vec<R>;
  for_groups<kChains<R>>(b.panels, [&](size_t panel, auto count) {
    constexpr size_t kPanels = decltype(count)::value;
    V sum[kPanels];
    CHAINRULE_UNROLL
    for (size_t j = 0; j < kPanels; ++j) sum[j] = constant<V>(0);
    for (size_t i = 0; i < b.rows * kLanes; i += kLanes) {
      CHAINRULE_UNROLL
      for (size_t j = 0; j < kPanels; ++j)
        sum[j] = fma(V::load(b.a + (panel + j) * b.a_stride + i), V::load(b.b + (panel + j) * b.b_stride + i), sum[j]);
    }
    CHAINRULE_UNROLL
    for (size_t j = 0; j < kPanels; ++j) sum[j].store(b.out + (panel + j) * kLanes);
  });
}

template <class R>
void add(const typename R::T* a, const typename R::T* b, typename R::T* out, size_t vectors) {
  for (size_t i = 0; i < vectors * kLanes; i += kLanes) (Vec<R>::load(a + i) + Vec<R>::load(b + i)).store(out + i);
}

template <class R>
void move_average(typename R::T* average, typename R::T keep, const typename R::T* value, typename R::T weight, size_t vectors) {
  using V = Vec<R>;
  for (size_t i = 0; i < vectors * kLanes; i += kLanes)
    fma(V::set(weight), V::load(value + i), V::set(keep) * V::load(average + i)).store(average + i);
}
