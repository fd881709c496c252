// AVX-512 with BF16: one register holds sixteen sums or sixteen pairs.
// VDPBF16PS rounds to nearest even and flushes denormals, of its operands and of its results, to zero, whatever MXCSR says; conversions do
// so too.
#include <immintrin.h>

#include "kernels/bf16.h"

namespace chainrule {
namespace {

struct Avx512Bf16 {
  using Sum = __m512;
  using Pairs = __m512i;
  using Rounded = __m512i;
  static constexpr int kWidth = 16;
  static constexpr int kRegisters = 32;

  static Sum load(const float* p) { return _mm512_loadu_ps(p); }
  static void store(float* p, Sum a) { _mm512_storeu_ps(p, a); }
  static Sum set(float a) { return _mm512_set1_ps(a); }
  static Sum fma(Sum a, Sum b, Sum c) { return _mm512_fmadd_ps(a, b, c); }

  static Pairs load_pairs(const Bf16* p) { return _mm512_loadu_si512(p); }
  static Pairs broadcast_pair(const Bf16* p) { return _mm512_broadcastd_epi32(_mm_loadu_si32(p)); }
  static Sum dot(Sum sum, Pairs a, Pairs b) {
    return _mm512_dpbf16_ps(sum, __builtin_bit_cast(__m512bh, a), __builtin_bit_cast(__m512bh, b));
  }

  static Rounded round(const float* even, const float* odd) {
    return __builtin_bit_cast(__m512i, _mm512_cvtne2ps_pbh(load(odd), load(even)));
  }
  static void store_plain(Bf16* out, Rounded rows) { _mm512_storeu_si512(out, rows); }
  static void store_paired(Bf16* out, Rounded rows) {
    const __m512i interleaved = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8,  //
                                                 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    _mm512_storeu_si512(out, _mm512_permutexvar_epi16(interleaved, rows));
  }

  /// Sixteen rows of sixteen floats as [8 pairs of columns][16 rows][2].
  static void store_transposed(Bf16* out, const float* in) {
    // Each register holds two rows, four apart, as eight pairs each: four blocks of 128 bits that are to be transposed with their likes.
    Pairs rows[8], columns[8];
    CHAINRULE_UNROLL
    for (size_t i = 0; i < 8; ++i) {
      const float* first = in + (i + i / 4 * 4) * kLanes;
      rows[i] = round(first, first + 4 * kLanes);
    }
    CHAINRULE_UNROLL
    for (size_t i = 0; i < 8; i += 4) {
      const Pairs a = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
      const Pairs b = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
      const Pairs c = _mm512_unpacklo_epi32(rows[i + 2], rows[i + 3]);
      const Pairs d = _mm512_unpackhi_epi32(rows[i + 2], rows[i + 3]);
      columns[i] = _mm512_unpacklo_epi64(a, c);
      columns[i + 1] = _mm512_unpackhi_epi64(a, c);
      columns[i + 2] = _mm512_unpacklo_epi64(b, d);
      columns[i + 3] = _mm512_unpackhi_epi64(b, d);
    }
    CHAINRULE_UNROLL
    for (size_t i = 0; i < 4; ++i) {
      store_plain(out + i * 2 * kLanes, _mm512_shuffle_i32x4(columns[i], columns[4 + i], 0x88));
      store_plain(out + (4 + i) * 2 * kLanes, _mm512_shuffle_i32x4(columns[i], columns[4 + i], 0xdd));
    }
  }
};

#include "kernels/bf16.inl"

}  // namespace

extern const Bf16Kernels kAvx512Bf16Kernels;
const Bf16Kernels kAvx512Bf16Kernels = make_bf16_kernels<Avx512Bf16>();

}  // namespace chainrule
