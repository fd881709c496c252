// The limits of this machine: multiply-adds in registers, and reading memory. One row per instruction set.
#pragma once
#include <stddef.h>

/// Multiply-adds in a row in each chain of `fma`.
constexpr size_t kFmaRounds = 100000;

struct Roofs {
  const char* isa;
  size_t flops;  ///< that a call of fma does
  float (*fma)(float x, float y);
  float (*read)(const float* data, size_t size);  ///< size: a multiple of 128
};

/// The row of an instruction set that this CPU has.
const Roofs& roofs(const char* isa);
