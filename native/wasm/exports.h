// The functions that JavaScript can call in WebAssembly: plain functions, which throw nothing. lib/wasm/exports.ts has their types.
#pragma once
#include <exception>

#include "math/contract.h"
#include "math/out_of_memory.h"

#define CHAINRULE_EXPORT(name) extern "C" __attribute__((export_name(#name)))

namespace chainrule {

/// Keep what went wrong until JavaScript asks for it.
void note_failure(const OutOfMemory& error) noexcept;
void note_failure(const std::bad_alloc& error) noexcept;
void note_failure(const std::exception& error) noexcept;

/// Does `body`. If that throws, JavaScript finds the failure noted, and gets a zero.
template <typename Body>
auto guard(Body body) noexcept -> decltype(body()) {
  try {
    return body();
  } catch (const OutOfMemory& error) {
    note_failure(error);
  } catch (const std::bad_alloc& error) {
    note_failure(error);
  } catch (const std::exception& error) {
    note_failure(error);
  }
  return decltype(body())();
}

}  // namespace chainrule
