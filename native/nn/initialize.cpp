#include "nn/initialize.h"

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

struct Distribution {
  enum Shape { constant, signs, uniform, normal } shape;
  double a, b;  ///< value and nothing; size and nothing; low and high; mean and standard deviation
};

Distribution distribution_of(const Initializer& own, std::size_t fan_in, std::size_t fan_out) {
  using std::sqrt;
  const auto in = static_cast<double>(fan_in);
  const auto out = static_cast<double>(fan_out);
  switch (own.kind) {
#define INITIALIZER(name, shape, a, b) \
  case InitializerKind::name:          \
    return {Distribution::shape, a, b};
#include "kernels/initializers.inc"
#undef INITIALIZER
  }
  return {Distribution::constant, 0, 0};
}

}  // namespace

double initial_value(const Initializer& initializer, const RandomStream& random, std::uint64_t element, std::size_t fan_in,
                     std::size_t fan_out) {
  double value = 0;
  initial_values(initializer, random, element, fan_in, fan_out, {&value, 1});
  return value;
}

void initial_values(const Initializer& initializer, const RandomStream& random, std::uint64_t first, std::size_t fan_in,
                    std::size_t fan_out, std::span<double> out) {
  const Distribution d = distribution_of(initializer, fan_in, fan_out);
  switch (d.shape) {
    case Distribution::constant:
      std::fill(out.begin(), out.end(), d.a);
      break;
    case Distribution::signs:
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = random.bits(first + i) >> 31 != 0 ? -d.a : d.a;
      break;
    case Distribution::uniform:
      random.fill_uniform(first, out);
      for (double& x : out) x = d.a + x * (d.b - d.a);
      break;
    case Distribution::normal:
      random.fill_normal(first, out);
      for (double& x : out) x = d.a + x * d.b;
      break;
  }
}

}  // namespace chainrule
