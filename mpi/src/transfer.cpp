#include "transfer.h"

#include <algorithm>
#include <string>

#include "library.h"

namespace chainrule::mpi {
namespace {

bool is_truncation(int code) {
  int error_class = 0;
  return MPI_Error_class(code, &error_class) == MPI_SUCCESS && error_class == MPI_ERR_TRUNCATE;
}

std::runtime_error of_another_size(int partner, size_t size) {
  return std::runtime_error("rank " + std::to_string(partner) + " has exchanged another number of bytes than this rank, which has " +
                            std::to_string(size));
}

}  // namespace

Transfer::Transfer(MPI_Comm communicator, int tag, int partner, Bytes bytes)
    : communicator_(communicator), tag_(tag), partner_(partner), bytes_(bytes) {
  requests_.fill(MPI_REQUEST_NULL);
}

size_t Transfer::chunk_at(size_t offset) const { return std::min(kChunk, bytes_.size - offset); }

void Transfer::post(Direction direction) {
  for (size_t slot = direction * kWindow; slot < (direction + 1) * kWindow && !all_posted_[direction]; slot++) {
    if (requests_[slot] != MPI_REQUEST_NULL) continue;
    size_t& offset = posted_[direction];
    const size_t size = chunk_at(offset);
    const int count = static_cast<int>(size);
    if (direction == kReceive) {
      check("MPI_Irecv", MPI_Irecv(bytes_.receive + offset, count, MPI_BYTE, partner_, tag_, communicator_, &requests_[slot]));
    } else {
      check("MPI_Isend", MPI_Isend(bytes_.send + offset, count, MPI_BYTE, partner_, tag_, communicator_, &requests_[slot]));
    }
    sizes_[slot] = size;
    offset += size;
    all_posted_[direction] = size < kChunk;
  }
}

bool Transfer::advance() {
  post(kReceive);  // before the send, so that MPI has a place for what comes
  post(kSend);
  int count = 0;
  std::array<int, 2 * kWindow> slots{};
  std::array<MPI_Status, 2 * kWindow> statuses{};
  const int result = MPI_Testsome(static_cast<int>(requests_.size()), requests_.data(), &count, slots.data(), statuses.data());
  if (result == MPI_ERR_IN_STATUS) {
    for (int i = 0; i < count; i++) {
      const int code = statuses[static_cast<size_t>(i)].MPI_ERROR;
      if (code == MPI_SUCCESS || code == MPI_ERR_PENDING) continue;
      throw is_truncation(code) ? of_another_size(partner_, bytes_.size) : MpiError("MPI_Testsome", code);
    }
  } else {
    check("MPI_Testsome", result);
  }
  if (count == MPI_UNDEFINED || count == 0) return false;
  for (int i = 0; i < count; i++) take(static_cast<size_t>(slots[static_cast<size_t>(i)]), statuses[static_cast<size_t>(i)]);
  post(kReceive);
  post(kSend);
  return true;
}

void Transfer::take(size_t slot, const MPI_Status& status) {
  if (slot >= kWindow) return;  // a send
  int count = 0;
  check("MPI_Get_count", MPI_Get_count(&status, MPI_BYTE, &count));
  if (static_cast<size_t>(count) != sizes_[slot]) throw of_another_size(partner_, bytes_.size);
}

bool Transfer::is_complete() const {
  return all_posted_[kReceive] && all_posted_[kSend] &&
         std::all_of(requests_.begin(), requests_.end(), [](MPI_Request request) { return request == MPI_REQUEST_NULL; });
}

void Transfer::withdraw() {
  // Receives only: Open MPI does nothing for sends.
  for (size_t slot = 0; slot < kWindow; slot++) {
    if (requests_[slot] != MPI_REQUEST_NULL) MPI_Cancel(&requests_[slot]);
  }
}

bool Transfer::is_quiet() {
  bool quiet = true;
  for (MPI_Request& request : requests_) {
    if (request == MPI_REQUEST_NULL) continue;
    int done = 0;
    // A request that failed has ended.
    if (MPI_Test(&request, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && done == 0) quiet = false;
  }
  return quiet;
}

}  // namespace chainrule::mpi
