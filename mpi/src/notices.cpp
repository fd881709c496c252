#include "notices.h"

#include "job.h"
#include "library.h"

namespace chainrule::mpi {

constexpr int kTag = static_cast<int>(Kind::kNotice);

Notices::Notices(MPI_Comm communicator, int rank, int size) : communicator_(communicator), rank_(rank), size_(size) {
  check("MPI_Irecv", MPI_Irecv(received_.data(), static_cast<int>(kLongest), MPI_CHAR, MPI_ANY_SOURCE, kTag, communicator_, &receive_));
}

std::optional<std::string> Notices::read() {
  if (receive_ == MPI_REQUEST_NULL) return {};
  int done = 0;
  MPI_Status status{};
  check("MPI_Test", MPI_Test(&receive_, &done, &status));
  if (done == 0) return {};
  int length = 0;
  check("MPI_Get_count", MPI_Get_count(&status, MPI_CHAR, &length));
  return std::string(received_.data(), static_cast<size_t>(length));
}

void Notices::tell(const std::string& reason) {
  if (!told_.empty()) return;
  told_ = reason.substr(0, kLongest);
  sends_.assign(static_cast<size_t>(size_), MPI_REQUEST_NULL);
  for (int to = 0; to < size_; to++) {
    if (to != rank_)
      MPI_Isend(told_.data(), static_cast<int>(told_.size()), MPI_CHAR, to, kTag, communicator_, &sends_[static_cast<size_t>(to)]);
  }
}

bool Notices::are_sent() {
  bool sent = true;
  for (MPI_Request& request : sends_) {
    if (request == MPI_REQUEST_NULL) continue;
    int done = 0;
    if (MPI_Test(&request, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && done == 0) sent = false;
  }
  return sent;
}

void Notices::close() {
  if (receive_ == MPI_REQUEST_NULL) return;
  MPI_Cancel(&receive_);
  MPI_Wait(&receive_, MPI_STATUS_IGNORE);
}

}  // namespace chainrule::mpi
