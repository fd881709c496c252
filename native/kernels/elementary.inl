// exp, expm1, log, log1p_unit, tanh, erf and sigmoid over Vec<R>. Built from fused multiply-adds in a fixed order alone, so a value has
// the same bits on every ISA; a NaN comes out as a NaN, infinities and subnormals are exact or gradual as in IEEE 754.
//
// The methods: exp by Cody and Waite's reduction (Software Manual for the Elementary Functions, 1980, chapter 6). It has a fused
// multiply-add, as in Muller et al., Handbook of Floating-Point Arithmetic, 2nd ed., chapter 11; log by s = f / (2 + f), which
// keeps f itself exact (Tang, ACM TOMS 16, 1990; the same sum as FreeBSD's e_log.c); tanh from expm1, and erf in two parts, as in
// Muller, Elementary Functions, 3rd ed.; cosine and sine of turns by quarters, a reduction without error. The polynomials come from
// scripts/fit-elementary.py.

template <typename T>
struct Fit;

template <>
struct Fit<float> {
  static constexpr float log2e = 0x1.715476p0F;
  static constexpr float ln2_high = 0x1.62e43p-1F;
  static constexpr float ln2_low = -0x1.05c61p-29F;
  static constexpr float erf_split = 0.84375;
  static constexpr float erf_end = 4;
  // (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2: error 2^-26.2 of the result
  static constexpr float exp[] = {0x1p-1F, 0x1.5554bp-3F, 0x1.555486p-5F, 0x1.1227fp-7F, 0x1.6d98f6p-10F};
  // (2 atanh(s) / s - 2) / z in z = s^2, s^2 <= ((sqrt(2) - 1) / (sqrt(2) + 1))^2: error 2^-30.2 of the result
  static constexpr float log[] = {0x1.55557ap-1F, 0x1.995ebap-2F, 0x1.31e2f2p-2F};
  // the same for s <= 1/3: error 2^-27.7 of the result
  static constexpr float log1p[] = {0x1.5555p-1F, 0x1.99d27cp-2F, 0x1.1eb612p-2F, 0x1.1ef872p-2F};
  // erf(x) / x - 1 in x^2, |x| <= 0.84375: error 2^-27.4 of the result
  static constexpr float erf_small[] = {0x1.06eba8p-3F, -0x1.81271cp-2F, 0x1.ce247ap-4F, -0x1.b72cc2p-6F, 0x1.4b5346p-8F, -0x1.4c8d4p-11F};
  // ln(1 - erf(x)), 0.84375 <= x <= 4.0: error 2^-28.8 of the result
  static constexpr float erf_tail[] = {-0x1.9a51fap-14F, -0x1.20ca84p0F,  -0x1.45df12p-1F, -0x1.ac54ep-4F,
                                       0x1.715742p-6F,   -0x1.99796ap-9F, 0x1.ac8316p-13F};
  static constexpr float tau_high = 0x1.921fb6p2F;
  // sin(2 pi s) / s - tau_high in s^2, |s| <= 1/8: error 2^-28.2 of the result
  static constexpr float sin_turns[] = {-0x1.a32bc4p-23F, -0x1.4abbbap5F, 0x1.465e92p6F, -0x1.2d9302p6F};
  // (cos(2 pi s) - 1) / s^2 in s^2, |s| <= 1/8: error 2^-33.9 of the result
  static constexpr float cos_turns[] = {-0x1.3bd3ccp4F, 0x1.03c1dep6F, -0x1.55c5ep6F, 0x1.d9d57ep5F};
};

template <>
struct Fit<double> {
  static constexpr double log2e = 0x1.71547652b82fep0;
  static constexpr double ln2_high = 0x1.62e42fefa39efp-1;
  static constexpr double ln2_low = 0x1.abc9e3b39803fp-56;
  static constexpr double erf_split = 1;
  static constexpr double erf_end = 6;
  // (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2: error 2^-55.6 of the result
  static constexpr double exp[] = {0x1.0000000000005p-1,  0x1.555555555555cp-3,  0x1.55555555520ffp-5,  0x1.111111110e6eap-7,
                                   0x1.6c16c17f346f9p-10, 0x1.a01a01b5d0314p-13, 0x1.a019a68f61becp-16, 0x1.71ddea186a5fcp-19,
                                   0x1.28a2a192e884dp-22, 0x1.af768c819203p-26};
  // (2 atanh(s) / s - 2) / z in z = s^2, s^2 <= ((sqrt(2) - 1) / (sqrt(2) + 1))^2: error 2^-59.5 of the result
  static constexpr double log[] = {0x1.5555555555592p-1, 0x1.999999997fdb7p-2, 0x1.24924941f126bp-2, 0x1.c71c52095c72dp-3,
                                   0x1.74663ee86a12fp-3, 0x1.39a1babb173a7p-3, 0x1.2f0563422d79p-3};
  // the same for s <= 1/3: error 2^-59.4 of the result
  static constexpr double log1p[] = {0x1.5555555555535p-1, 0x1.99999999a084p-2,  0x1.2492492085754p-2, 0x1.c71c741f8d69ap-3,
                                     0x1.745cb39b43f7dp-3, 0x1.3b1de3274025ep-3, 0x1.10676873546dcp-3, 0x1.efdd8569fec67p-4,
                                     0x1.559c46b16eaf9p-4, 0x1.5c8a5f561475dp-3};
  // erf(x) / x - 1 in x^2, |x| <= 1.0: error 2^-56.9 of the result
  static constexpr double erf_small[] = {0x1.06eba8214db68p-3,  -0x1.812746b0379bdp-2,  0x1.ce2f21a040d16p-4,  -0x1.b82ce311fa948p-6,
                                         0x1.565bccf92b40cp-8,  -0x1.c02db03dd9404p-11, 0x1.f9a2baa92930bp-14, -0x1.f4ca4d7157c71p-17,
                                         0x1.b97fd3eaabcc5p-20, -0x1.5c07274683743p-23, 0x1.d71b11045784bp-27, -0x1.abae4dc4327cdp-31};
  // ln(1 - erf(x)), 1.0 <= x <= 6.0: error 2^-57.0 of the result
  static constexpr double erf_tail[] = {-0x1.0df1c531e0d4bp-21, -0x1.20dd1fd59aca6p0,   -0x1.45f62744a5663p-1,  -0x1.a4ac5df02c2efp-4,
                                        0x1.37229f76082e7p-6,   0x1.ae8f81e165599p-12,  -0x1.f63fd527b5001p-10, 0x1.94086ff348efep-11,
                                        -0x1.1b34b41b9d995p-13, -0x1.541435817e505p-16, 0x1.7eebff34bbbe7p-16,  -0x1.22d61c86bb97bp-17,
                                        0x1.1ea8dbe855067p-19,  -0x1.90d9c56a03082p-22, 0x1.8eca43fdcf332p-25,  -0x1.0e5ffef8d7b5cp-28,
                                        0x1.c1b7d5d9828c6p-33,  -0x1.5ad7aafa94eeep-38};
  static constexpr double tau_high = 0x1.921fb54442d18p2;
  // sin(2 pi s) / s - tau_high in s^2, |s| <= 1/8: error 2^-58.1 of the result
  static constexpr double sin_turns[] = {0x1.026460cff51afp-52, -0x1.4abbce625be41p5, 0x1.466bc677587p6,  -0x1.32d2cce2d5364p6,
                                         0x1.50782fca38ef1p5,   -0x1.e30063a054e91p3, 0x1.e3eed5da55fe9p1};
  // (cos(2 pi s) - 1) / s^2 in s^2, |s| <= 1/8: error 2^-64.5 of the result
  static constexpr double cos_turns[] = {-0x1.3bd3cc9be45dep4, 0x1.03c1f081b5aaep6, -0x1.55d3c7e3c928p6, 0x1.e1f5068367b3p5,
                                         -0x1.a6d1ec7e0c45dp4, 0x1.f9cc40ad332f1p2, -0x1.b263c3708aacep0};
};

template <typename T>
struct Limits;

template <>
struct Limits<float> {
  static constexpr float infinity = __builtin_huge_valf();
  static constexpr float nan = __builtin_nanf("0");
  static constexpr float denormal_min = 0x1p-149F;
  static constexpr float normal_min = 0x1p-126F;
  static constexpr float lift = 0x1p24F;  // times this, a subnormal is normal
  static constexpr float lift_exponent = 24;
  static constexpr float exponent_max = 128;
  static constexpr float exp_zero = -104;  // e^x rounds to 0 from here down
  static constexpr float expm1_one = -18;  // e^x - 1 rounds to -1
  static constexpr float tanh_one = 10;    // tanh(x) rounds to 1 from here up
};

template <>
struct Limits<double> {
  static constexpr double infinity = __builtin_huge_val();
  static constexpr double nan = __builtin_nan("0");
  static constexpr double denormal_min = 0x1p-1074;
  static constexpr double normal_min = 0x1p-1022;
  static constexpr double lift = 0x1p53;
  static constexpr double lift_exponent = 53;
  static constexpr double exponent_max = 1024;
  static constexpr double exp_zero = -746;
  static constexpr double expm1_one = -38;
  static constexpr double tanh_one = 20;
};

/// c[0] + c[1] x + c[2] x^2 + ... by Horner's rule.
template <int kFrom = 0, class R, int kCount>
CHAINRULE_INLINE Vec<R> polynomial(Vec<R> x, const typename R::T (&c)[kCount]) {
  if constexpr (kFrom + 1 == kCount)
    return Vec<R>::set(c[kFrom]);
  else
    return fma(polynomial<kFrom + 1>(x, c), x, Vec<R>::set(c[kFrom]));
}

// max and min give the second operand where either is a NaN, so x stands second here.

/// x, but no less than low; a NaN stays.
template <class R>
CHAINRULE_INLINE Vec<R> at_least(Vec<R> x, typename R::T low) {
  return max(Vec<R>::set(low), x);
}

/// x, but no more than high; a NaN stays.
template <class R>
CHAINRULE_INLINE Vec<R> at_most(Vec<R> x, typename R::T high) {
  return min(Vec<R>::set(high), x);
}

/// e^x = 2^n (1 + high + rest): n whole and at most exponent_max, |high| <= ln(2) / 2 and without error.
template <class R>
struct ExpParts {
  Vec<R> n, high, rest;
};

template <class R>
CHAINRULE_INLINE ExpParts<R> exp_parts(Vec<R> x) {
  using V = Vec<R>;
  using T = typename R::T;
  using C = Fit<T>;
  const V n = min(round(x * V::set(C::log2e)), V::set(Limits<T>::exponent_max));
  const V high = fnma_exact(n, V::set(C::ln2_high), x);
  const V low = n * V::set(-C::ln2_low);
  const V r = high + low;
  return {n, high, fma(r * r, polynomial(r, C::exp), low)};
}

/// 2^(n - bias) times e^x / 2^n, where 2^(n - bias) is normal.
template <class R>
CHAINRULE_INLINE Vec<R> exp_scaled(const ExpParts<R>& parts, Vec<R> bias) {
  const Vec<R> scale = pow2(parts.n - bias);
  return fma(parts.high + parts.rest, scale, scale);
}

/// factor (e^x - 1) with scale = factor 2^n, rounded twice: where n is near 0, scale * high + scale - factor is exact.
template <class R>
CHAINRULE_INLINE Vec<R> expm1_scaled(const ExpParts<R>& parts, Vec<R> scale, typename R::T factor) {
  return fma(scale, parts.rest, fma(scale, parts.high, scale - Vec<R>::set(factor)));
}

/// e^x; gradual where the result is subnormal.
template <class R>
CHAINRULE_INLINE Vec<R> exp(Vec<R> x) {
  using V = Vec<R>;
  using T = typename R::T;
  const ExpParts<R> parts = exp_parts(at_least(x, Limits<T>::exp_zero));
  // 2^n may lie beyond the normal numbers at either end: it is applied in two factors.
  const V zero = V::set(0);
  const V bias = select_less(x, zero, V::set(-64), V::set(64));
  const V unbias = select_less(x, zero, V::set(T{0x1p-64}), V::set(T{0x1p64}));
  return exp_scaled(parts, bias) * unbias;
}

/// e^x - 1, with the sign of x even at zero.
template <class R>
CHAINRULE_INLINE Vec<R> expm1(Vec<R> x) {
  using V = Vec<R>;
  using T = typename R::T;
  const ExpParts<R> parts = exp_parts(at_least(x, Limits<T>::expm1_one));
  const V n = min(parts.n, V::set(Limits<T>::exponent_max - 1));
  const V y = expm1_scaled(parts, pow2(n), 1);
  return copysign(fma(parts.n - n, y, y), x);  // twice y where n was one too large for pow2
}

/// f - ln(1 + f) - low: what the logarithm falls short of f, for s = f / (2 + f) in the range of the coefficients.
template <class R, int kCount>
CHAINRULE_INLINE Vec<R> log_shortfall(Vec<R> f, Vec<R> low, const typename R::T (&c)[kCount]) {
  using V = Vec<R>;
  const V s = f / (f + V::set(2));
  const V z = s * s;
  const V half_square = f * f * V::set(typename R::T{0.5});
  return half_square - fma(s, fma(z, polynomial(z, c), half_square), low);
}

/// ln(x).
template <class R>
CHAINRULE_INLINE Vec<R> log(Vec<R> x) {
  using V = Vec<R>;
  using T = typename R::T;
  using C = Fit<T>;
  using L = Limits<T>;
  const V zero = V::set(0);
  const V normal_min = V::set(L::normal_min);
  const V a = abs(x);
  V exponent;
  const V m = split(select_less(a, normal_min, a * V::set(L::lift), a), &exponent);
  exponent = exponent - select_less(a, normal_min, V::set(L::lift_exponent), zero);
  const V f = m - V::set(1);
  const V y = fma(exponent, V::set(C::ln2_high), f - log_shortfall(f, exponent * V::set(C::ln2_low), C::log));
  const V not_positive = select_less(x, zero, V::set(L::nan), V::set(-L::infinity));
  return select_less(x, V::set(L::denormal_min), not_positive, select_less(x, V::set(L::infinity), y, x));
}

/// ln(1 + u) for u in [0, 1].
template <class R>
CHAINRULE_INLINE Vec<R> log1p_unit(Vec<R> u) {
  return u - log_shortfall(u, Vec<R>::set(0), Fit<typename R::T>::log1p);
}

/// The hyperbolic tangent: q = h / (h + 1) with h = (e^(2 |x|) - 1) / 2; as h - h q where h is small, which forgives q its rounding.
template <class R>
CHAINRULE_INLINE Vec<R> tanh(Vec<R> x) {
  using V = Vec<R>;
  using T = typename R::T;
  const V one = V::set(1);
  const V a = abs(x);
  const ExpParts<R> parts = exp_parts(at_most(a + a, 2 * Limits<T>::tanh_one));
  const V h = expm1_scaled(parts, pow2(parts.n - one), T{0.5});
  const V q = h / (h + one);
  return copysign(select_less(h, V::set(T{0.5}), fnma(h, q, h), q), x);
}

/// The error function: a polynomial for small |x|, 1 - e^polynomial beyond.
template <class R>
CHAINRULE_INLINE Vec<R> erf(Vec<R> x) {
  using V = Vec<R>;
  using C = Fit<typename R::T>;
  const V a = abs(x);
  const V small = fma(a, polynomial(a * a, C::erf_small), a);
  const ExpParts<R> parts = exp_parts(polynomial(at_most(a, C::erf_end), C::erf_tail));
  const V scale = pow2(parts.n);
  const V large = fnma(parts.high + parts.rest, scale, V::set(1) - scale);
  return copysign(select_less(a, V::set(C::erf_split), small, large), x);
}

/// e^-|x|; gradual where the result is subnormal.
template <class R>
CHAINRULE_INLINE Vec<R> exp_of_minus_abs(Vec<R> x) {
  using V = Vec<R>;
  using T = typename R::T;
  const ExpParts<R> parts = exp_parts(at_least(copysign(x, V::set(-1)), Limits<T>::exp_zero));
  return exp_scaled(parts, V::set(-64)) * V::set(T{0x1p-64});
}

/// 1 / (1 + e^-x): 1 - q or e - e q with e = e^-|x| and q = e / (1 + e); gradual where the result is subnormal.
template <class R>
CHAINRULE_INLINE Vec<R> sigmoid(Vec<R> x) {
  using V = Vec<R>;
  const V one = V::set(1);
  const V e = exp_of_minus_abs(x);
  const V q = e / (one + e);
  return select_less(x, V::set(0), fnma(e, q, e), one - q);
}

/// Cosine and sine of one angle.
template <class R>
struct CosineSine {
  Vec<R> cosine, sine;
};

/// cos(2 pi t) and sin(2 pi t). Let r = |t| - round(|t|) and q = round(4 |r|), both without error. Then |r| is q quarters and at most an
/// eighth of a period, whose cosine and sine are polynomials. Beyond 2^mantissa every t is whole: 1 and 0. Infinite t: NaN.
template <class R>
CHAINRULE_INLINE CosineSine<R> cos_sin_turns(Vec<R> t) {
  using V = Vec<R>;
  using T = typename R::T;
  using C = Fit<T>;
  const V zero = V::set(0);
  const V a = abs(t);
  const V r = a - round(a);
  const V q = round(abs(r) * V::set(4));
  const V s = fnma(q, V::set(T{0.25}), abs(r));
  const V z = s * s;
  const V sine = fma(s, V::set(C::tau_high), s * polynomial(z, C::sin_turns));
  const V cosine = fma(z, polynomial(z, C::cos_turns), V::set(1));
  const V first = V::set(T{0.5});
  const V second = V::set(T{1.5});
  // zero - x where x may be 0, so that a zero has a plus sign.
  const V upper_half = select_less(q, first, sine, select_less(q, second, cosine, zero - sine));
  return {select_less(q, first, cosine, select_less(q, second, zero - sine, zero - cosine)), copysign(upper_half, r * t)};
}

/// cos(2 pi t).
template <class R>
CHAINRULE_INLINE Vec<R> cos_turns(Vec<R> t) {
  return cos_sin_turns(t).cosine;
}

/// sin(2 pi t), with the sign of t at zero.
template <class R>
CHAINRULE_INLINE Vec<R> sin_turns(Vec<R> t) {
  return cos_sin_turns(t).sine;
}

/// out[i] = f(in[i]) for i < n; in and out may be the same array.
template <class R, Vec<R> (*f)(Vec<R>)>
void map_array(const typename R::T* in, typename R::T* out, size_t n) {
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) f(Vec<R>::load(in + i)).store(out + i);
  if (i == n) return;
  typename R::T rest[kLanes] = {};
  for (size_t j = 0; i + j < n; ++j) rest[j] = in[i + j];
  f(Vec<R>::load(rest)).store(rest);
  for (size_t j = 0; i + j < n; ++j) out[i + j] = rest[j];
}
