// A whole pass of backpropagation through layers of at most one panel. For such networks the calls from product to product cost more than
// the arithmetic; here the matrices stay in the first-level cache and one call does it all. Every element is computed by the same chain of
// operations as in the general products, so it has the same bits.

/// Z = A W + b or dA = dZ Wᵀ: sums over k inside the one panel of `a`. `t` is a tile that serves all products of a pass: clearing a new one
/// each time would make its loads wait for the stores.
template <class R>
CHAINRULE_INLINE void multiply_small(Tile<typename R::T>& t, const typename R::T* a, const typename R::T* b, typename R::T* c, size_t k,
                                     const typename R::T* bias, size_t rows) {
  t.a = a;
  t.b = b;
  t.c = c;
  t.k.end = k;
  t.init = bias;
  run_tiles<R, Along::k, 1>(t, rows);
}

template <class R>
CHAINRULE_INLINE void small_forward(const SmallPass<typename R::T>& p, Tile<typename R::T>& t) {
  const typename R::T* in = p.input;
  for (size_t i = 0; i < p.count; ++i) {
    const SmallLayer<typename R::T>& l = p.layers[i];
    multiply_small<R>(t, in, p.parameters + l.weights_offset, l.z, l.in, p.parameters + l.bias_offset, p.rows);
    if (l.activate != nullptr) l.activate(l.z, l.a, p.rows);
    in = l.a;
  }
}

template <class R>
void small_forward(const SmallPass<typename R::T>& p) {
  Tile<typename R::T> t{};
  small_forward<R>(p, t);
}

/// Wᵀ of a small layer: rows of `in` lanes, one for each unit. Where there are few elements, they are taken one by one.
template <class R>
CHAINRULE_INLINE void transpose_small(const typename R::T* weights, size_t in, size_t units, typename R::T* transposed) {
  using V = Vec<R>;
  if (in * units > 2 * kLanes) return transpose<R>(weights, 0, transposed, 0, in, {0, 1});
  for (size_t i = 0; i < units; ++i) only_columns(in, 0, first_lanes<R>(weights + i, in), constant<V>(0)).store(transposed + i * kLanes);
}

template <class R>
void small_pass(const SmallPass<typename R::T>& p) {
  using T = typename R::T;
  Tile<T> t{};
  small_forward<R>(p, t);
  p.loss(p.loss_block);

  T transposed[kLanes * kLanes];
  for (size_t i = p.count; i-- > 0;) {
    const SmallLayer<T>& l = p.layers[i];
    if (l.derivative != nullptr) l.derivative(l.derivative_from, l.d, p.rows);
    t.a = i == 0 ? p.input : p.layers[i - 1].a;
    t.b = l.d;
    t.c = p.gradients + l.weights_offset;
    t.k.end = p.rows;
    t.init = nullptr;
    run_tiles<R, Along::rows, 1>(t, l.in);
    sum_rows<R>(l.d, p.rows, p.gradients + l.bias_offset);
    if (i == 0) break;
    transpose_small<R>(p.parameters + l.weights_offset, l.in, l.units, transposed);
    multiply_small<R>(t, l.d, transposed, p.layers[i - 1].d, l.units, nullptr, p.rows);
  }
}
