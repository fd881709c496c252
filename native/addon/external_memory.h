#pragma once
#include <napi.h>

#include <cstdint>

namespace chainrule {

/// Tells V8 how much memory hangs on a small object, so that it collects garbage in time. It belongs to what keeps the memory, and not to
/// one of several objects that refer to it: V8 may collect that one first. On the JavaScript thread only.
class ExternalMemory {
 public:
  explicit ExternalMemory(napi_env env) : env_(env) {}
  ~ExternalMemory() { set(0); }
  ExternalMemory(const ExternalMemory&) = delete;
  ExternalMemory& operator=(const ExternalMemory&) = delete;

  void set(size_t bytes) {
    const int64_t change = static_cast<int64_t>(bytes) - bytes_;
    if (change == 0) return;
    int64_t total = 0;
    napi_adjust_external_memory(env_, change, &total);
    bytes_ = static_cast<int64_t>(bytes);
  }

 private:
  const napi_env env_;
  int64_t bytes_ = 0;
};

}  // namespace chainrule
