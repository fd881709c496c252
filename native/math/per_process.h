// Objects of which each process has one.
#pragma once
#include <atomic>

#if defined(__unix__) || defined(__APPLE__)
#define CHAINRULE_HAS_FORK 1
#include <pthread.h>
#endif

namespace chainrule {

/// The process's T, made at first use by T's default constructor. It is never destroyed, on purpose: threads that nobody joins use it until
/// the process is gone, long after exit() has run the destructors of statics. A forked child, which has none of those threads and may have
/// inherited locked mutexes, forgets it and makes its own.
template <typename T>
class PerProcess {
 public:
  static T& get() {
    T* object = instance_.load(std::memory_order_acquire);
    return object != nullptr ? *object : make();
  }

 private:
  static T& make() {
    T* mine = new T;
    T* other = nullptr;
    if (!instance_.compare_exchange_strong(other, mine, std::memory_order_acq_rel)) {
      delete mine;  // another thread was faster
      return *other;
    }
#if defined(CHAINRULE_HAS_FORK)
    // Children inherit the registration. If it fails for want of memory, forked children are on their own.
    if (!registered_.exchange(true)) pthread_atfork(nullptr, nullptr, [] { instance_.store(nullptr, std::memory_order_relaxed); });
#endif
    return *mine;
  }

  static inline std::atomic<T*> instance_{nullptr};
#if defined(CHAINRULE_HAS_FORK)
  static inline std::atomic<bool> registered_{false};
#endif
};

}  // namespace chainrule
