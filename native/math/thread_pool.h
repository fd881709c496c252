// The threads that share out one piece of work. This pool refuses queues, priorities, futures and thread
// numbers, and it never makes a caller wait for another caller's work. Jobs with a queue are background.h's.
#pragma once
#include <atomic>
#include <cstddef>
#include <functional>

#include "math/function_ref.h"

namespace chainrule {

/// Runs the tasks 0 to count - 1 of one caller at a time, on the caller's thread and on helpers.
class ThreadPool {
 public:
  /// The process's pool. Do not keep the reference across a fork(): the child gets a pool of its own.
  static ThreadPool& shared();

  /// From the next run() on, at most `threads` threads work, the caller included; 1 means no helpers. Clamped to [1, kMaxThreads].
  void resize(int threads) noexcept;

  /// Threads that a run may use, the caller included. At first as many as the hardware (and the affinity mask) has.
  int size() const noexcept { return size_.load(std::memory_order_relaxed); }

  /// Calls task(i) once for each i in [0, count), in any order, on the caller's thread and up to size() - 1 helpers. Returns when all
  /// calls have returned; their writes are visible then. If the pool is in use (by another thread, or by a task that calls this),
  /// the caller does everything alone, in ascending order. A task must not throw, must not wait for another task, and
  /// must live with a small stack (musl gives threads 128 KiB). Who does which task never repeats: a task may only write what is its own.
  void run(std::size_t count, FunctionRef<void(std::size_t)> task) noexcept {
    if (count > 1 && size() > 1) {
      run_shared(count, task);
    } else {
      for (std::size_t i = 0; i < count; ++i) task(i);
    }
  }

  /// Where this thread is to begin in work that could begin anywhere: a helper's own number from 1 on, 0 for all others.
  static std::size_t place() noexcept;

  static constexpr int kMaxThreads = 256;

  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

 private:
  template <typename T>
  friend class PerProcess;
  struct State;

  ThreadPool();
  ~ThreadPool();
  void run_shared(std::size_t count, FunctionRef<void(std::size_t)> task) noexcept;

  std::atomic<int> size_;
  State* const state_;
};

/// Runs `body`, which must not throw, on a new thread that nobody joins. Every thread starts here, because of what it takes for it to be
/// harmless: the library stays in memory from the first call on. Node unloads an addon when the last worker that loaded it ends, whether
/// or not threads still run its code. Throws std::system_error if the system has no thread left.
void start_thread(std::function<void()> body);

}  // namespace chainrule
