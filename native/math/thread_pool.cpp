#include "math/thread_pool.h"

#include <algorithm>

#include "math/per_process.h"

// WebAssembly without threads has no <thread>, and then a pool of one thread is all there is.
#if !defined(__wasm__) || defined(_REENTRANT)
#define CHAINRULE_HAS_THREADS 1
#endif

#if defined(CHAINRULE_HAS_THREADS)
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <utility>

#if defined(_WIN32)
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
#elif !defined(__wasm__)
#include <dlfcn.h>
#endif
#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#elif defined(_M_ARM64) && !defined(__aarch64__)
#include <intrin.h>
#endif
#endif

namespace chainrule {

ThreadPool& ThreadPool::shared() { return PerProcess<ThreadPool>::get(); }

#if !defined(CHAINRULE_HAS_THREADS)

ThreadPool::ThreadPool() : size_(1), state_(nullptr) {}
ThreadPool::~ThreadPool() = default;
void ThreadPool::resize(int) noexcept {}
std::size_t ThreadPool::place() noexcept { return 0; }
void ThreadPool::run_shared(std::size_t, FunctionRef<void(std::size_t)>) noexcept {}
void start_thread(std::function<void()> body) { body(); }

#else

namespace {

using Clock = std::chrono::steady_clock;

thread_local std::size_t place_of_thread = 0;

/// The number of threads that the user set; a forked child's pool reads it, too. 0: not set.
std::atomic<int> asked_for{0};

/// How long a thread that has nothing to do keeps looking before it sleeps. Waking a sleeper costs the waker a system call of a few
/// microseconds and the sleeper tens. The pieces of one training step follow each other within this time, the calls of a server do not.
constexpr std::chrono::microseconds kSpin{50};

/// Variables that different threads write lie this far apart: two cache lines, since processors fetch them in pairs.
constexpr std::size_t kApart = 128;

const int kCores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));

void relax() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("isb");  // `yield` does nothing on most cores
#elif defined(_M_ARM64)
  __isb(_ARM64_BARRIER_SY);
#endif
}

/// Looks until `ready()` or for kSpin; whether it became ready. Does not look for long if not every thread can have a core of its own. On a
/// busy machine the scheduler may have put a helper on the very core of its caller: hence the yield, without which the caller would wait
/// for its helper to stop looking for work. On an idle core it returns at once.
template <typename Ready>
bool spin_until(int threads, Ready ready) {
  if (ready()) return true;
  if (threads > kCores) return false;
  const auto deadline = Clock::now() + kSpin;
  do {
    for (int i = 0; i < 32; ++i) {
      relax();
      if (ready()) return true;
    }
    std::this_thread::yield();
  } while (Clock::now() < deadline);
  return ready();
}

/// Keeps this library in memory until the process ends.
void pin_library() {
#if defined(_WIN32)
  HMODULE module = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, reinterpret_cast<LPCWSTR>(&pin_library),
                     &module);
#elif !defined(__wasm__)
  // A handle that is never closed. For a program (as opposed to a library) there is none and no need of one.
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&pin_library), &info) != 0 && info.dli_fname != nullptr)
    dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
#endif
}

/// A place to sleep.
class Bed {
 public:
  /// Sleeps until `ready()`, which whoever calls wake() has made true before.
  template <typename Ready>
  void sleep_until(Ready ready) {
    std::unique_lock lock(mutex_);
    asleep_.store(true, std::memory_order_seq_cst);
    wake_.wait(lock, ready);
    asleep_.store(false, std::memory_order_relaxed);
  }

  /// Costs one load if nobody sleeps. No wake-up is lost: the sleeper sets asleep_ and then reads whether it is ready; the waker makes it
  /// ready and then reads asleep_. All are sequentially consistent, so at least one of them sees the other's write. The
  /// mutex keeps the waker out between the sleeper's read and its sleep.
  void wake() {
    if (!asleep_.load(std::memory_order_seq_cst)) return;
    { std::lock_guard lock(mutex_); }
    wake_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  alignas(kApart) std::atomic<bool> asleep_{false};
};

}  // namespace

/// One run is one job. A thread that takes `unclaimed` from n > 0 to n - 1 has claimed task count - n. The job cannot end (and its fields
/// cannot change) before that thread has counted down `unfinished`. So a helper that comes late claims from the next
/// job or finds nothing; either is right, and no thread ever waits for a helper that has not claimed anything.
struct ThreadPool::State {
  alignas(kApart) std::atomic<std::int64_t> unclaimed{0};  ///< below zero: helpers looked in vain
  alignas(kApart) std::atomic<std::size_t> unfinished{0};
  alignas(kApart) std::atomic<bool> busy{false};  ///< owned by the thread that set it, as is all below
  std::atomic<int> seats{0};                      ///< helpers with a smaller index may claim
  std::size_t count = 0;
  const FunctionRef<void(std::size_t)>* task = nullptr;
  int started = 0;
  Bed* helper_bed[kMaxThreads - 1] = {};
  Bed caller_bed;

  /// Claims and does tasks until there are none left; how many.
  std::size_t work() {
    std::size_t done = 0;
    for (;;) {
      const std::int64_t n = unclaimed.fetch_sub(1, std::memory_order_acq_rel);
      if (n <= 0) return done;
      (*task)(count - static_cast<std::size_t>(n));
      ++done;
    }
  }

  /// Whether that ended the job.
  bool finish(std::size_t done) { return unfinished.fetch_sub(done, std::memory_order_seq_cst) == done; }

  [[noreturn]] void help(int index, const std::atomic<int>& threads) {
    place_of_thread = static_cast<std::size_t>(index) + 1;
    const auto work_for_me = [&] { return unclaimed.load(std::memory_order_seq_cst) > 0 && index < seats.load(std::memory_order_relaxed); };
    for (;;) {
      if (!spin_until(threads.load(std::memory_order_relaxed), work_for_me)) helper_bed[index]->sleep_until(work_for_me);
      const std::size_t done = work();
      if (done > 0 && finish(done)) caller_bed.wake();
    }
  }
};

ThreadPool::ThreadPool() : size_(asked_for != 0 ? asked_for.load() : std::min(kCores, kMaxThreads)), state_(new State) {}

// Only for a pool that lost the race to become the process's, and so has no helpers.
ThreadPool::~ThreadPool() { delete state_; }

std::size_t ThreadPool::place() noexcept { return place_of_thread; }

void ThreadPool::resize(int threads) noexcept {
  threads = std::clamp(threads, 1, kMaxThreads);
  asked_for = threads;
  size_.store(threads, std::memory_order_relaxed);
}

void ThreadPool::run_shared(std::size_t count, FunctionRef<void(std::size_t)> task) noexcept {
  State& s = *state_;
  if (s.busy.load(std::memory_order_relaxed) || s.busy.exchange(true, std::memory_order_acquire)) {
    for (std::size_t i = 0; i < count; ++i) task(i);
    return;
  }

  const int threads = size();
  const int seats = static_cast<int>(std::min(count, static_cast<std::size_t>(threads))) - 1;
  while (s.started < seats) {
    try {
      if (s.helper_bed[s.started] == nullptr) s.helper_bed[s.started] = new Bed;
      start_thread([&s, index = s.started, this] { s.help(index, size_); });
      ++s.started;
    } catch (...) {  // no thread or memory left: the work gets done with what there is, and is not held up by trying again
      int expected = threads;
      size_.compare_exchange_strong(expected, s.started + 1);
      break;
    }
  }

  s.count = count;
  s.task = &task;
  s.seats.store(std::min(seats, s.started), std::memory_order_relaxed);
  s.unfinished.store(count, std::memory_order_relaxed);
  s.unclaimed.store(static_cast<std::int64_t>(count), std::memory_order_seq_cst);
  for (int i = 0; i < std::min(seats, s.started); ++i) s.helper_bed[i]->wake();

  const auto all_done = [&] { return s.unfinished.load(std::memory_order_seq_cst) == 0; };
  if (!s.finish(s.work()) && !spin_until(threads, all_done)) s.caller_bed.sleep_until(all_done);
  s.busy.store(false, std::memory_order_release);
}

void start_thread(std::function<void()> body) {
  static const bool pinned = (pin_library(), true);
  static_cast<void>(pinned);
  std::thread(std::move(body)).detach();
}

#endif

}  // namespace chainrule
