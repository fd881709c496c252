// The JavaScript threads of this process that have loaded the addon and have not ended: files that ended ones have left can be told by it.
#pragma once
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_set>

namespace chainrule {

/// One for the process. Safe from any thread.
class LiveThreads {
 public:
  LiveThreads();
  static LiveThreads& get();

  /// Tells this list from that of another copy of the addon in the same process.
  const std::string& id() const { return id_; }
  /// The number of a new thread. No number is used twice.
  uint64_t add();
  void remove(uint64_t number);
  bool has(uint64_t number) const;

 private:
  const std::string id_;
  mutable std::mutex mutex_;
  uint64_t last_ = 0;
  std::unordered_set<uint64_t> alive_;
};

/// A thread's entry in the list, for as long as the thread lives.
class LiveThread {
 public:
  LiveThread() : number(LiveThreads::get().add()) {}
  ~LiveThread() { LiveThreads::get().remove(number); }
  LiveThread(const LiveThread&) = delete;
  LiveThread& operator=(const LiveThread&) = delete;

  const uint64_t number;
};

}  // namespace chainrule
