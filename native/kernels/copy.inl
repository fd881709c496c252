// Moving data: rows into panels and back, dropout masks.

template <class R>
void gather(const CopyBlock<typename R::T>& c) {
  constexpr size_t kAhead = 4;  // rows: samples in random order are nothing that a processor could guess
  const size_t full = c.columns / kLanes;
  for (size_t row = c.rows.begin; row < c.rows.end; ++row) {
    if (c.index != nullptr && row + kAhead < c.rows.end) {
      const typename R::T* later = c.in + c.index[row + kAhead] * c.columns;
      for (size_t i = 0; i < c.columns; i += 64 / sizeof(*later)) CHAINRULE_PREFETCH(later + i);
    }
    const typename R::T* in = c.in + (c.index != nullptr ? c.index[row] : row) * c.columns;
    typename R::T* out = c.out + row * kLanes;
    for (size_t p = 0; p < full; ++p) Vec<R>::load(in + p * kLanes).store(out + p * c.stride);
    if (full * kLanes == c.columns) continue;
    typename R::T* const tail = out + full * c.stride;
    Vec<R>::set(0).store(tail);
    for (size_t i = full * kLanes; i < c.columns; ++i) tail[i % kLanes] = in[i];
  }
}

/// Every fourth line: the second level's own prefetchers bring those between, and asking for all of them takes longer than it saves (Zen
/// 5).
template <class R>
void prefetch(const typename R::T* in, size_t count) {
  for (size_t i = 0; i < count; i += 256 / sizeof(*in)) CHAINRULE_PREFETCH_L2(in + i);
}

template <class R>
void scatter(const CopyBlock<typename R::T>& c) {
  const size_t full = c.columns / kLanes;
  for (size_t row = c.rows.begin; row < c.rows.end; ++row) {
    const typename R::T* in = c.in + row * kLanes;
    typename R::T* out = c.out + row * c.columns;
    for (size_t p = 0; p < full; ++p) Vec<R>::load(in + p * c.stride).store(out + p * kLanes);
    for (size_t i = full * kLanes; i < c.columns; ++i) out[i] = in[full * c.stride + i % kLanes];
  }
}

/// Srivastava et al. 2014, inverted. Four consecutive rows share the four words of one Philox counter, lane by lane.
template <class R>
void dropout(const DropoutBlock<typename R::T>& d) {
  using T = typename R::T;
  uint32_t words[4][kLanes];
  for (size_t i = 0; i < d.rows; ++i) {
    const size_t row = d.first_row + i;
    if (i == 0 || row % 4 == 0) {
      const uint64_t counter = (row / 4 * d.panels + d.panel) * kLanes;
      philox16<typename PhiloxOf<R>::Type>(static_cast<uint32_t>(d.seed), static_cast<uint32_t>(d.seed >> 32),
                                           static_cast<uint32_t>(counter), d.stream, static_cast<uint32_t>(d.step),
                                           static_cast<uint32_t>(d.step >> 32), words);
    }
    const uint32_t* word = words[row % 4];
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const T x = d.in[i * kLanes + lane];
      d.out[i * kLanes + lane] = word[lane] < d.threshold ? T{0} : x * d.scale;
    }
  }
}
