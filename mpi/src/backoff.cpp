#include "backoff.h"

#include <algorithm>
#include <thread>

namespace chainrule::mpi {

Clock::duration Backoff::pause(Clock::duration longest) const {
  using std::chrono::microseconds;
  // About the time that the system takes to wake a thread: sleeping would not be cheaper.
  constexpr microseconds kBusy{30};
  constexpr microseconds kYielding{3000};
  const Clock::duration waited = Clock::now() - since_;
  if (waited < kBusy) return {};
  if (waited < kYielding) {
    std::this_thread::yield();
    return {};
  }
  return std::min<Clock::duration>(waited / 8, longest);
}

}  // namespace chainrule::mpi
