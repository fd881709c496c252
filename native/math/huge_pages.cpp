#include "math/huge_pages.h"

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace chainrule {

// The last page, which the memory may only begin, is left alone: it would hold more than was asked for.
void ask_for_huge_pages(void* memory, std::size_t bytes) noexcept { madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE); }

void ask_for_huge_pages_within(void* memory, std::size_t bytes) noexcept {
  const std::size_t before = (kHugePage - reinterpret_cast<std::uintptr_t>(memory) % kHugePage) % kHugePage;
  if (before < bytes) ask_for_huge_pages(static_cast<char*>(memory) + before, bytes - before);
}

bool discard_pages_within(void* memory, std::size_t bytes) noexcept {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t before = (page - reinterpret_cast<std::uintptr_t>(memory) % page) % page;
  if (before < bytes) madvise(static_cast<char*>(memory) + before, (bytes - before) / page * page, MADV_DONTNEED);
  return true;
}

}  // namespace chainrule

#else

namespace chainrule {

void ask_for_huge_pages(void*, std::size_t) noexcept {}
void ask_for_huge_pages_within(void*, std::size_t) noexcept {}
bool discard_pages_within(void*, std::size_t) noexcept { return false; }

}  // namespace chainrule

#endif
