// Which kernels run: the best that this build has, this CPU can execute and this operating system saves the registers of.
#pragma once
#include <vector>

#include "kernels/bf16.h"
#include "kernels/kernels.h"

namespace chainrule {

/// The kernels in use: the best available, or those that the environment variable CHAINRULE_ISA names (avx512, avx2, neon, simd128,
/// scalar). Chosen once, at the first call. Throws std::runtime_error if CHAINRULE_ISA names something that cannot run here.
const Kernels& kernels();

/// All kernels that can run here, best first; scalar is always among them.
std::vector<const Kernels*> available_kernels();

/// The bfloat16 kernels that go with kernels(), or null if this build, CPU or choice of kernels has none.
const Bf16Kernels* bf16_kernels();

/// The table for an element type.
template <typename T>
const KernelTable<T>& table(const Kernels& k);
template <>
inline const KernelTable<float>& table(const Kernels& k) {
  return k.f32;
}
template <>
inline const KernelTable<double>& table(const Kernels& k) {
  return k.f64;
}

}  // namespace chainrule
