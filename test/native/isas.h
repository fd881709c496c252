// The kernels that a run of the tests goes over, and which of them must agree.
#pragma once
#include <cstdlib>
#include <cstring>
#include <vector>

#include "kernels/dispatch.h"

namespace chainrule {

/// Those of the instruction set that CHAINRULE_ISA forces (test/native.test.ts runs the program once for each), or else all of them.
inline std::vector<const Kernels*> kernels_to_test() {
  const char* forced = std::getenv("CHAINRULE_ISA");
  return forced != nullptr && *forced != '\0' ? std::vector<const Kernels*>{&kernels()} : available_kernels();
}

/// Calls f(kernels, table, T{}) for each of them and both element types.
template <typename F>
void for_all_tables(const F& f) {
  for (const Kernels* k : kernels_to_test()) {
    f(*k, k->f32, float{});
    f(*k, k->f64, double{});
  }
}

/// Whether they have fused multiply-adds: all but WebAssembly's, which round the product too.
inline bool fuses(const Kernels& k) { return std::strcmp(k.isa, "simd128") != 0; }

/// Those that must give the same bits.
inline std::vector<const Kernels*> fusing(std::vector<const Kernels*> all) {
  std::erase_if(all, [](const Kernels* k) { return !fuses(*k); });
  return all;
}

/// Kernels whose bits the others must have.
inline const Kernels& reference_kernels() { return *fusing(available_kernels()).front(); }

}  // namespace chainrule
