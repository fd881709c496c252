// The settings of layers that are more than a number.
#pragma once
#include "kernels/kernels.h"
#include "nn/initialize.h"
#include "nn/limits.h"
#include "nn/numbers.h"

namespace chainrule {

inline Initializer read_initializer(Numbers& numbers) {
  Initializer initializer;
  initializer.kind = numbers.one_of<InitializerKind>(kInitializerCount);
  initializer.value = numbers.number();
  initializer.mean = numbers.number();
  initializer.stddev = numbers.number();
  initializer.low = numbers.number();
  initializer.high = numbers.number();
  return initializer;
}

inline Activation read_activation(Numbers& numbers) { return numbers.one_of<Activation>(kActivationCount); }

}  // namespace chainrule
