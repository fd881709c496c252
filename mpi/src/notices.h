// Why a rank has failed, told to all others, so that they need not wait for the time-out.
#pragma once
#include <mpi.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace chainrule::mpi {

class Notices {
 public:
  Notices(MPI_Comm communicator, int rank, int size);

  /// The reason that another rank has told, if one has. Also gives MPI the time for messages on their way.
  std::optional<std::string> read();
  /// Tells all others. Errors are ignored: some of them may be gone.
  void tell(const std::string& reason);
  /// Whether all have been handed over to MPI.
  bool are_sent();
  /// Expects no more.
  void close();

 private:
  static constexpr size_t kLongest = 1000;
  MPI_Comm communicator_;
  int rank_;
  int size_;
  std::array<char, kLongest> received_{};
  MPI_Request receive_ = MPI_REQUEST_NULL;
  std::string told_;  // which MPI reads until all are sent
  std::vector<MPI_Request> sends_ = {};
};

}  // namespace chainrule::mpi
