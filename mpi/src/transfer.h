// One exchange with one rank: bytes of the same number there and back, in chunks, without copies of ours.
#pragma once
#include <mpi.h>

#include <array>
#include <cstddef>

namespace chainrule::mpi {

/// The memory of an exchange. The same number of bytes is sent and received.
struct Bytes {
  const std::byte* send = nullptr;
  std::byte* receive = nullptr;
  size_t size = 0;
};

/**
 * A message is a row of full chunks and one that is shorter, possibly empty. Where two ranks disagree on the size, one of them gets a chunk
 * of another size than it expects, and fails. At most two chunks are under way in each direction: when one arrives, MPI knows where the
 * next goes.
 */
class Transfer {
 public:
  /// At 100 Mbit/s a chunk takes 1.4 s, so that a slow network is not taken for a rank that does not answer; and counts of MPI are ints.
  static constexpr size_t kChunk = size_t{16} << 20;

  Transfer(MPI_Comm communicator, int tag, int partner, Bytes bytes);

  /// Hands MPI what it can take. Whether anything has moved. Throws std::runtime_error with what has gone wrong.
  bool advance();
  bool is_complete() const;
  int partner() const { return partner_; }

  /// Asks MPI to leave the memory alone, as far as it does that for messages under way.
  void withdraw();
  /// Whether MPI does not touch the memory any more. For a transfer that was withdrawn.
  bool is_quiet();

 private:
  static constexpr size_t kWindow = 2;
  enum Direction : size_t { kReceive, kSend };

  void post(Direction direction);
  void take(size_t slot, const MPI_Status& status);
  size_t chunk_at(size_t offset) const;

  MPI_Comm communicator_;
  int tag_;
  int partner_;
  Bytes bytes_;
  std::array<size_t, 2> posted_{};    // bytes, by direction
  std::array<bool, 2> all_posted_{};  // the short chunk, too
  std::array<MPI_Request, 2 * kWindow> requests_;
  std::array<size_t, 2 * kWindow> sizes_{};
};

}  // namespace chainrule::mpi
