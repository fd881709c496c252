// The module itself: memory for what goes in and out, failures, and what is built in.
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "kernels/dispatch.h"
#include "nn/names.h"
#include "wasm/exports.h"

namespace chainrule {
namespace {

/// The layout is known to lib/wasm/memory.ts.
struct Failure {
  enum Kind : int32_t { none, memory, internal, other } kind;
  double bytes;  ///< kind memory: how many were asked for, or 0 if that is not known
  char message[240];
} failure{};

void note(Failure::Kind kind, double bytes, const char* message) {
  failure.kind = kind;
  failure.bytes = bytes;
  std::strncpy(failure.message, message, sizeof(failure.message) - 1);
}

}  // namespace

void note_failure(const OutOfMemory& error) noexcept { note(Failure::memory, error.bytes, ""); }
void note_failure(const std::bad_alloc&) noexcept { note(Failure::memory, 0, ""); }
void note_failure(const std::exception& error) noexcept {
  note(dynamic_cast<const std::logic_error*>(&error) != nullptr ? Failure::internal : Failure::other, 0, error.what());
}

/// JavaScript sets `kind` back to none when it has read it.
CHAINRULE_EXPORT(failure) Failure* last_failure() { return &failure; }

/// Null if there is no memory. At a multiple of 16.
CHAINRULE_EXPORT(allocate) void* allocate(size_t bytes) { return std::malloc(bytes); }
CHAINRULE_EXPORT(release) void release(void* memory) { std::free(memory); }

/// The kernels in use.
CHAINRULE_EXPORT(isa) const char* isa() {
  return guard([] { return kernels().isa; });
}
/// All kernels, best first; null after the last.
CHAINRULE_EXPORT(isa_at) const char* isa_at(size_t index) {
  return guard([&]() -> const char* {
    const std::vector<const Kernels*> all = available_kernels();
    return index < all.size() ? all[index]->isa : nullptr;
  });
}

/// The lists of names; null after the last.
CHAINRULE_EXPORT(list_at) const char* list_at(size_t list) { return list < std::size(kNameLists) ? kNameLists[list].name : nullptr; }
/// The names in one of them; null after the last.
CHAINRULE_EXPORT(name_at) const char* name_at(size_t list, size_t index) {
  const auto names = kNameLists[list].names;
  return index < names.size() ? names[index] : nullptr;
}

}  // namespace chainrule
