#include "math/huge_pages.h"

#if defined(__linux__)
#include <sys/mman.h>

namespace chainrule {

// The last page, which the memory may only begin, is left alone: it would hold more than was asked for.
void ask_for_huge_pages(void* memory, std::size_t bytes) noexcept { madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE); }

}  // namespace chainrule

#else

namespace chainrule {

void ask_for_huge_pages(void*, std::size_t) noexcept {}

}  // namespace chainrule

#endif
