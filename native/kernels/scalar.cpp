// Plain C++, one lane at a time. It exists for CPUs without SIMD and as the readable truth. It has the same fused multiply-adds in the same
// order (in software where the CPU has none, slowly). So its bits are those of the fast kernels.
#include <math.h>

#define CHAINRULE_SMALL
#include "kernels/kernels.h"

namespace chainrule {
namespace {

template <typename Float, typename Integer, int kMantissaBits, Integer kBias, Integer kRootHalf>
struct Scalar {
  using T = Float;
  using Reg = Float;
  using Mask = bool;
  static constexpr int kWidth = 1;

  static Reg load(const T* p) { return *p; }
  static void store(T* p, Reg a) { *p = a; }
  static Reg set(T a) { return a; }
  static Reg add(Reg a, Reg b) { return a + b; }
  static Reg sub(Reg a, Reg b) { return a - b; }
  static Reg mul(Reg a, Reg b) { return a * b; }
  static Reg div(Reg a, Reg b) { return a / b; }
  static Reg fma(Reg a, Reg b, Reg c) { return fused(a, b, c); }
  static Reg fnma(Reg a, Reg b, Reg c) { return fused(-a, b, c); }
  static Reg sqrt(Reg a) { return root(a); }
  static Reg max(Reg a, Reg b) { return a > b ? a : b; }
  static Reg min(Reg a, Reg b) { return a < b ? a : b; }
  static Reg abs(Reg a) { return from_bits(to_bits(a) & ~kSign); }
  static Reg copysign(Reg a, Reg sign) { return from_bits((to_bits(a) & ~kSign) | (to_bits(sign) & kSign)); }
  // Adding 2^mantissa to a smaller magnitude and taking it away rounds to the nearest even integer; larger values are integers already.
  static Reg round(Reg a) {
    constexpr T big = static_cast<T>(Integer{1} << kMantissaBits);
    return abs(a) < big ? copysign((abs(a) + big) - big, a) : a;
  }
  static Mask less(Reg a, Reg b) { return a < b; }
  static Reg select(Mask m, Reg a, Reg b) { return m ? a : b; }
  static Reg pow2(Reg n) { return from_bits((static_cast<Integer>(n) + kBias) << kMantissaBits); }
  static Reg split(Reg x, Reg* exponent) {
    const Integer bits = to_bits(x) - kRootHalf;
    *exponent = static_cast<T>(bits >> kMantissaBits);
    return from_bits((bits & ((Integer{1} << kMantissaBits) - 1)) + kRootHalf);
  }

  static T sum(Reg a) { return a; }
  static void transpose(const T* in, size_t, T* out, size_t) { *out = *in; }

 private:
  static constexpr Integer kSign = static_cast<Integer>(Integer{1} << (sizeof(Integer) * 8 - 1));
  static Integer to_bits(T a) { return __builtin_bit_cast(Integer, a); }
  static T from_bits(Integer a) { return __builtin_bit_cast(T, a); }
  static float fused(float a, float b, float c) { return ::fmaf(a, b, c); }
  static double fused(double a, double b, double c) { return ::fma(a, b, c); }
  static float root(float a) { return ::sqrtf(a); }
  static double root(double a) { return ::sqrt(a); }
};

using F32 = Scalar<float, int32_t, 23, 127, 0x3f3504f3>;
using F64 = Scalar<double, int64_t, 52, 1023, 0x3fe6a09e667f3bcd>;

constexpr int kRegisters = 16;

#include "kernels/generic.inl"

}  // namespace

extern const Kernels kScalarKernels;
const Kernels kScalarKernels = make_kernels("scalar");

}  // namespace chainrule
