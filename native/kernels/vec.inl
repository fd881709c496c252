// Vec<R>: sixteen lanes of R::T, in as many registers of the ISA as that takes. Everything in the kernels is written over it.
// R is the ISA's vocabulary (F32 or F64 in its file). Lane by lane: max(a, b) = a > b ? a : b and min(a, b) = a < b ? a : b, so a NaN in
// either gives b; round is to nearest even; pow2(n) = 2^n for whole n in the normal range; split(x) = m, x = m * 2^exponent with m in
// [sqrt(1/2), sqrt(2)), for positive normal x; fma(a, b, c) = a * b + c and fnma(a, b, c) = c - a * b, each rounded once; an ISA that has
// to round their products (WebAssembly) adds fnma_exact(a, b, c), which does not.

CHAINRULE_INLINE size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

template <class R>
struct Vec {
  using T = typename R::T;
  static constexpr int kRegs = kLanes / R::kWidth;
  typename R::Reg r[kRegs];

  static CHAINRULE_INLINE Vec load(const T* p) {
    return each([&](int i) { return R::load(p + i * R::kWidth); });
  }
  static CHAINRULE_INLINE Vec set(T a) {
    const typename R::Reg all = R::set(a);
    return each([&](int) { return all; });
  }
  CHAINRULE_INLINE void store(T* p) const {
    CHAINRULE_UNROLL
    for (int i = 0; i < kRegs; ++i) R::store(p + i * R::kWidth, r[i]);
  }

  template <class F>
  static CHAINRULE_INLINE Vec each(F f) {
    Vec v;
    CHAINRULE_UNROLL
    for (int i = 0; i < kRegs; ++i) v.r[i] = f(i);
    return v;
  }

  friend CHAINRULE_INLINE Vec operator+(Vec a, Vec b) {
    return each([&](int i) { return R::add(a.r[i], b.r[i]); });
  }
  friend CHAINRULE_INLINE Vec operator-(Vec a, Vec b) {
    return each([&](int i) { return R::sub(a.r[i], b.r[i]); });
  }
  friend CHAINRULE_INLINE Vec operator*(Vec a, Vec b) {
    return each([&](int i) { return R::mul(a.r[i], b.r[i]); });
  }
  friend CHAINRULE_INLINE Vec operator/(Vec a, Vec b) {
    return each([&](int i) { return R::div(a.r[i], b.r[i]); });
  }
  friend CHAINRULE_INLINE Vec operator-(Vec a) { return set(T{-0.0}) - a; }
  friend CHAINRULE_INLINE Vec fma(Vec a, Vec b, Vec c) {
    return each([&](int i) { return R::fma(a.r[i], b.r[i], c.r[i]); });
  }
  friend CHAINRULE_INLINE Vec fnma(Vec a, Vec b, Vec c) {
    return each([&](int i) { return R::fnma(a.r[i], b.r[i], c.r[i]); });
  }
  /// c - a * b, the product not rounded.
  friend CHAINRULE_INLINE Vec fnma_exact(Vec a, Vec b, Vec c) {
    if constexpr (requires { R::fnma_exact(a.r[0], b.r[0], c.r[0]); }) {
      return each([&](int i) { return R::fnma_exact(a.r[i], b.r[i], c.r[i]); });
    } else {
      return fnma(a, b, c);
    }
  }
  friend CHAINRULE_INLINE Vec max(Vec a, Vec b) {
    return each([&](int i) { return R::max(a.r[i], b.r[i]); });
  }
  friend CHAINRULE_INLINE Vec min(Vec a, Vec b) {
    return each([&](int i) { return R::min(a.r[i], b.r[i]); });
  }
  friend CHAINRULE_INLINE Vec sqrt(Vec a) {
    return each([&](int i) { return R::sqrt(a.r[i]); });
  }
  friend CHAINRULE_INLINE Vec abs(Vec a) {
    return each([&](int i) { return R::abs(a.r[i]); });
  }
  friend CHAINRULE_INLINE Vec copysign(Vec a, Vec sign) {
    return each([&](int i) { return R::copysign(a.r[i], sign.r[i]); });
  }
  friend CHAINRULE_INLINE Vec round(Vec a) {
    return each([&](int i) { return R::round(a.r[i]); });
  }
  friend CHAINRULE_INLINE Vec pow2(Vec n) {
    return each([&](int i) { return R::pow2(n.r[i]); });
  }
  friend CHAINRULE_INLINE Vec split(Vec x, Vec* exponent) {
    return each([&](int i) { return R::split(x.r[i], &exponent->r[i]); });
  }
  /// Lane by lane: a < b ? yes : no (no where either is NaN).
  friend CHAINRULE_INLINE Vec select_less(Vec a, Vec b, Vec yes, Vec no) {
    return each([&](int i) { return R::select(R::less(a.r[i], b.r[i]), yes.r[i], no.r[i]); });
  }
};

/// The sum of the sixteen lanes by one fixed tree: lane i + lane (i + 8), then + 4, + 2, + 1. R::sum does what happens within a register.
template <class R>
CHAINRULE_INLINE typename R::T sum_lanes(Vec<R> v) {
  for (int half = Vec<R>::kRegs / 2; half > 0; half /= 2) {
    CHAINRULE_UNROLL
    for (int i = 0; i < half; ++i) v.r[i] = R::add(v.r[i], v.r[i + half]);
  }
  return R::sum(v.r[0]);
}
