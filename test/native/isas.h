// Which kernels must agree.
#pragma once
#include <cstring>
#include <vector>

#include "kernels/dispatch.h"

namespace chainrule {

/// Whether they have fused multiply-adds: all but WebAssembly's, which round the product too.
inline bool fuses(const Kernels& k) { return std::strcmp(k.isa, "simd128") != 0; }

/// Those that must give the same bits.
inline std::vector<const Kernels*> fusing_kernels() {
  std::vector<const Kernels*> all = available_kernels();
  std::erase_if(all, [](const Kernels* k) { return !fuses(*k); });
  return all;
}

}  // namespace chainrule
