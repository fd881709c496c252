// AVX-512 (F and DQ): one register holds sixteen floats or eight doubles.
#include <immintrin.h>

#include "kernels/kernels.h"

namespace chainrule {
namespace {

struct WidePhilox {
  using Reg = __m512i;
  static constexpr int kWidth = 8;
  static Reg set(uint32_t a) { return _mm512_set1_epi64(static_cast<int64_t>(a)); }
  static Reg ascending(uint32_t first) {
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm512_cvtepu32_epi64(_mm256_add_epi32(_mm256_set1_epi32(static_cast<int32_t>(first)), lanes));
  }
  static Reg multiply(Reg a, Reg b) { return _mm512_mul_epu32(a, b); }
  static Reg high(Reg a) { return _mm512_srli_epi64(a, 32); }
  static Reg exclusive_or(Reg a, Reg b, Reg c) { return _mm512_ternarylogic_epi64(a, b, c, 0x96); }
  static void store(uint32_t* p, Reg a) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi64_epi32(a)); }
};

struct F32 {
  using T = float;
  using Philox = WidePhilox;
  using Reg = __m512;
  using Mask = __mmask16;
  static constexpr int kWidth = 16;

  static Reg load(const T* p) { return _mm512_loadu_ps(p); }
  static void store(T* p, Reg a) { _mm512_storeu_ps(p, a); }
  static Reg set(T a) { return _mm512_set1_ps(a); }
  static Reg add(Reg a, Reg b) { return _mm512_add_ps(a, b); }
  static Reg sub(Reg a, Reg b) { return _mm512_sub_ps(a, b); }
  static Reg mul(Reg a, Reg b) { return _mm512_mul_ps(a, b); }
  static Reg div(Reg a, Reg b) { return _mm512_div_ps(a, b); }
  static Reg fma(Reg a, Reg b, Reg c) { return _mm512_fmadd_ps(a, b, c); }
  static Reg fnma(Reg a, Reg b, Reg c) { return _mm512_fnmadd_ps(a, b, c); }
  static Reg sqrt(Reg a) { return _mm512_sqrt_ps(a); }
  static Reg max(Reg a, Reg b) { return _mm512_max_ps(a, b); }
  static Reg min(Reg a, Reg b) { return _mm512_min_ps(a, b); }
  static Reg abs(Reg a) { return _mm512_andnot_ps(_mm512_set1_ps(-0.0F), a); }
  static Reg copysign(Reg a, Reg sign) {
    const Reg bit = _mm512_set1_ps(-0.0F);
    return _mm512_or_ps(_mm512_andnot_ps(bit, a), _mm512_and_ps(bit, sign));
  }
  static Reg round(Reg a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  static Mask less(Reg a, Reg b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
  static Reg select(Mask m, Reg a, Reg b) { return _mm512_mask_blend_ps(m, b, a); }
  static Reg pow2(Reg n) {
    const __m512i exponent = _mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127));
    return _mm512_castsi512_ps(_mm512_slli_epi32(exponent, 23));
  }
  static Reg split(Reg x, Reg* exponent) {
    const __m512i root_half = _mm512_set1_epi32(0x3f3504f3);
    const __m512i bits = _mm512_sub_epi32(_mm512_castps_si512(x), root_half);
    *exponent = _mm512_cvtepi32_ps(_mm512_srai_epi32(bits, 23));
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_and_epi32(bits, _mm512_set1_epi32(0x7fffff)), root_half));
  }

  static T sum(Reg a) {
    const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
  }
  static void transpose(const T* in, size_t in_step, T* out, size_t out_step) {
    Reg rows[16], pairs[16];
    CHAINRULE_UNROLL
    for (size_t i = 0; i < 16; ++i) rows[i] = load(in + i * in_step);
    CHAINRULE_UNROLL
    for (size_t i = 0; i < 16; i += 2) {
      pairs[i] = _mm512_unpacklo_ps(rows[i], rows[i + 1]);
      pairs[i + 1] = _mm512_unpackhi_ps(rows[i], rows[i + 1]);
    }
    const auto low = [](Reg a, Reg b) { return _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(a), _mm512_castps_pd(b))); };
    const auto high = [](Reg a, Reg b) { return _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(a), _mm512_castps_pd(b))); };
    CHAINRULE_UNROLL
    for (size_t i = 0; i < 16; i += 4) {
      rows[i] = low(pairs[i], pairs[i + 2]);
      rows[i + 1] = high(pairs[i], pairs[i + 2]);
      rows[i + 2] = low(pairs[i + 1], pairs[i + 3]);
      rows[i + 3] = high(pairs[i + 1], pairs[i + 3]);
    }
    // Now 4 x 4 blocks of 128 bits are to be transposed.
    CHAINRULE_UNROLL
    for (size_t i = 0; i < 4; ++i) {
      const Reg even_low = _mm512_shuffle_f32x4(rows[i], rows[4 + i], 0x88);
      const Reg odd_low = _mm512_shuffle_f32x4(rows[i], rows[4 + i], 0xdd);
      const Reg even_high = _mm512_shuffle_f32x4(rows[8 + i], rows[12 + i], 0x88);
      const Reg odd_high = _mm512_shuffle_f32x4(rows[8 + i], rows[12 + i], 0xdd);
      store(out + i * out_step, _mm512_shuffle_f32x4(even_low, even_high, 0x88));
      store(out + (4 + i) * out_step, _mm512_shuffle_f32x4(odd_low, odd_high, 0x88));
      store(out + (8 + i) * out_step, _mm512_shuffle_f32x4(even_low, even_high, 0xdd));
      store(out + (12 + i) * out_step, _mm512_shuffle_f32x4(odd_low, odd_high, 0xdd));
    }
  }
};

struct F64 {
  using T = double;
  using Philox = WidePhilox;
  using Reg = __m512d;
  using Mask = __mmask8;
  static constexpr int kWidth = 8;

  static Reg load(const T* p) { return _mm512_loadu_pd(p); }
  static void store(T* p, Reg a) { _mm512_storeu_pd(p, a); }
  static Reg set(T a) { return _mm512_set1_pd(a); }
  static Reg add(Reg a, Reg b) { return _mm512_add_pd(a, b); }
  static Reg sub(Reg a, Reg b) { return _mm512_sub_pd(a, b); }
  static Reg mul(Reg a, Reg b) { return _mm512_mul_pd(a, b); }
  static Reg div(Reg a, Reg b) { return _mm512_div_pd(a, b); }
  static Reg fma(Reg a, Reg b, Reg c) { return _mm512_fmadd_pd(a, b, c); }
  static Reg fnma(Reg a, Reg b, Reg c) { return _mm512_fnmadd_pd(a, b, c); }
  static Reg sqrt(Reg a) { return _mm512_sqrt_pd(a); }
  static Reg max(Reg a, Reg b) { return _mm512_max_pd(a, b); }
  static Reg min(Reg a, Reg b) { return _mm512_min_pd(a, b); }
  static Reg abs(Reg a) { return _mm512_andnot_pd(_mm512_set1_pd(-0.0), a); }
  static Reg copysign(Reg a, Reg sign) {
    const Reg bit = _mm512_set1_pd(-0.0);
    return _mm512_or_pd(_mm512_andnot_pd(bit, a), _mm512_and_pd(bit, sign));
  }
  static Reg round(Reg a) { return _mm512_roundscale_pd(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  static Mask less(Reg a, Reg b) { return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ); }
  static Reg select(Mask m, Reg a, Reg b) { return _mm512_mask_blend_pd(m, b, a); }
  static Reg pow2(Reg n) {
    const __m512i exponent = _mm512_add_epi64(_mm512_cvtpd_epi64(n), _mm512_set1_epi64(1023));
    return _mm512_castsi512_pd(_mm512_slli_epi64(exponent, 52));
  }
  static Reg split(Reg x, Reg* exponent) {
    const __m512i root_half = _mm512_set1_epi64(0x3fe6a09e667f3bcd);
    const __m512i bits = _mm512_sub_epi64(_mm512_castpd_si512(x), root_half);
    *exponent = _mm512_cvtepi64_pd(_mm512_srai_epi64(bits, 52));
    return _mm512_castsi512_pd(_mm512_add_epi64(_mm512_and_epi64(bits, _mm512_set1_epi64(0xfffffffffffff)), root_half));
  }

  static T sum(Reg a) {
    const __m256d four = _mm256_add_pd(_mm512_castpd512_pd256(a), _mm512_extractf64x4_pd(a, 1));
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
  }
  static void transpose(const T* in, size_t in_step, T* out, size_t out_step) {
    Reg rows[8], pairs[8];
    CHAINRULE_UNROLL
    for (size_t i = 0; i < 8; ++i) rows[i] = load(in + i * in_step);
    CHAINRULE_UNROLL
    for (size_t i = 0; i < 8; i += 2) {
      pairs[i] = _mm512_unpacklo_pd(rows[i], rows[i + 1]);
      pairs[i + 1] = _mm512_unpackhi_pd(rows[i], rows[i + 1]);
    }
    // Now 4 x 4 blocks of 128 bits are to be transposed.
    CHAINRULE_UNROLL
    for (size_t i = 0; i < 2; ++i) {
      const Reg even_low = _mm512_shuffle_f64x2(pairs[i], pairs[2 + i], 0x88);
      const Reg odd_low = _mm512_shuffle_f64x2(pairs[i], pairs[2 + i], 0xdd);
      const Reg even_high = _mm512_shuffle_f64x2(pairs[4 + i], pairs[6 + i], 0x88);
      const Reg odd_high = _mm512_shuffle_f64x2(pairs[4 + i], pairs[6 + i], 0xdd);
      store(out + i * out_step, _mm512_shuffle_f64x2(even_low, even_high, 0x88));
      store(out + (2 + i) * out_step, _mm512_shuffle_f64x2(odd_low, odd_high, 0x88));
      store(out + (4 + i) * out_step, _mm512_shuffle_f64x2(even_low, even_high, 0xdd));
      store(out + (6 + i) * out_step, _mm512_shuffle_f64x2(odd_low, odd_high, 0xdd));
    }
  }
};

constexpr int kRegisters = 32;

#include "kernels/generic.inl"

}  // namespace

extern const Kernels kAvx512Kernels;
const Kernels kAvx512Kernels = make_kernels("avx512");

}  // namespace chainrule
