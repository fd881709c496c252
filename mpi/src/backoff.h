// How often somebody who waits looks.
#pragma once
#include <chrono>

namespace chainrule::mpi {

using Clock = std::chrono::steady_clock;

/**
 * Looks without a break at first, since messages of a running training take tens of microseconds. Then other threads get the core, and
 * later the pause grows with the time waited so far: an eighth of it delays nothing by much.
 */
class Backoff {
 public:
  void reset() { since_ = Clock::now(); }

  /// The time to sleep before the next look; none at first, in which case the caller has yielded the core or not.
  Clock::duration pause(Clock::duration longest) const;

 private:
  Clock::time_point since_ = Clock::now();
};

}  // namespace chainrule::mpi
