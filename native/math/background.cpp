#include "math/background.h"

#if defined(__wasm__) && !defined(_REENTRANT)

namespace chainrule {

void run_in_background(std::function<void()> job) { job(); }  // there is no other thread

}  // namespace chainrule

#else

#include <condition_variable>
#include <mutex>
#include <queue>
#include <utility>

#include "math/per_process.h"
#include "math/thread_pool.h"

namespace chainrule {
namespace {

using Job = std::function<void()>;

class Background {
 public:
  void add(Job job) {
    const std::lock_guard lock(mutex_);
    if (!started_) {
      start_thread([this] { work(); });
      started_ = true;
    }
    jobs_.push(std::move(job));
    more_.notify_one();
  }

 private:
  [[noreturn]] void work() noexcept {
    for (;;) next()();  // the job and what it holds are gone before the next is waited for
  }

  Job next() {
    std::unique_lock lock(mutex_);
    more_.wait(lock, [&] { return !jobs_.empty(); });
    Job job = std::move(jobs_.front());
    jobs_.pop();
    return job;
  }

  std::mutex mutex_;
  std::condition_variable more_;
  std::queue<Job> jobs_;
  bool started_ = false;
};

}  // namespace

void run_in_background(std::function<void()> job) { PerProcess<Background>::get().add(std::move(job)); }

}  // namespace chainrule

#endif
