// Categories: rows of a table, their gradients, and one-hot columns. Whole panels at a multiple of sixteen go by vectors, others one by
// one.

/// Columns [from, from + count) of one matrix and [to, to + count) of another, each within one panel.
struct Run {
  size_t from, to, count;
};

/// f(Run) for the runs that columns [first, width) of one matrix and [offset + first, offset + width) of another consist of.
template <class F>
CHAINRULE_INLINE void for_runs(size_t first, size_t width, size_t offset, F f) {
  for (size_t i = first, n; i < width; i += n) {
    n = smaller(width - i, smaller(kLanes - i % kLanes, kLanes - (offset + i) % kLanes));
    f(Run{i, offset + i, n});
  }
}

/// The element of column `column` in the row that `row` points at in the first panel.
template <typename T>
CHAINRULE_INLINE T* at_column(T* row, size_t stride, size_t column) {
  return row + column / kLanes * stride + column % kLanes;
}

/// Panels that can go by vectors.
CHAINRULE_INLINE size_t whole_panels(size_t width, size_t offset) { return offset % kLanes == 0 ? width / kLanes : 0; }

template <class R>
void embed(const EmbeddingBlock<typename R::T>& b) {
  using T = typename R::T;
  constexpr size_t kAhead = 8;  // rows: categories in random order are nothing that a processor could guess
  const size_t whole = whole_panels(b.width, b.offset);
  for (size_t row = b.rows.begin; row < b.rows.end; ++row) {
    if (row + kAhead < b.rows.end) {
      const T* later = b.table + static_cast<size_t>(b.index[row + kAhead]) * kLanes;
      for (size_t p = 0; p < panels_of(b.width); ++p) CHAINRULE_PREFETCH(later + p * b.table_stride);
    }
    const T* from = b.table + static_cast<size_t>(b.index[row]) * kLanes;
    T* to = b.out + b.offset / kLanes * b.out_stride + row * kLanes;
    for (size_t p = 0; p < whole; ++p) Vec<R>::load(from + p * b.table_stride).store(to + p * b.out_stride);
    for_runs(whole * kLanes, b.width, b.offset % kLanes, [&](Run run) {
      const T* in = at_column(from, b.table_stride, run.from);
      T* out = at_column(to, b.out_stride, run.to);
      for (size_t i = 0; i < run.count; ++i) out[i] = in[i];
    });
  }
}

template <class R>
void embed_gradient(const EmbeddingGradientBlock<typename R::T>& b) {
  using V = Vec<R>;
  using T = typename R::T;
  for (size_t p = b.panels.begin; p < b.panels.end; ++p) {
    T* table = b.d_table + p * b.table_stride;
    for (size_t i = b.categories.begin * kLanes; i < b.categories.end * kLanes; i += kLanes) constant<V>(0).store(table + i);
  }
  const size_t whole = smaller(whole_panels(b.width, b.offset), b.panels.end);
  const size_t first = between(b.panels.begin, whole, b.panels.end) * kLanes;
  const size_t last = smaller(b.width, b.panels.end * kLanes);
  const T* source = b.d_out + b.offset / kLanes * b.d_out_stride;
  for (size_t row = 0; row < b.rows; ++row) {
    const auto category = static_cast<size_t>(b.index[row]);
    if (category < b.categories.begin || category >= b.categories.end) continue;
    T* to = b.d_table + category * kLanes;
    const T* from = source + row * kLanes;
    for (size_t p = b.panels.begin; p < whole; ++p) {
      T* sum = to + p * b.table_stride;
      (V::load(sum) + V::load(from + p * b.d_out_stride)).store(sum);
    }
    for_runs(first, last, b.offset % kLanes, [&](Run run) {
      T* sum = at_column(to, b.table_stride, run.from);
      const T* d = at_column(from, b.d_out_stride, run.to);
      for (size_t i = 0; i < run.count; ++i) sum[i] += d[i];
    });
  }
}

template <class R>
void one_hot(const OneHotBlock<typename R::T>& b) {
  using T = typename R::T;
  for (size_t row = b.rows.begin; row < b.rows.end; ++row) {
    T* to = b.out + row * kLanes;
    for_runs(0, b.categories, b.offset, [&](Run run) {
      T* out = at_column(to, b.out_stride, run.to);
      for (size_t i = 0; i < run.count; ++i) out[i] = 0;
    });
    *at_column(to, b.out_stride, b.offset + static_cast<size_t>(b.index[row])) = 1;
  }
}
