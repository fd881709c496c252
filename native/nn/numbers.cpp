#include "nn/numbers.h"

#include "math/contract.h"

namespace chainrule {

double Numbers::number() { return take(1)[0]; }

double Numbers::number(double min, double max) {
  const double value = number();
  // In this form, NaN is out of range too.
  require(value >= min && value <= max, "a number is out of range");
  return value;
}

uint64_t Numbers::whole(uint64_t min, uint64_t max) {
  return static_cast<uint64_t>(number(static_cast<double>(min), static_cast<double>(max)));
}

std::span<const double> Numbers::take(size_t count) {
  require(count <= rest_.size(), "there are too few numbers");
  const std::span<const double> taken = rest_.first(count);
  rest_ = rest_.subspan(count);
  return taken;
}

void Numbers::end() const { require(rest_.empty(), "there are too many numbers"); }

}  // namespace chainrule
