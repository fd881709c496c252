#pragma once
#include <cstddef>

namespace chainrule {

/// Memory of this size or more is worth huge pages: reading it through pages of 4 KB takes a fifth longer.
constexpr std::size_t kWorthHugePages = std::size_t{4} << 20;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

/// Asks the system for huge pages, before the memory is first touched; where it has none, or wants them asked for in other ways, nothing
/// happens. `memory` is aligned to kHugePage.
void ask_for_huge_pages(void* memory, std::size_t bytes) noexcept;
/// The same for memory that starts anywhere: for the huge pages that lie in it.
void ask_for_huge_pages_within(void* memory, std::size_t bytes) noexcept;

/// Gives the pages that lie in `memory` back to the system, and keeps the addresses: what was there is lost. Whether the system can.
bool discard_pages_within(void* memory, std::size_t bytes) noexcept;

}  // namespace chainrule
