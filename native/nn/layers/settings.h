// The settings of layers that are more than a number.
#pragma once
#include "kernels/kernels.h"
#include "math/contract.h"
#include "nn/initialize.h"
#include "nn/limits.h"
#include "nn/numbers.h"
#include "nn/spec.h"

namespace chainrule {

/// The settings of a layer that has no layers inside it. Throws ContractViolation if it has.
inline Numbers settings_of(const LayerSpec& spec) {
  require(spec.layers.empty(), "a layer has layers that it cannot have");
  return Numbers(spec.settings);
}

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

/// An initializer with which every element starts at `value`.
inline Initializer constant_initializer(double value) {
  Initializer initializer;
  initializer.kind = InitializerKind::constant;
  initializer.value = value;
  return initializer;
}

/// The least that a normalisation may add to a variance: its inverse root is finite in single precision.
constexpr double kMinNormEpsilon = 1e-12;

inline Activation read_activation(Numbers& numbers) { return numbers.one_of<Activation>(kActivationCount); }

}  // namespace chainrule
