// The values that weights begin with.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "math/random.h"

namespace chainrule {

/// Numbered in the order of initializers.inc.
enum class InitializerKind : std::uint8_t {
#define INITIALIZER(name, ...) name,
#include "kernels/initializers.inc"
#undef INITIALIZER
};

constexpr const char* kInitializerNames[] = {
#define INITIALIZER(name, ...) #name,
#include "kernels/initializers.inc"
#undef INITIALIZER
};

constexpr std::size_t kInitializerCount = sizeof(kInitializerNames) / sizeof(kInitializerNames[0]);

/// A kind and its settings; `constant` reads value, `normal` mean and stddev, `uniform` low and high, and the others none.
struct Initializer {
  InitializerKind kind = InitializerKind::zeros;
  double value = 0;
  double mean = 0;
  double stddev = 0;
  double low = 0;
  double high = 0;
};

/// The value of one element of a weight matrix [fan_in, fan_out]; element = row * fan_out + column, so that it does not depend on the
/// layout. The same bits on every platform, in double precision; f32 networks round it.
double initial_value(const Initializer& initializer, const RandomStream& random, std::uint64_t element, std::size_t fan_in,
                     std::size_t fan_out);

/// The same values for the elements first, first + 1, …: several at once, and so faster.
void initial_values(const Initializer& initializer, const RandomStream& random, std::uint64_t first, std::size_t fan_in,
                    std::size_t fan_out, std::span<double> out);

}  // namespace chainrule
