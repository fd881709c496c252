// A whole pass of backpropagation through layers of at most one panel. For such networks the calls from product to product cost more than
// the arithmetic; here the matrices stay in the first-level cache and one call does it all. Every element is computed by the same chain of
// operations as in the general products, so it has the same bits.

/// Z = A W + b or dA = dZ Wᵀ: sums over k inside the one panel of `a`.
template <class R>
CHAINRULE_INLINE void multiply_small(const typename R::T* a, const typename R::T* b, typename R::T* c, size_t k, const typename R::T* bias,
                                     size_t rows) {
  Tile<typename R::T> t{};
  t.a = a;
  t.b = b;
  t.c = c;
  t.k = {0, k};
  t.init = bias;
  run_tiles<R, Along::k, 1>(t, rows);
}

template <class R>
void small_forward(const SmallPass<typename R::T>& p) {
  const typename R::T* in = p.input;
  for (size_t i = 0; i < p.count; ++i) {
    const SmallLayer<typename R::T>& l = p.layers[i];
    multiply_small<R>(in, p.parameters + l.weights_offset, l.z, l.in, p.parameters + l.bias_offset, p.rows);
    if (l.activate != nullptr) l.activate(l.z, l.a, p.rows);
    in = l.a;
  }
}

template <class R>
void small_pass(const SmallPass<typename R::T>& p) {
  using T = typename R::T;
  small_forward<R>(p);
  p.loss(p.loss_block);

  T transposed[kLanes * kLanes];
  for (size_t i = p.count; i-- > 0;) {
    const SmallLayer<T>& l = p.layers[i];
    if (l.derivative != nullptr) l.derivative(l.derivative_from, l.d, p.rows);
    Tile<T> dw{};
    dw.a = i == 0 ? p.input : p.layers[i - 1].a;
    dw.b = l.d;
    dw.c = p.gradients + l.weights_offset;
    dw.k = {0, p.rows};
    run_tiles<R, Along::rows, 1>(dw, l.in);
    sum_rows<R>(l.d, p.rows, p.gradients + l.bias_offset);
    if (i == 0) break;
    transpose<R>(p.parameters + l.weights_offset, 0, transposed, 0, l.in, {0, 1});
    multiply_small<R>(l.d, transposed, p.layers[i - 1].d, l.units, nullptr, p.rows);
  }
}
