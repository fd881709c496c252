// A thread of a trainer's own, with a queue of what it is asked to do.
#pragma once
#include <functional>
#include <memory>

namespace chainrule {

/// Does jobs one after another on a thread that starts with the first one. No other thread ever waits for it: a job, and whatever it uses,
/// must be able to outlive this object, so it owns what it touches.
class TrainerThread {
 public:
  TrainerThread();
  /// Lets the thread end after the jobs it has.
  ~TrainerThread();
  TrainerThread(const TrainerThread&) = delete;
  TrainerThread& operator=(const TrainerThread&) = delete;

  /// Does `job`, which must not throw, after all jobs added before. Throws std::system_error if the thread cannot be started, and
  /// then the job is not in the queue.
  void add(std::function<void()> job);

 private:
  struct Queue;
  std::shared_ptr<Queue> queue_;
};

}  // namespace chainrule
