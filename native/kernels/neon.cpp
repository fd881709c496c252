// NEON (64-bit Arm): four registers hold sixteen floats, eight hold sixteen doubles.
#include <arm_neon.h>

#include "kernels/kernels.h"

namespace chainrule {
namespace {

struct F32 {
  using T = float;
  using Reg = float32x4_t;
  using Mask = uint32x4_t;
  static constexpr int kWidth = 4;

  static Reg load(const T* p) { return vld1q_f32(p); }
  static void store(T* p, Reg a) { vst1q_f32(p, a); }
  static Reg set(T a) { return vdupq_n_f32(a); }
  static Reg add(Reg a, Reg b) { return vaddq_f32(a, b); }
  static Reg sub(Reg a, Reg b) { return vsubq_f32(a, b); }
  static Reg mul(Reg a, Reg b) { return vmulq_f32(a, b); }
  static Reg div(Reg a, Reg b) { return vdivq_f32(a, b); }
  static Reg fma(Reg a, Reg b, Reg c) { return vfmaq_f32(c, a, b); }
  static Reg fnma(Reg a, Reg b, Reg c) { return vfmsq_f32(c, a, b); }
  static Reg sqrt(Reg a) { return vsqrtq_f32(a); }
  // Not vmaxq and vminq: these must treat NaN and signed zeros as x86 does (the second operand wins).
  static Reg max(Reg a, Reg b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
  static Reg min(Reg a, Reg b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
  static Reg abs(Reg a) { return vabsq_f32(a); }
  static Reg copysign(Reg a, Reg sign) { return vbslq_f32(vdupq_n_u32(0x80000000U), sign, a); }
  static Reg round(Reg a) { return vrndnq_f32(a); }
  static Mask less(Reg a, Reg b) { return vcltq_f32(a, b); }
  static Reg select(Mask m, Reg a, Reg b) { return vbslq_f32(m, a, b); }
  static Reg pow2(Reg n) { return vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127)), 23)); }
  static Reg split(Reg x, Reg* exponent) {
    const int32x4_t root_half = vdupq_n_s32(0x3f3504f3);
    const int32x4_t bits = vsubq_s32(vreinterpretq_s32_f32(x), root_half);
    *exponent = vcvtq_f32_s32(vshrq_n_s32(bits, 23));
    return vreinterpretq_f32_s32(vaddq_s32(vandq_s32(bits, vdupq_n_s32(0x7fffff)), root_half));
  }

  static T sum(Reg a) {
    const float32x2_t two = vadd_f32(vget_low_f32(a), vget_high_f32(a));
    return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
  }
  static void transpose(const T* in, size_t in_step, T* out, size_t out_step) {
    const float64x2_t a = vreinterpretq_f64_f32(vtrn1q_f32(load(in), load(in + in_step)));
    const float64x2_t b = vreinterpretq_f64_f32(vtrn2q_f32(load(in), load(in + in_step)));
    const float64x2_t c = vreinterpretq_f64_f32(vtrn1q_f32(load(in + 2 * in_step), load(in + 3 * in_step)));
    const float64x2_t d = vreinterpretq_f64_f32(vtrn2q_f32(load(in + 2 * in_step), load(in + 3 * in_step)));
    store(out, vreinterpretq_f32_f64(vtrn1q_f64(a, c)));
    store(out + out_step, vreinterpretq_f32_f64(vtrn1q_f64(b, d)));
    store(out + 2 * out_step, vreinterpretq_f32_f64(vtrn2q_f64(a, c)));
    store(out + 3 * out_step, vreinterpretq_f32_f64(vtrn2q_f64(b, d)));
  }
};

struct F64 {
  using T = double;
  using Reg = float64x2_t;
  using Mask = uint64x2_t;
  static constexpr int kWidth = 2;

  static Reg load(const T* p) { return vld1q_f64(p); }
  static void store(T* p, Reg a) { vst1q_f64(p, a); }
  static Reg set(T a) { return vdupq_n_f64(a); }
  static Reg add(Reg a, Reg b) { return vaddq_f64(a, b); }
  static Reg sub(Reg a, Reg b) { return vsubq_f64(a, b); }
  static Reg mul(Reg a, Reg b) { return vmulq_f64(a, b); }
  static Reg div(Reg a, Reg b) { return vdivq_f64(a, b); }
  static Reg fma(Reg a, Reg b, Reg c) { return vfmaq_f64(c, a, b); }
  static Reg fnma(Reg a, Reg b, Reg c) { return vfmsq_f64(c, a, b); }
  static Reg sqrt(Reg a) { return vsqrtq_f64(a); }
  static Reg max(Reg a, Reg b) { return vbslq_f64(vcgtq_f64(a, b), a, b); }
  static Reg min(Reg a, Reg b) { return vbslq_f64(vcltq_f64(a, b), a, b); }
  static Reg abs(Reg a) { return vabsq_f64(a); }
  static Reg copysign(Reg a, Reg sign) { return vbslq_f64(vdupq_n_u64(0x8000000000000000U), sign, a); }
  static Reg round(Reg a) { return vrndnq_f64(a); }
  static Mask less(Reg a, Reg b) { return vcltq_f64(a, b); }
  static Reg select(Mask m, Reg a, Reg b) { return vbslq_f64(m, a, b); }
  static Reg pow2(Reg n) { return vreinterpretq_f64_s64(vshlq_n_s64(vaddq_s64(vcvtq_s64_f64(n), vdupq_n_s64(1023)), 52)); }
  static Reg split(Reg x, Reg* exponent) {
    const int64x2_t root_half = vdupq_n_s64(0x3fe6a09e667f3bcd);
    const int64x2_t bits = vsubq_s64(vreinterpretq_s64_f64(x), root_half);
    *exponent = vcvtq_f64_s64(vshrq_n_s64(bits, 52));
    return vreinterpretq_f64_s64(vaddq_s64(vandq_s64(bits, vdupq_n_s64(0xfffffffffffff)), root_half));
  }

  static T sum(Reg a) { return vgetq_lane_f64(a, 0) + vgetq_lane_f64(a, 1); }
  static void transpose(const T* in, size_t in_step, T* out, size_t out_step) {
    const Reg a = load(in);
    const Reg b = load(in + in_step);
    store(out, vtrn1q_f64(a, b));
    store(out + out_step, vtrn2q_f64(a, b));
  }
};

constexpr int kRegisters = 32;

#include "kernels/generic.inl"

}  // namespace

extern const Kernels kNeonKernels;
const Kernels kNeonKernels = make_kernels("neon");

}  // namespace chainrule
