// Normally distributed noise.

/// Two standard normal numbers of two random words, lane by lane: G. E. P. Box, M. E. Muller, "A note on the generation of random normal
/// deviates", 1958. The first word is taken half a unit up, so that its logarithm is finite: |number| <= sqrt(66 ln 2) < 6.77.
template <class R>
CHAINRULE_INLINE void box_muller(const uint32_t* words0, const uint32_t* words1, typename R::T* normal0, typename R::T* normal1) {
  using V = Vec<R>;
  using T = typename R::T;
  T radius[kLanes];
  T angle[kLanes];
  for (int i = 0; i < kLanes; ++i) {
    radius[i] = static_cast<T>(words0[i]);
    angle[i] = static_cast<T>(words1[i]);
  }
  const V unit = V::set(T{0x1p-32});
  const V r = sqrt(constant<V>(-2) * log((V::load(radius) + constant<V>(0.5)) * unit));
  const CosineSine<R> turned = cos_sin_turns(V::load(angle) * unit);
  (r * turned.cosine).store(normal0);
  (r * turned.sine).store(normal1);
}

/// Four consecutive rows share the four words of one Philox counter, lane by lane, as in `dropout`.
template <class R>
void gaussian_noise(const NoiseBlock<typename R::T>& b) {
  using V = Vec<R>;
  using T = typename R::T;
  const V stddev = V::set(b.stddev);
  uint32_t words[4][kLanes];
  T normal[4][kLanes];
  for (size_t i = 0; i < b.rows; ++i) {
    const size_t row = b.first_row + i;
    if (i == 0 || row % 4 == 0) {
      const uint64_t counter = (row / 4 * panels_of(b.columns) + b.panel) * kLanes;
      philox16<typename PhiloxOf<R>::Type>(static_cast<uint32_t>(b.seed), static_cast<uint32_t>(b.seed >> 32),
                                           static_cast<uint32_t>(counter), b.stream, static_cast<uint32_t>(b.step),
                                           static_cast<uint32_t>(b.step >> 32), words);
      box_muller<R>(words[0], words[1], normal[0], normal[1]);
      box_muller<R>(words[2], words[3], normal[2], normal[3]);
    }
    const V y = fma(stddev, V::load(normal[row % 4]), V::load(b.in + i * kLanes));
    only_columns(b.columns, b.panel, y, constant<V>(0)).store(b.out + i * kLanes);
  }
}
