// One thread for whatever may take long and must not block the caller: a queue of jobs, done one after another.
#pragma once
#include <functional>

namespace chainrule {

/// Does `job` after all jobs queued before it, on the process's background thread, which starts with the first job. The job must not throw;
/// it may call ThreadPool::shared().run and run_in_background. Jobs that have not begun when the process exits never do; a forked child
/// begins with an empty queue. Throws std::system_error if the thread cannot be started, and then the job is not queued.
void run_in_background(std::function<void()> job);

}  // namespace chainrule
