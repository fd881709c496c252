#include "nn/trainer_thread.h"

#if defined(__wasm__) && !defined(_REENTRANT)

namespace chainrule {

TrainerThread::TrainerThread() = default;
TrainerThread::~TrainerThread() = default;
void TrainerThread::add(std::function<void()> job) { job(); }  // there is no other thread

}  // namespace chainrule

#else

#include <condition_variable>
#include <mutex>
#include <queue>
#include <utility>

#include "math/thread_pool.h"

namespace chainrule {

/// Owned by the trainer and by the thread, whichever lives longer.
struct TrainerThread::Queue {
  std::mutex mutex;
  std::condition_variable changed;
  std::queue<std::function<void()> > jobs;
  bool started = false;
  bool closed = false;

  /// The next job, or an empty one if there will be none.
  std::function<void()> next() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return closed || !jobs.empty(); });
    if (jobs.empty()) return {};
    std::function<void()> job = std::move(jobs.front());
    jobs.pop();
    return job;
  }

  void work() noexcept {
    // A job and what it holds are gone before the next is waited for.
    while (const std::function<void()> job = next()) job();
  }
};

TrainerThread::TrainerThread() : queue_(std::make_shared<Queue>()) {}

TrainerThread::~TrainerThread() {
  const std::lock_guard lock(queue_->mutex);
  queue_->closed = true;
  queue_->changed.notify_one();
}

void TrainerThread::add(std::function<void()> job) {
  const std::lock_guard lock(queue_->mutex);
  if (!queue_->started) {
    start_thread([queue = queue_] { queue->work(); });
    queue_->started = true;
  }
  queue_->jobs.push(std::move(job));
  queue_->changed.notify_one();
}

}  // namespace chainrule

#endif
