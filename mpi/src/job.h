// Requests to the thread that makes the MPI calls.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "backoff.h"
#include "transfer.h"

namespace chainrule::mpi {

/// Kinds have separate messages: the engine and JavaScript may exchange at the same time. The numbers are MPI's tags.
enum class Kind { kEngine = 1, kScript, kBarrier, kNotice };

/// The outcome of a job.
struct Outcome {
  /// Why it has failed; empty if it has not.
  std::string reason;
  /// MPI may still touch the memory: it must not be freed.
  bool memory_in_use = false;
};

/// Exchanges of the same bytes with one rank after the other: with one, or, of a barrier, with one in each of log2(size) rounds.
struct Job {
  Kind kind = Kind::kScript;
  std::vector<int> partners;
  Bytes bytes;
  /// Called once, on the thread of the MPI calls.
  std::function<void(const Outcome&)> done;

  size_t round = 0;
  std::optional<Transfer> transfer = {};
  Clock::time_point heard = {};  ///< when its transfer began, or last moved

  bool is_complete() const { return round == partners.size(); }
  /// Whether it has to wait until `earlier` has ended: messages between two ranks keep their order.
  bool follows(const Job& earlier) const {
    return kind == earlier.kind && (kind == Kind::kBarrier || partners.front() == earlier.partners.front());
  }
};

}  // namespace chainrule::mpi
