// Elementary functions: how far from the true values, what becomes of zeros, infinities and NaNs, and whether all ISAs give the same bits.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "check.h"
#include "isas.h"

namespace {

using chainrule::available_kernels;
using chainrule::Kernels;
using chainrule::kernels_to_test;
using chainrule::KernelTable;
using chainrule::table;

/// The promise. Measured over all 2^32 floats the largest error is 1.73 (tanh), over millions of doubles 1.65 (tanh).
constexpr double kMaxUlp = 2;

template <typename T>
constexpr T kInfinity = std::numeric_limits<T>::infinity();
template <typename T>
constexpr T kNan = std::numeric_limits<T>::quiet_NaN();

template <typename X>
X sigmoid(X x) {
  if (x > 0) return 1 / (1 + std::exp(-x));
  const X e = std::exp(x);
  return e / (1 + e);
}

/// The cosine of |t| turns plus some quarters. The difference to the nearest quarter has no error, so neither have the zeros.
template <typename X>
X cosine(X t, int quarters) {
  const X r = std::fabs(t) - std::rint(std::fabs(t));
  const X q = std::rint(4 * r);
  const X angle = (r - q / 4) * 2 * std::acos(X{-1});
  switch ((static_cast<int>(q) + quarters + 4) % 4) {
    case 0:
      return std::cos(angle);
    case 1:
      return -std::sin(angle);
    case 2:
      return -std::cos(angle);
    default:
      return std::sin(angle);
  }
}

template <typename X>
X cos_turns(X t) {
  return std::isinf(t) ? std::numeric_limits<X>::quiet_NaN() : cosine(t, 0);
}

template <typename X>
X sin_turns(X t) {
  return std::isinf(t) ? std::numeric_limits<X>::quiet_NaN() : std::copysign(X{1}, t) * cosine(t, 3);
}

template <typename T>
struct Function {
  const char* name;
  void (*KernelTable<T>::*kernel)(const T*, T*, size_t);
  long double (*truth)(long double);
  double (*truth_of_float)(double);
};

template <typename T>
using K = KernelTable<T>;

template <typename T>
constexpr Function<T> kFunctions[] = {
    {"exp", &K<T>::exp, std::exp, std::exp},
    {"expm1", &K<T>::expm1, std::expm1, std::expm1},
    {"log", &K<T>::log, std::log, std::log},
    {"log1p_unit", &K<T>::log1p_unit, std::log1p, std::log1p},
    {"tanh", &K<T>::tanh, std::tanh, std::tanh},
    {"erf", &K<T>::erf, std::erf, std::erf},
    {"sigmoid", &K<T>::sigmoid, sigmoid<long double>, sigmoid<double>},
    {"cos_turns", &K<T>::cos_turns, cos_turns<long double>, cos_turns<double>},
    {"sin_turns", &K<T>::sin_turns, sin_turns<long double>, sin_turns<double>},
};

template <typename T>
bool in_domain(const Function<T>& f, T x) {
  return f.kernel != &KernelTable<T>::log1p_unit || (x >= 0 && x <= 1 && !std::signbit(x));
}

template <typename T>
std::vector<T> apply(const Kernels& k, const Function<T>& f, const std::vector<T>& in) {
  std::vector<T> out(in.size());
  (table<T>(k).*f.kernel)(in.data(), out.data(), in.size());
  return out;
}

/// |got - truth| in units of the last place of the T nearest to the truth, which is nearest + rest. Infinite for the wrong special.
template <typename T, typename Wide>
double ulps(T got, T nearest, Wide rest) {
  using limits = std::numeric_limits<T>;
  if (std::isnan(nearest)) return std::isnan(got) ? 0 : HUGE_VAL;
  if (std::isinf(nearest) || std::isinf(got) || std::isnan(got)) return got == nearest ? 0 : HUGE_VAL;
  const int exponent = nearest == 0 ? limits::min_exponent : std::max(std::ilogb(nearest) + 1, limits::min_exponent);
  return std::fabs(
      static_cast<double>(std::ldexp((static_cast<Wide>(got) - static_cast<Wide>(nearest)) - rest, limits::digits - exponent)));
}

struct Worst {
  double ulp = 0;
  double at = 0;

  void note(double error, double x) {
    if (error <= ulp) return;
    ulp = error;
    at = x;
  }
};

void report(const char* type, const char* name, const Worst& worst) {
  std::printf("  %s %-10s %.3f ulp at %.17g\n", type, name, worst.ulp, worst.at);
  CHECK_LE(worst.ulp, kMaxUlp);
}

/// Same bits, where any NaN is as good as another: IEEE 754 leaves their signs and payloads to the processor.
template <typename T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  for (size_t i = 0; i < a.size(); ++i)
    if (std::memcmp(&a[i], &b[i], sizeof(T)) != 0 && !(std::isnan(a[i]) && std::isnan(b[i]))) return false;
  return true;
}

/// Floats of every sign, exponent and kind (a prime step through their bit patterns).
std::vector<float> floats(const Function<float>& f) {
  constexpr uint64_t step = 4099;
  std::vector<float> all;
  for (uint64_t pattern = 0; pattern < uint64_t{1} << 32; pattern += step) {
    const auto bits = static_cast<uint32_t>(pattern);
    float x;
    std::memcpy(&x, &bits, sizeof x);
    if (in_domain(f, x)) all.push_back(x);
  }
  return all;
}

/// Random doubles: of all magnitudes, and evenly in the ranges where the functions change most.
std::vector<double> doubles(const Function<double>& f) {
  std::mt19937_64 generator(20240229);
  const auto unit = [&] { return static_cast<double>(generator() >> 11) * 0x1p-53; };
  std::vector<double> all;
  const auto add = [&](double x) {
    if (in_domain(f, x)) all.push_back(x);
  };
  for (int i = 0; i < 10000; ++i) {
    const uint64_t bits = generator();
    double x;
    std::memcpy(&x, &bits, sizeof x);
    add(x);
    add(std::ldexp(1 + unit(), static_cast<int>(generator() % 70) - 60));
    for (double range : {760.0, 40.0, 6.0, 2.0, 1.0, 0.4}) add(range * (2 * unit() - 1));
  }
  return all;
}

/// True values from mpmath, for platforms without a wide long double and as a second opinion.
struct Reference {
  const char* function;
  double x, nearest, rest;
};

#define REFERENCE(function, x, nearest, rest) {#function, x, nearest, rest},
constexpr Reference kReferences[] = {
#include "elementary_reference.inc"
};
#undef REFERENCE

}  // namespace

TEST(elementary_float_error) {
  for (const Function<float>& f : kFunctions<float>) {
    const std::vector<float> in = floats(f);
    const std::vector<float> out = apply(*available_kernels().front(), f, in);
    Worst worst;
    for (size_t i = 0; i < in.size(); ++i) {
      const double truth = f.truth_of_float(in[i]);
      const auto nearest = static_cast<float>(truth);
      worst.note(ulps(out[i], nearest, std::isfinite(nearest) ? truth - nearest : 0.0), in[i]);
    }
    report("float ", f.name, worst);
  }
}

TEST(elementary_double_error) {
#if defined(__EMSCRIPTEN__)
  constexpr bool wide = false;  // the type is, but its functions compute in double
#else
  constexpr bool wide = std::numeric_limits<long double>::digits >= 64;
#endif
  if (!wide) {
    std::printf("  skipped: long double is no wider than double here; the reference table stands in\n");
    return;
  }
  for (const Function<double>& f : kFunctions<double>) {
    const std::vector<double> in = doubles(f);
    const std::vector<double> out = apply(*available_kernels().front(), f, in);
    Worst worst;
    for (size_t i = 0; i < in.size(); ++i) {
      const long double truth = f.truth(in[i]);
      const auto nearest = static_cast<double>(truth);
      worst.note(ulps(out[i], nearest, std::isfinite(nearest) ? truth - nearest : 0.0L), in[i]);
    }
    report("double", f.name, worst);
  }
}

TEST(elementary_double_references) {
  for (const Function<double>& f : kFunctions<double>) {
    std::vector<double> in;
    std::vector<Reference> references;
    for (const Reference& r : kReferences) {
      if (std::strcmp(f.name, r.function) != 0) continue;
      in.push_back(r.x);
      references.push_back(r);
    }
    CHECK_LE(size_t{80}, in.size());
    const std::vector<double> out = apply(*available_kernels().front(), f, in);
    Worst worst;
    for (size_t i = 0; i < in.size(); ++i) worst.note(ulps(out[i], references[i].nearest, references[i].rest), in[i]);
    report("table ", f.name, worst);
  }
}

namespace {

template <typename T>
void check_same_bits(std::vector<T> (*arguments)(const Function<T>&)) {
  for (const Function<T>& f : kFunctions<T>) {
    const std::vector<T> in = arguments(f);
    const std::vector<T> expected = apply(chainrule::reference_kernels(), f, in);
    for (const Kernels* k : chainrule::fusing(kernels_to_test())) CHECK(same_bits(expected, apply(*k, f, in)));
  }
}

}  // namespace

TEST(elementary_same_bits_on_every_isa) {
  check_same_bits<float>(floats);
  check_same_bits<double>(doubles);
}

namespace {

template <typename T>
void check_specials(const Kernels& k) {
  const auto one = [&](void (*KernelTable<T>::*kernel)(const T*, T*, size_t), T x) {
    T y;
    (table<T>(k).*kernel)(&x, &y, 1);
    return y;
  };
  const auto is = [](T got, T want) { return std::memcmp(&got, &want, sizeof(T)) == 0; };
  const T inf = kInfinity<T>;
  const T largest = std::numeric_limits<T>::max();
  const T tiny = std::numeric_limits<T>::denorm_min();
  const T zero = 0;

  for (const Function<T>& f : kFunctions<T>) CHECK(std::isnan(one(f.kernel, kNan<T>)));

  for (T low : {-inf, -largest, T(-800)}) {
    CHECK(is(one(&K<T>::exp, low), 0));
    CHECK(is(one(&K<T>::sigmoid, low), 0));
    CHECK(is(one(&K<T>::expm1, low), -1));
  }
  for (T high : {inf, largest, T(800)}) {
    CHECK(is(one(&K<T>::exp, high), inf));
    CHECK(is(one(&K<T>::sigmoid, high), 1));
    CHECK(is(one(&K<T>::expm1, high), inf));
  }
  for (T x : {zero, -zero, tiny, -tiny}) {
    CHECK(is(one(&K<T>::exp, x), 1));
    CHECK(is(one(&K<T>::sigmoid, x), T(0.5)));
    CHECK(is(one(&K<T>::expm1, x), x));
    CHECK(is(one(&K<T>::tanh, x), x));
  }

  for (T x : {zero, -zero}) CHECK(is(one(&K<T>::log, x), -inf));
  for (T x : {-tiny, T(-1), -inf}) CHECK(std::isnan(one(&K<T>::log, x)));
  CHECK(is(one(&K<T>::log, 1), 0));
  CHECK(is(one(&K<T>::log, inf), inf));
  CHECK(is(one(&K<T>::log1p_unit, 0), 0));
  CHECK(is(one(&K<T>::log1p_unit, tiny), tiny));

  for (T x : {inf, -inf}) {
    CHECK(std::isnan(one(&K<T>::cos_turns, x)));
    CHECK(std::isnan(one(&K<T>::sin_turns, x)));
  }
  const T mantissa = std::ldexp(T{1}, std::numeric_limits<T>::digits - 1);  // below it halves exist, below half of it quarters
  for (T whole : {zero, T(1), T(2), T(1000), mantissa - 2, mantissa, largest}) {
    CHECK(is(one(&K<T>::cos_turns, whole), 1));
    CHECK(is(one(&K<T>::cos_turns, -whole), 1));
    CHECK(is(one(&K<T>::sin_turns, whole), 0));
    CHECK(is(one(&K<T>::sin_turns, -whole), -zero));
  }
  for (T half : {T(0.5), T(1.5), T(2.5), mantissa / 2 + T(0.5), mantissa / 2 + T(1.5), mantissa - T(0.5)}) {
    CHECK(is(one(&K<T>::cos_turns, half), -1));
    CHECK(one(&K<T>::sin_turns, half) == 0);
  }
  for (T quarter : {T(0.25), T(-0.75), T(4.25), mantissa / 4 + T(0.25)}) {
    CHECK(is(one(&K<T>::cos_turns, quarter), 0));
    CHECK(is(one(&K<T>::sin_turns, quarter), 1));
    CHECK(is(one(&K<T>::sin_turns, -quarter), -1));
  }

  for (const auto kernel : {&K<T>::tanh, &K<T>::erf}) {
    for (T high : {inf, largest, T(25)}) CHECK(is(one(kernel, high), 1));
    for (T x : {inf, largest, T(25), T(3), T(1), T(0.9), T(0.25), T(1e-3), std::numeric_limits<T>::min(), tiny, zero})
      CHECK(is(one(kernel, -x), -one(kernel, x)));
  }
}

/// n elements give what the same elements give among more, nothing is written behind them, and the output may be the input.
template <typename T>
void check_counts(const Kernels& k) {
  std::vector<T> in(70);
  for (size_t i = 0; i < in.size(); ++i) in[i] = static_cast<T>(i) / 70;
  for (const Function<T>& f : kFunctions<T>) {
    const std::vector<T> whole = apply(k, f, in);
    for (size_t n : {0, 1, 7, 15, 16, 17, 31, 32, 33, 64, 69}) {
      std::vector<T> array = in;
      (table<T>(k).*f.kernel)(array.data(), array.data(), n);
      CHECK(std::memcmp(array.data(), whole.data(), n * sizeof(T)) == 0);
      CHECK(std::memcmp(array.data() + n, in.data() + n, (in.size() - n) * sizeof(T)) == 0);
    }
  }
}

}  // namespace

TEST(elementary_specials) {
  for (const Kernels* k : kernels_to_test()) {
    check_specials<float>(*k);
    check_specials<double>(*k);
  }
}

TEST(elementary_any_count) {
  for (const Kernels* k : kernels_to_test()) {
    check_counts<float>(*k);
    check_counts<double>(*k);
  }
}
