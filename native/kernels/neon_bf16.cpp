// NEON with BF16 (Armv8.6, optional from Armv8.2): four registers hold sixteen sums or sixteen pairs.
// BFDOT rounds to odd and flushes denormals, of its operands and of its results, to zero, whatever FPCR says.
#include <arm_neon.h>

#include "kernels/bf16.h"

namespace chainrule {
namespace {

struct NeonBf16 {
  using Sum = float32x4_t;
  using Pairs = uint16x8_t;
  static constexpr int kWidth = 4;
  static constexpr int kRegisters = 32;

  /// Columns 0 to 7 and 8 to 15 of two rows.
  struct Rounded {
    uint16x8x2_t low, high;
  };

  static Sum load(const float* p) { return vld1q_f32(p); }
  static void store(float* p, Sum a) { vst1q_f32(p, a); }
  static Sum set(float a) { return vdupq_n_f32(a); }
  static Sum fma(Sum a, Sum b, Sum c) { return vfmaq_f32(c, a, b); }

  static Pairs load_pairs(const Bf16* p) { return vld1q_u16(p); }
  static Pairs broadcast_pair(const Bf16* p) {
    uint32_t pair;
    __builtin_memcpy(&pair, p, sizeof(pair));
    return vreinterpretq_u16_u32(vdupq_n_u32(pair));
  }
  static Sum dot(Sum sum, Pairs a, Pairs b) { return vbfdotq_f32(sum, vreinterpretq_bf16_u16(a), vreinterpretq_bf16_u16(b)); }

  static Pairs round_eight(const float* p) { return vreinterpretq_u16_bf16(vcvtq_high_bf16_f32(vcvtq_low_bf16_f32(load(p)), load(p + 4))); }
  static Rounded round(const float* even, const float* odd) {
    return {{{round_eight(even), round_eight(odd)}}, {{round_eight(even + 8), round_eight(odd + 8)}}};
  }
  static void store_plain(Bf16* out, const Rounded& rows) {
    CHAINRULE_UNROLL
    for (size_t i = 0; i < 2; ++i) {
      vst1q_u16(out + i * kLanes, rows.low.val[i]);
      vst1q_u16(out + i * kLanes + 8, rows.high.val[i]);
    }
  }
  static void store_paired(Bf16* out, const Rounded& rows) {
    vst2q_u16(out, rows.low);
    vst2q_u16(out + kLanes, rows.high);
  }

  /// Sixteen rows of sixteen floats as [8 pairs of columns][16 rows][2].
  static void store_transposed(Bf16* out, const float* in) {
    for (size_t row = 0; row < kLanes; row += 4) {
      for (size_t pair = 0; pair < 8; pair += 4) {
        uint32x4_t rows[4];
        CHAINRULE_UNROLL
        for (size_t i = 0; i < 4; ++i) rows[i] = vreinterpretq_u32_u16(round_eight(in + (row + i) * kLanes + 2 * pair));
        const uint64x2_t a = vreinterpretq_u64_u32(vtrn1q_u32(rows[0], rows[1]));
        const uint64x2_t b = vreinterpretq_u64_u32(vtrn2q_u32(rows[0], rows[1]));
        const uint64x2_t c = vreinterpretq_u64_u32(vtrn1q_u32(rows[2], rows[3]));
        const uint64x2_t d = vreinterpretq_u64_u32(vtrn2q_u32(rows[2], rows[3]));
        Bf16* to = out + pair * 2 * kLanes + row * 2;
        vst1q_u16(to, vreinterpretq_u16_u64(vtrn1q_u64(a, c)));
        vst1q_u16(to + 2 * kLanes, vreinterpretq_u16_u64(vtrn1q_u64(b, d)));
        vst1q_u16(to + 4 * kLanes, vreinterpretq_u16_u64(vtrn2q_u64(a, c)));
        vst1q_u16(to + 6 * kLanes, vreinterpretq_u16_u64(vtrn2q_u64(b, d)));
      }
    }
  }
};

#include "kernels/bf16.inl"

}  // namespace

extern const Bf16Kernels kNeonBf16Kernels;
const Bf16Kernels kNeonBf16Kernels = make_bf16_kernels<NeonBf16>();

}  // namespace chainrule
