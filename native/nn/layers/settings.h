// The settings of layers that are more than a number.
#pragma once
#include "kernels/kernels.h"
#include "math/contract.h"
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

struct DenseSettings {
  size_t units;
  Activation activation;
  Initializer weights, bias;
};

/// These throw ContractViolation unless the settings are whole and in range.
inline DenseSettings read_dense(Numbers numbers) {
  DenseSettings settings{};
  settings.units = numbers.size(kMaxWidth);
  settings.activation = read_activation(numbers);
  settings.weights = read_initializer(numbers);
  settings.bias = read_initializer(numbers);
  numbers.end();
  return settings;
}

inline double read_dropout_rate(Numbers numbers) {
  const double rate = numbers.number(0, 1);
  require(rate < 1, "rate is out of range");
  numbers.end();
  return rate;
}

}  // namespace chainrule
