// The module itself: memory for what goes in and out, failures, and what is built in.
#include <cstdlib>
#include <cstring>

#include "kernels/dispatch.h"
#include "nn/initialize.h"
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

template <size_t count>
const char* name_at(const char* const (&names)[count], size_t index) {
  return index < count ? names[index] : nullptr;
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

/// The names in the kernels' lists, each null after the last.
CHAINRULE_EXPORT(activation_name) const char* activation_name(size_t index) { return name_at(kActivationNames, index); }
CHAINRULE_EXPORT(loss_name) const char* loss_name(size_t index) { return name_at(kLossNames, index); }
CHAINRULE_EXPORT(optimizer_name) const char* optimizer_name(size_t index) { return name_at(kOptimizerNames, index); }
CHAINRULE_EXPORT(initializer_name) const char* initializer_name(size_t index) { return name_at(kInitializerNames, index); }

}  // namespace chainrule
