#include "messenger.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <utility>

#include "library.h"

namespace chainrule::mpi {
namespace {

using std::chrono::milliseconds;

/// The time between the end of one rank and the end of the job, in which the others can say why.
constexpr milliseconds kFarewell{500};
/// For MPI to let go of messages, before a failure is reported: well within the farewell of the rank that has failed first.
constexpr milliseconds kWithdrawal{100};
/// Messages that have been handed over to MPI may still need its attention, and other ranks may tell why they fail.
constexpr milliseconds kLongestIdle{50};
constexpr milliseconds kLongestWait{1};
/// For MPI_Abort and MPI_Finalize, once all ranks have come.
constexpr milliseconds kEnding{5000};

bool is_power_of_two(int size) { return (size & (size - 1)) == 0; }

std::string seconds_text(std::chrono::duration<double> time) {
  char text[40];
  std::snprintf(text, sizeof(text), "%g", std::round(time.count() * 1000) / 1000);
  return text;
}

std::string has_not_answered(int rank, std::chrono::duration<double> time) {
  return "rank " + std::to_string(rank) + " has not answered for " + seconds_text(time) +
         " s; it is late, or waits for another rank itself";
}

}  // namespace

Messenger& Messenger::start(std::chrono::duration<double> timeout, Opened opened) {
  auto messenger = std::unique_ptr<Messenger>(new Messenger(timeout));
  std::thread([self = messenger.get(), opened = std::move(opened)] {
    if (self->open(opened)) self->work();
  }).detach();
  return *messenger.release();
}

void Messenger::submit(Job job) {
  std::string reason = "the group is closed";
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::kOpen && !is_closing_) {
      queue_.push_back(std::move(job));
      changed_.notify_all();
      return;
    }
    if (state_ == State::kFailed) reason = reason_;
  }
  job.done({.reason = reason});
}

void Messenger::report_failure(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::kOpen || reported_) return;
  reported_ = why;
  changed_.notify_all();
}

void Messenger::barrier(Done done) {
  submit({.kind = Kind::kBarrier, .partners = barrier_partners(), .bytes = {}, .done = std::move(done)});
}

void Messenger::close(Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::kOpen && !is_closing_) {
      is_closing_ = true;
      closing_ = std::move(done);
      changed_.notify_all();
      return;
    }
  }
  done({});
}

void Messenger::end(int code, const std::string& why) {
  std::unique_lock lock(mutex_);
  if (state_ == State::kClosed) return;
  // MPI is starting and cannot be stopped.
  if (state_ == State::kOpening) std::_Exit(code == 0 ? 1 : code);
  if (code == 0) {
    if (state_ == State::kOpen && !is_closing_) {
      is_closing_ = true;
      closing_ = [](const Outcome&) {};
    }
    changed_.notify_all();
    changed_.wait_for(lock, timeout_ + kEnding, [&] { return state_ != State::kOpen; });
    if (state_ == State::kClosed) return;
    std::fprintf(stderr, "chainrule/mpi: rank %d: %s\n", place_.rank, state_ == State::kFailed ? reason_.c_str() : "MPI does not end");
  }
  const int failure = code == 0 ? 1 : code;
  ending_ = Ending{failure, why};
  changed_.notify_all();
  changed_.wait_for(lock, kFarewell + kEnding, [] { return false; });
  std::_Exit(failure);
}

bool Messenger::open(const Opened& opened) {
  std::string reason;
  try {
    communicator_ = open_library();
    check("MPI_Comm_rank", MPI_Comm_rank(communicator_, &place_.rank));
    check("MPI_Comm_size", MPI_Comm_size(communicator_, &place_.size));
    if (is_power_of_two(place_.size)) {
      notices_.emplace(communicator_, place_.rank, place_.size);
    } else {
      reason = "the number of processes must be a power of two (1, 2, 4, 8 and so on), got " + std::to_string(place_.size);
      close_library(communicator_);
    }
  } catch (const std::exception& error) {
    reason = error.what();
  }
  set_state(reason.empty() ? State::kOpen : State::kClosed, reason);
  opened(reason);
  return reason.empty();
}

void Messenger::work() {
  Backoff backoff;
  for (;;) {
    bool moved = take_jobs();
    {
      std::unique_lock lock(mutex_);
      if (state_ == State::kClosed) return;
      if (state_ == State::kFailed) changed_.wait(lock, [&] { return ending_.has_value(); });
      if (ending_) {
        const Ending ending = *ending_;
        const bool others_know = state_ == State::kFailed;
        lock.unlock();
        abort_all(ending, others_know);
      }
    }
    try {
      throw_reported();
      moved = advance_jobs() || moved;
      if (const auto notice = notices_->read()) fail(*notice, false);
    } catch (const std::exception& error) {
      fail(error.what(), true);
    }
    if (moved) backoff.reset();
    rest(backoff);
  }
}

/// Takes what was asked for since the last call. Whether there was anything.
bool Messenger::take_jobs() {
  const std::lock_guard lock(mutex_);
  bool any = !queue_.empty();
  for (Job& job : queue_) jobs_.push_back(std::move(job));
  queue_.clear();
  if (closing_ && jobs_.empty() && state_ == State::kOpen) {
    Done done = std::move(*closing_);
    closing_.reset();
    any = true;
    jobs_.push_back({.kind = Kind::kBarrier, .partners = barrier_partners(), .bytes = {}, .done = [this, done](const Outcome& outcome) {
                       done(outcome.reason.empty() ? Outcome{.reason = finish()} : outcome);
                     }});
  }
  return any;
}

/// Throws a failure of this rank that was reported.
void Messenger::throw_reported() {
  const std::lock_guard lock(mutex_);
  if (const auto why = std::exchange(reported_, std::nullopt)) throw std::runtime_error(*why);
}

bool Messenger::advance_jobs() {
  bool moved = false;
  for (Job& job : jobs_) {
    if (!has_earlier(job)) moved = advance(job) || moved;
  }
  remove_complete();
  return moved;
}

bool Messenger::advance(Job& job) {
  bool moved = false;
  while (!job.is_complete()) {
    if (!job.transfer) {
      job.transfer.emplace(communicator_, static_cast<int>(job.kind), job.partners[job.round], job.bytes);
      job.heard = Clock::now();
    }
    if (job.transfer->advance()) {
      moved = true;
      job.heard = Clock::now();
    }
    if (!job.transfer->is_complete()) {
      if (Clock::now() - job.heard > timeout_) throw std::runtime_error(has_not_answered(job.transfer->partner(), timeout_));
      return moved;
    }
    job.transfer.reset();
    job.round++;
  }
  return true;
}

/// Tells those who asked. MPI may end here: closing is a job.
void Messenger::remove_complete() {
  for (auto job = jobs_.begin(); job != jobs_.end();) {
    if (!job->is_complete()) {
      ++job;
      continue;
    }
    const Done done = std::move(job->done);
    job = jobs_.erase(job);
    done({});
  }
}

bool Messenger::has_earlier(const Job& job) const {
  for (const Job& other : jobs_) {
    if (&other == &job) return false;
    if (job.follows(other)) return true;
  }
  return false;
}

std::vector<int> Messenger::barrier_partners() const {
  std::vector<int> partners;
  for (int bit = 1; bit < place_.size; bit *= 2) partners.push_back(place_.rank ^ bit);
  return partners;
}

/// Waits until there may be something to do.
void Messenger::rest(const Backoff& backoff) {
  const Clock::duration pause = backoff.pause(jobs_.empty() ? kLongestIdle : kLongestWait);
  if (pause <= Clock::duration::zero()) return;
  std::unique_lock lock(mutex_);
  if (state_ == State::kOpen && queue_.empty() && !closing_ && !ending_ && !reported_) changed_.wait_for(lock, pause);
}

void Messenger::fail(const std::string& reason, bool tell) {
  if (tell) notices_->tell("rank " + std::to_string(place_.rank) + " has failed: " + reason);
  const bool quiet = withdraw_all();
  {
    const std::lock_guard lock(mutex_);
    for (Job& job : queue_) jobs_.push_back(std::move(job));
    queue_.clear();
    if (closing_) jobs_.push_back({.kind = Kind::kBarrier, .partners = {}, .bytes = {}, .done = std::move(*closing_)});
    closing_.reset();
  }
  // Before anybody is told: what is asked for from now on fails at once.
  set_state(State::kFailed, reason);
  for (const Job& job : jobs_) job.done({.reason = reason, .memory_in_use = !quiet && job.transfer});
  jobs_.clear();
}

/// Whether MPI has let go of the memory of all jobs. Where it has not, it is not called again: it works on messages only while it is.
bool Messenger::withdraw_all() {
  for (Job& job : jobs_) {
    if (job.transfer) job.transfer->withdraw();
  }
  const Clock::time_point end = Clock::now() + kWithdrawal;
  for (;;) {
    bool quiet = true;
    for (Job& job : jobs_) quiet = (!job.transfer || job.transfer->is_quiet()) && quiet;
    if ((notices_->are_sent() && quiet) || Clock::now() > end) return is_quiet_ = quiet;
    std::this_thread::sleep_for(milliseconds{1});
  }
}

/// Ends MPI, after a barrier. Returns why it has failed to, or nothing.
std::string Messenger::finish() {
  std::string reason;
  try {
    notices_->close();
    watch_end();
    close_library(communicator_);
  } catch (const std::exception& error) {
    reason = error.what();
  }
  set_state(State::kClosed, "");
  return reason;
}

/// Ends the process if MPI does not end in time: this thread waits in MPI's own call then.
void Messenger::watch_end() {
  std::thread([this] {
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, timeout_, [&] { return state_ == State::kClosed; })) return;
    std::fprintf(stderr, "chainrule/mpi: rank %d: MPI does not end\n", place_.rank);
    std::_Exit(1);
  }).detach();
}

void Messenger::abort_all(const Ending& ending, bool others_know) {
  const std::string why = ending.why.empty() ? "" : ": " + ending.why;
  if (!others_know)
    notices_->tell("rank " + std::to_string(place_.rank) + " has ended with exit code " + std::to_string(ending.code) + why);
  for (const Clock::time_point end = Clock::now() + kFarewell; Clock::now() < end;) {
    if (is_quiet_) notices_->are_sent();
    std::this_thread::sleep_for(milliseconds{5});
  }
  MPI_Abort(MPI_COMM_WORLD, ending.code);
  std::_Exit(ending.code);
}

void Messenger::set_state(State state, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  state_ = state;
  reason_ = reason;
  changed_.notify_all();
}

}  // namespace chainrule::mpi
