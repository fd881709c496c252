#include "addon/live_threads.h"

#include <chrono>

#include "math/per_process.h"

namespace chainrule {
namespace {

/// Two copies of the addon are at different addresses, or were loaded one after the other.
std::string unique_id(const void* address) {
  constexpr char kDigits[] = "0123456789abcdef";
  uint64_t bits = static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch().count()) * 0x9e3779b97f4a7c15u;
  bits ^= static_cast<uint64_t>(reinterpret_cast<uintptr_t>(address));
  std::string text;
  for (; text.size() < 16; bits >>= 4) text += kDigits[bits & 15];
  return text;
}

}  // namespace

LiveThreads::LiveThreads() : id_(unique_id(this)) {}

LiveThreads& LiveThreads::get() { return PerProcess<LiveThreads>::get(); }

uint64_t LiveThreads::add() {
  const std::lock_guard lock(mutex_);
  alive_.insert(++last_);
  return last_;
}

void LiveThreads::remove(uint64_t number) {
  const std::lock_guard lock(mutex_);
  alive_.erase(number);
}

bool LiveThreads::has(uint64_t number) const {
  const std::lock_guard lock(mutex_);
  return alive_.contains(number);
}

}  // namespace chainrule
