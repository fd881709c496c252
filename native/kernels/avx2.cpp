// AVX2 with FMA: two registers hold sixteen floats, four hold sixteen doubles.
#include <immintrin.h>

#include "kernels/kernels.h"

namespace chainrule {
namespace {

struct WidePhilox {
  using Reg = __m256i;
  static constexpr int kWidth = 4;
  static Reg set(uint32_t a) { return _mm256_set1_epi64x(static_cast<int64_t>(a)); }
  static Reg ascending(uint32_t first) {
    return _mm256_cvtepu32_epi64(_mm_add_epi32(_mm_set1_epi32(static_cast<int32_t>(first)), _mm_setr_epi32(0, 1, 2, 3)));
  }
  static Reg multiply(Reg a, Reg b) { return _mm256_mul_epu32(a, b); }
  static Reg high(Reg a) { return _mm256_srli_epi64(a, 32); }
  static Reg exclusive_or(Reg a, Reg b, Reg c) { return _mm256_xor_si256(_mm256_xor_si256(a, b), c); }
  static void store(uint32_t* p, Reg a) {
    const __m256i even = _mm256_permutevar8x32_epi32(a, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_castsi256_si128(even));
  }
};

struct F32 {
  using T = float;
  using Philox = WidePhilox;
  using Reg = __m256;
  using Mask = __m256;
  static constexpr int kWidth = 8;

  static Reg load(const T* p) { return _mm256_loadu_ps(p); }
  static void store(T* p, Reg a) { _mm256_storeu_ps(p, a); }
  static Reg set(T a) { return _mm256_set1_ps(a); }
  static Reg add(Reg a, Reg b) { return _mm256_add_ps(a, b); }
  static Reg sub(Reg a, Reg b) { return _mm256_sub_ps(a, b); }
  static Reg mul(Reg a, Reg b) { return _mm256_mul_ps(a, b); }
  static Reg div(Reg a, Reg b) { return _mm256_div_ps(a, b); }
  static Reg fma(Reg a, Reg b, Reg c) { return _mm256_fmadd_ps(a, b, c); }
  static Reg fnma(Reg a, Reg b, Reg c) { return _mm256_fnmadd_ps(a, b, c); }
  static Reg sqrt(Reg a) { return _mm256_sqrt_ps(a); }
  static Reg max(Reg a, Reg b) { return _mm256_max_ps(a, b); }
  static Reg min(Reg a, Reg b) { return _mm256_min_ps(a, b); }
  static Reg abs(Reg a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0F), a); }
  static Reg copysign(Reg a, Reg sign) {
    const Reg bit = _mm256_set1_ps(-0.0F);
    return _mm256_or_ps(_mm256_andnot_ps(bit, a), _mm256_and_ps(bit, sign));
  }
  static Reg round(Reg a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  static Mask less(Reg a, Reg b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
  static Reg select(Mask m, Reg a, Reg b) { return _mm256_blendv_ps(b, a, m); }
  static Reg pow2(Reg n) {
    const __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
    return _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23));
  }
  static Reg split(Reg x, Reg* exponent) {
    const __m256i root_half = _mm256_set1_epi32(0x3f3504f3);
    const __m256i bits = _mm256_sub_epi32(_mm256_castps_si256(x), root_half);
    *exponent = _mm256_cvtepi32_ps(_mm256_srai_epi32(bits, 23));
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_and_si256(bits, _mm256_set1_epi32(0x7fffff)), root_half));
  }

  static T sum(Reg a) {
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
  }
  static void transpose(const T* in, size_t in_step, T* out, size_t out_step) {
    Reg rows[8], pairs[8];
    CHAINRULE_UNROLL
    for (size_t i = 0; i < 8; ++i) rows[i] = load(in + i * in_step);
    CHAINRULE_UNROLL
    for (size_t i = 0; i < 8; i += 2) {
      pairs[i] = _mm256_unpacklo_ps(rows[i], rows[i + 1]);
      pairs[i + 1] = _mm256_unpackhi_ps(rows[i], rows[i + 1]);
    }
    CHAINRULE_UNROLL
    for (size_t i = 0; i < 8; i += 4) {
      rows[i] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0x44);
      rows[i + 1] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0xee);
      rows[i + 2] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0x44);
      rows[i + 3] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0xee);
    }
    CHAINRULE_UNROLL
    for (size_t i = 0; i < 4; ++i) {
      store(out + i * out_step, _mm256_permute2f128_ps(rows[i], rows[4 + i], 0x20));
      store(out + (4 + i) * out_step, _mm256_permute2f128_ps(rows[i], rows[4 + i], 0x31));
    }
  }
};

struct F64 {
  using T = double;
  using Philox = WidePhilox;
  using Reg = __m256d;
  using Mask = __m256d;
  static constexpr int kWidth = 4;

  static Reg load(const T* p) { return _mm256_loadu_pd(p); }
  static void store(T* p, Reg a) { _mm256_storeu_pd(p, a); }
  static Reg set(T a) { return _mm256_set1_pd(a); }
  static Reg add(Reg a, Reg b) { return _mm256_add_pd(a, b); }
  static Reg sub(Reg a, Reg b) { return _mm256_sub_pd(a, b); }
  static Reg mul(Reg a, Reg b) { return _mm256_mul_pd(a, b); }
  static Reg div(Reg a, Reg b) { return _mm256_div_pd(a, b); }
  static Reg fma(Reg a, Reg b, Reg c) { return _mm256_fmadd_pd(a, b, c); }
  static Reg fnma(Reg a, Reg b, Reg c) { return _mm256_fnmadd_pd(a, b, c); }
  static Reg sqrt(Reg a) { return _mm256_sqrt_pd(a); }
  static Reg max(Reg a, Reg b) { return _mm256_max_pd(a, b); }
  static Reg min(Reg a, Reg b) { return _mm256_min_pd(a, b); }
  static Reg abs(Reg a) { return _mm256_andnot_pd(_mm256_set1_pd(-0.0), a); }
  static Reg copysign(Reg a, Reg sign) {
    const Reg bit = _mm256_set1_pd(-0.0);
    return _mm256_or_pd(_mm256_andnot_pd(bit, a), _mm256_and_pd(bit, sign));
  }
  static Reg round(Reg a) { return _mm256_round_pd(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  static Mask less(Reg a, Reg b) { return _mm256_cmp_pd(a, b, _CMP_LT_OQ); }
  static Reg select(Mask m, Reg a, Reg b) { return _mm256_blendv_pd(b, a, m); }

  // AVX2 has no conversion between doubles and 64-bit integers: adding 1.5 * 2^52 leaves the integer in the low bits.
  static constexpr double kToInteger = 0x1.8p52;
  static Reg pow2(Reg n) {
    return _mm256_castsi256_pd(_mm256_slli_epi64(_mm256_castpd_si256(_mm256_add_pd(n, set(kToInteger + 1023))), 52));
  }
  static Reg split(Reg x, Reg* exponent) {
    const __m256i root_half = _mm256_set1_epi64x(0x3fe6a09e667f3bcd);
    const __m256i bias = _mm256_set1_epi64x(0x4000000000000000);  // keeps the exponent positive, as the shift is a logical one
    const __m256i bits = _mm256_sub_epi64(_mm256_castpd_si256(x), root_half);
    const __m256i biased = _mm256_srli_epi64(_mm256_add_epi64(bits, bias), 52);
    *exponent = _mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(biased, _mm256_castpd_si256(set(kToInteger)))), set(kToInteger + 1024));
    return _mm256_castsi256_pd(_mm256_add_epi64(_mm256_and_si256(bits, _mm256_set1_epi64x(0xfffffffffffff)), root_half));
  }

  static T sum(Reg a) {
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(a), _mm256_extractf128_pd(a, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
  }
  static void transpose(const T* in, size_t in_step, T* out, size_t out_step) {
    Reg pairs[4];
    CHAINRULE_UNROLL
    for (size_t i = 0; i < 4; i += 2) {
      const Reg even = load(in + i * in_step);
      const Reg odd = load(in + (i + 1) * in_step);
      pairs[i] = _mm256_unpacklo_pd(even, odd);
      pairs[i + 1] = _mm256_unpackhi_pd(even, odd);
    }
    CHAINRULE_UNROLL
    for (size_t i = 0; i < 2; ++i) {
      store(out + i * out_step, _mm256_permute2f128_pd(pairs[i], pairs[2 + i], 0x20));
      store(out + (2 + i) * out_step, _mm256_permute2f128_pd(pairs[i], pairs[2 + i], 0x31));
    }
  }
};

constexpr int kRegisters = 16;

#include "kernels/generic.inl"

}  // namespace

extern const Kernels kAvx2Kernels;
const Kernels kAvx2Kernels = make_kernels("avx2");

}  // namespace chainrule
