#include "kernels/dispatch.h"

#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

#if defined(__x86_64__) || defined(_M_X64)
#define CHAINRULE_X64 1
#if defined(_MSC_VER)
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif

#if defined(CHAINRULE_BUILT_NEON_BF16)
#if defined(__APPLE__)
#include <sys/sysctl.h>
#elif defined(__linux__)
#include <sys/auxv.h>
#endif
#endif

namespace chainrule {

extern const Kernels kAvx512Kernels;
extern const Kernels kAvx2Kernels;
extern const Kernels kNeonKernels;
extern const Kernels kSimd128Kernels;
extern const Kernels kScalarKernels;
extern const Bf16Kernels kAvx512Bf16Kernels;
extern const Bf16Kernels kNeonBf16Kernels;

namespace {

#if defined(CHAINRULE_X64)
struct Registers {
  uint32_t eax, ebx, ecx, edx;
};

Registers cpuid(uint32_t leaf, uint32_t subleaf = 0) {
  Registers r{};
#if defined(_MSC_VER)
  int out[4];
  __cpuidex(out, static_cast<int>(leaf), static_cast<int>(subleaf));
  std::memcpy(&r, out, sizeof(r));
#else
  __get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx);
#endif
  return r;
}

/// The register sets that the operating system saves and restores (XCR0); 0 if it does not say.
uint64_t saved_by_os() {
  constexpr uint32_t osxsave = 1U << 27;
  if ((cpuid(1).ecx & osxsave) == 0) return 0;
#if defined(_MSC_VER)
  return _xgetbv(0);
#else
  uint32_t low = 0;
  uint32_t high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
#endif
}

bool has_all(uint64_t word, uint64_t bits) { return (word & bits) == bits; }

[[maybe_unused]] bool cpu_has_avx2() {
  constexpr uint64_t fma = 1U << 12;
  constexpr uint64_t avx2 = 1U << 5;
  constexpr uint64_t ymm = 0x6;
  return has_all(cpuid(1).ecx, fma) && has_all(cpuid(7).ebx, avx2) && has_all(saved_by_os(), ymm);
}

[[maybe_unused]] bool cpu_has_avx512() {
  constexpr uint64_t f_dq_bw_vl = (1U << 16) | (1U << 17) | (1U << 30) | (1U << 31);
  constexpr uint64_t zmm = 0xe6;
  return cpu_has_avx2() && has_all(cpuid(7).ebx, f_dq_bw_vl) && has_all(saved_by_os(), zmm);
}

[[maybe_unused]] bool cpu_has_avx512_bf16() {
  constexpr uint64_t bf16 = 1U << 5;
  // Leaf 7 says in EAX how many subleaves it has; what one beyond them returns means nothing.
  return cpu_has_avx512() && cpuid(7).eax >= 1 && has_all(cpuid(7, 1).eax, bf16);
}
#endif

#if defined(CHAINRULE_BUILT_NEON_BF16)
bool cpu_has_neon_bf16() {
#if defined(__APPLE__)
  int has = 0;
  size_t size = sizeof(has);
  return sysctlbyname("hw.optional.arm.FEAT_BF16", &has, &size, nullptr, 0) == 0 && has != 0;
#elif defined(__linux__)
  constexpr unsigned long bf16 = 1UL << 14;  // HWCAP2_BF16, which older headers do not have
  return (getauxval(AT_HWCAP2) & bf16) != 0;
#else
  return false;  // no way to ask is known
#endif
}
#endif

const Kernels& choose() {
  const std::vector<const Kernels*> all = available_kernels();
  const char* forced = std::getenv("CHAINRULE_ISA");
  if (forced == nullptr || *forced == '\0') return *all.front();
  std::string names;
  for (const Kernels* k : all) {
    if (std::strcmp(k->isa, forced) == 0) return *k;
    names += names.empty() ? k->isa : std::string(", ") + k->isa;
  }
  throw std::runtime_error("CHAINRULE_ISA is '" + std::string(forced) + "', but this machine and build can run only: " + names);
}

}  // namespace

std::vector<const Kernels*> available_kernels() {
  std::vector<const Kernels*> all;
#if defined(CHAINRULE_BUILT_AVX512)
  if (cpu_has_avx512()) all.push_back(&kAvx512Kernels);
#endif
#if defined(CHAINRULE_BUILT_AVX2)
  if (cpu_has_avx2()) all.push_back(&kAvx2Kernels);
#endif
#if defined(CHAINRULE_BUILT_NEON)
  all.push_back(&kNeonKernels);
#endif
#if defined(CHAINRULE_BUILT_SIMD128)
  all.push_back(&kSimd128Kernels);
#endif
  all.push_back(&kScalarKernels);
  return all;
}

const Bf16Kernels* bf16_kernels() {
#if defined(CHAINRULE_BUILT_AVX512)
  static const Bf16Kernels* const found = &kernels() == &kAvx512Kernels && cpu_has_avx512_bf16() ? &kAvx512Bf16Kernels : nullptr;
  return found;
#elif defined(CHAINRULE_BUILT_NEON_BF16)
  static const Bf16Kernels* const found = &kernels() == &kNeonKernels && cpu_has_neon_bf16() ? &kNeonBf16Kernels : nullptr;
  return found;
#else
  return nullptr;
#endif
}

const Kernels& kernels() {
  static const Kernels& chosen = choose();
  return chosen;
}

}  // namespace chainrule
