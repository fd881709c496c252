// WebAssembly's SIMD: four registers hold sixteen floats, eight hold sixteen doubles. It has no fused multiply-add: products are rounded,
// and results are not those of the other instruction sets to the last bit.
#include <wasm_simd128.h>

#include "kernels/kernels.h"

namespace chainrule {
namespace {

struct F32 {
  using T = float;
  using Reg = v128_t;
  using Mask = v128_t;
  static constexpr int kWidth = 4;

  static Reg load(const T* p) { return wasm_v128_load(p); }
  static void store(T* p, Reg a) { wasm_v128_store(p, a); }
  static Reg set(T a) { return wasm_f32x4_splat(a); }
  static Reg add(Reg a, Reg b) { return wasm_f32x4_add(a, b); }
  static Reg sub(Reg a, Reg b) { return wasm_f32x4_sub(a, b); }
  static Reg mul(Reg a, Reg b) { return wasm_f32x4_mul(a, b); }
  static Reg div(Reg a, Reg b) { return wasm_f32x4_div(a, b); }
  static Reg fma(Reg a, Reg b, Reg c) { return add(mul(a, b), c); }
  static Reg fnma(Reg a, Reg b, Reg c) { return sub(c, mul(a, b)); }
  // The product of two floats is exact in double precision.
  static Reg fnma_exact(Reg a, Reg b, Reg c) {
    const Reg low = difference_low(a, b, c);
    const Reg high = difference_low(upper(a), upper(b), upper(c));
    return wasm_i32x4_shuffle(low, high, 0, 1, 4, 5);
  }
  static Reg sqrt(Reg a) { return wasm_f32x4_sqrt(a); }
  static Reg max(Reg a, Reg b) { return wasm_f32x4_pmax(b, a); }
  static Reg min(Reg a, Reg b) { return wasm_f32x4_pmin(b, a); }
  static Reg abs(Reg a) { return wasm_f32x4_abs(a); }
  static Reg copysign(Reg a, Reg sign) { return wasm_v128_bitselect(sign, a, set(-0.0F)); }
  static Reg round(Reg a) { return wasm_f32x4_nearest(a); }
  static Mask less(Reg a, Reg b) { return wasm_f32x4_lt(a, b); }
  static Reg select(Mask m, Reg a, Reg b) { return wasm_v128_bitselect(a, b, m); }
  static Reg pow2(Reg n) { return wasm_i32x4_shl(wasm_i32x4_add(wasm_i32x4_trunc_sat_f32x4(n), wasm_i32x4_splat(127)), 23); }
  static Reg split(Reg x, Reg* exponent) {
    const Reg root_half = wasm_i32x4_splat(0x3f3504f3);
    const Reg bits = wasm_i32x4_sub(x, root_half);
    *exponent = wasm_f32x4_convert_i32x4(wasm_i32x4_shr(bits, 23));
    return wasm_i32x4_add(wasm_v128_and(bits, wasm_i32x4_splat(0x7fffff)), root_half);
  }

  static T sum(Reg a) {
    const Reg two = add(a, upper(a));
    return wasm_f32x4_extract_lane(two, 0) + wasm_f32x4_extract_lane(two, 1);
  }
  static void transpose(const T* in, size_t in_step, T* out, size_t out_step) {
    const Reg a = load(in);
    const Reg b = load(in + in_step);
    const Reg c = load(in + 2 * in_step);
    const Reg d = load(in + 3 * in_step);
    const Reg ab_low = wasm_i32x4_shuffle(a, b, 0, 4, 1, 5);
    const Reg ab_high = wasm_i32x4_shuffle(a, b, 2, 6, 3, 7);
    const Reg cd_low = wasm_i32x4_shuffle(c, d, 0, 4, 1, 5);
    const Reg cd_high = wasm_i32x4_shuffle(c, d, 2, 6, 3, 7);
    store(out, wasm_i64x2_shuffle(ab_low, cd_low, 0, 2));
    store(out + out_step, wasm_i64x2_shuffle(ab_low, cd_low, 1, 3));
    store(out + 2 * out_step, wasm_i64x2_shuffle(ab_high, cd_high, 0, 2));
    store(out + 3 * out_step, wasm_i64x2_shuffle(ab_high, cd_high, 1, 3));
  }

 private:
  static Reg upper(Reg a) { return wasm_i32x4_shuffle(a, a, 2, 3, 0, 1); }
  static Reg wide(Reg a) { return wasm_f64x2_promote_low_f32x4(a); }
  static Reg difference_low(Reg a, Reg b, Reg c) {
    return wasm_f32x4_demote_f64x2_zero(wasm_f64x2_sub(wide(c), wasm_f64x2_mul(wide(a), wide(b))));
  }
};

struct F64 {
  using T = double;
  using Reg = v128_t;
  using Mask = v128_t;
  static constexpr int kWidth = 2;

  static Reg load(const T* p) { return wasm_v128_load(p); }
  static void store(T* p, Reg a) { wasm_v128_store(p, a); }
  static Reg set(T a) { return wasm_f64x2_splat(a); }
  static Reg add(Reg a, Reg b) { return wasm_f64x2_add(a, b); }
  static Reg sub(Reg a, Reg b) { return wasm_f64x2_sub(a, b); }
  static Reg mul(Reg a, Reg b) { return wasm_f64x2_mul(a, b); }
  static Reg div(Reg a, Reg b) { return wasm_f64x2_div(a, b); }
  static Reg fma(Reg a, Reg b, Reg c) { return add(mul(a, b), c); }
  static Reg fnma(Reg a, Reg b, Reg c) { return sub(c, mul(a, b)); }
  // The product and what it lost: T. J. Dekker, "A floating-point technique for extending the available precision", 1971. For products
  // that stay well below the largest number.
  static Reg fnma_exact(Reg a, Reg b, Reg c) {
    const Reg product = mul(a, b);
    const Reg a_high = upper_half(a);
    const Reg b_high = upper_half(b);
    const Reg a_low = sub(a, a_high);
    const Reg b_low = sub(b, b_high);
    const Reg crossed = add(mul(a_high, b_low), mul(a_low, b_high));
    const Reg lost = add(add(sub(mul(a_high, b_high), product), crossed), mul(a_low, b_low));
    return sub(sub(c, product), lost);
  }
  static Reg sqrt(Reg a) { return wasm_f64x2_sqrt(a); }
  static Reg max(Reg a, Reg b) { return wasm_f64x2_pmax(b, a); }
  static Reg min(Reg a, Reg b) { return wasm_f64x2_pmin(b, a); }
  static Reg abs(Reg a) { return wasm_f64x2_abs(a); }
  static Reg copysign(Reg a, Reg sign) { return wasm_v128_bitselect(sign, a, set(-0.0)); }
  static Reg round(Reg a) { return wasm_f64x2_nearest(a); }
  static Mask less(Reg a, Reg b) { return wasm_f64x2_lt(a, b); }
  static Reg select(Mask m, Reg a, Reg b) { return wasm_v128_bitselect(a, b, m); }
  static Reg pow2(Reg n) { return wasm_i64x2_shl(wasm_i64x2_add(add(n, set(kInteger)), wasm_i64x2_splat(1023)), 52); }
  static Reg split(Reg x, Reg* exponent) {
    const Reg root_half = wasm_i64x2_splat(0x3fe6a09e667f3bcd);
    const Reg bits = wasm_i64x2_sub(x, root_half);
    *exponent = sub(wasm_i64x2_add(wasm_i64x2_shr(bits, 52), set(kInteger)), set(kInteger));
    return wasm_i64x2_add(wasm_v128_and(bits, wasm_i64x2_splat(0xfffffffffffff)), root_half);
  }

  static T sum(Reg a) { return wasm_f64x2_extract_lane(a, 0) + wasm_f64x2_extract_lane(a, 1); }
  static void transpose(const T* in, size_t in_step, T* out, size_t out_step) {
    const Reg a = load(in);
    const Reg b = load(in + in_step);
    store(out, wasm_i64x2_shuffle(a, b, 0, 2));
    store(out + out_step, wasm_i64x2_shuffle(a, b, 1, 3));
  }

 private:
  /// Added to a whole number, leaves that number in the lowest bits: there is no conversion to and from 64-bit integers.
  static constexpr T kInteger = 0x1.8p52;
  static Reg upper_half(Reg a) {
    const Reg scaled = mul(a, set(0x1p27 + 1));
    return sub(scaled, sub(scaled, a));
  }
};

// The engine deals them out. Arm has this number; on x64, which has half of them, tiles of this size are as fast as smaller ones.
constexpr int kRegisters = 32;

#include "kernels/generic.inl"

}  // namespace

extern const Kernels kSimd128Kernels;
const Kernels kSimd128Kernels = make_kernels("simd128");

}  // namespace chainrule
