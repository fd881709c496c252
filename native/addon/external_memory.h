#pragma once
#include <napi.h>

#include <cstdint>

namespace chainrule {

/// Tells V8 how much memory hangs on a small object, so that it collects garbage in time. On the JavaScript thread only.
class ExternalMemory {
 public:
  explicit ExternalMemory(napi_env env) : env_(env) {}
  ~ExternalMemory() { set(0); }
  ExternalMemory(const ExternalMemory&) = delete;
  ExternalMemory& operator=(const ExternalMemory&) = delete;

  void set(size_t bytes) {
    int64_t total = 0;
    napi_adjust_external_memory(env_, static_cast<int64_t>(bytes) - bytes_, &total);
    bytes_ = static_cast<int64_t>(bytes);
  }

 private:
  const napi_env env_;
  int64_t bytes_ = 0;
};

}  // namespace chainrule
