// Turning panels round, sixteen by sixteen elements at a time.

template <class R>
CHAINRULE_INLINE void transpose_block(const typename R::T* in, typename R::T* out) {
  for (size_t i = 0; i < kLanes; i += R::kWidth)
    for (size_t j = 0; j < kLanes; j += R::kWidth) R::transpose(in + i * kLanes + j, kLanes, out + j * kLanes + i, kLanes);
}

template <class R>
void transpose(const typename R::T* in, size_t in_stride, typename R::T* out, size_t out_stride, size_t rows, Range panels) {
  using T = typename R::T;
  for (size_t panel = panels.begin; panel < panels.end; ++panel) {
    for (size_t row = 0; row < rows; row += kLanes) {
      const T* block = in + panel * in_stride + row * kLanes;
      T padded[kLanes * kLanes];
      if (row + kLanes > rows) {
        for (size_t i = 0; i < kLanes; ++i)
          (row + i < rows ? Vec<R>::load(block + i * kLanes) : Vec<R>::set(T{0})).store(padded + i * kLanes);
        block = padded;
      }
      transpose_block<R>(block, out + row / kLanes * out_stride + panel * kLanes * kLanes);
    }
  }
}
