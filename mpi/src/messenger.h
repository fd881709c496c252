// The one thread that makes MPI calls, and what it is asked to do.
#pragma once
#include <mpi.h>

#include <condition_variable>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "backoff.h"
#include "job.h"
#include "notices.h"

namespace chainrule::mpi {

/// Rank and number of the processes.
struct Place {
  int rank = 0;
  int size = 1;
};

/**
 * Starts MPI on a thread of its own, and keeps all its calls there. Jobs of any threads go through a queue. No wait is longer than the
 * time-out: after it, and after any other failure, the group has failed for good, in all ranks, and says why. It is never destroyed: the
 * process may end while the thread is in a call of MPI.
 */
class Messenger {
 public:
  using Opened = std::function<void(const std::string& reason)>;
  using Done = std::function<void(const Outcome&)>;

  /// Starts the thread, which calls `opened` once MPI has started or failed to. Throws std::system_error without a thread.
  static Messenger& start(std::chrono::duration<double> timeout, Opened opened);

  /// Rank and size, once `opened` has been called.
  Place place() const { return place_; }

  /// Hands a job over; its `done` is called at once where the group has failed or is closed.
  void submit(Job job);
  /// The group has failed in this rank, for a reason that MPI knows nothing of: the others are told.
  void report_failure(const std::string& why);
  /// A barrier: log2(size) rounds, in each of which a rank hears from another.
  void barrier(Done done);
  /// After the jobs so far, waits for all ranks and ends MPI. Nothing is left to do where the group has failed or is closed.
  void close(Done done);

  /// At the end of the process. For code 0 the same as close(), and waits for it; otherwise, or where the group has failed, ends all
  /// processes of the job. The other ranks are told `why`. Ends the process itself where MPI takes too long.
  void end(int code, const std::string& why);

 private:
  enum class State { kOpening, kOpen, kFailed, kClosed };
  struct Ending {
    int code;
    std::string why;
  };

  explicit Messenger(std::chrono::duration<double> timeout) : timeout_(timeout) {}

  bool open(const Opened& opened);
  void work();
  bool take_jobs();
  void throw_reported();
  bool advance_jobs();
  bool advance(Job& job);
  void remove_complete();
  bool has_earlier(const Job& job) const;
  std::vector<int> barrier_partners() const;
  void rest(const Backoff& backoff);
  void fail(const std::string& reason, bool tell);
  bool withdraw_all();
  std::string finish();
  void watch_end();
  [[noreturn]] void abort_all(const Ending& ending, bool others_know);
  void set_state(State state, const std::string& reason);

  const std::chrono::duration<double> timeout_;
  Place place_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by the mutex.
  State state_ = State::kOpening;
  std::string reason_;  // why it takes no more jobs
  std::deque<Job> queue_;
  std::optional<Done> closing_;  // asked for, and not begun
  bool is_closing_ = false;
  std::optional<Ending> ending_;
  std::optional<std::string> reported_;  // why, until the thread has seen it

  // Of the thread alone.
  MPI_Comm communicator_ = MPI_COMM_NULL;
  std::optional<Notices> notices_;
  std::list<Job> jobs_;
  bool is_quiet_ = true;  // MPI touches no memory of failed jobs
};

}  // namespace chainrule::mpi
