// The MPI library that this addon is linked to. All functions but describe() are for the one thread that makes the MPI calls.
#pragma once
#include <mpi.h>

#include <stdexcept>
#include <string>

namespace chainrule::mpi {

/// A failed call, in the words of the library.
struct MpiError : std::runtime_error {
  explicit MpiError(int code);
  MpiError(const std::string& call, int code);
};

/// Throws for everything but MPI_SUCCESS.
void check(const char* call, int code);

/// Name and version, as the library gives them: before it is initialized, too.
std::string describe();

/// A communicator of our own over all ranks, whose errors are returned. Handlers of signals that Node.js has set stay. Throws where MPI has
/// been initialized by other code, or ended.
MPI_Comm open_library();

/// Ends MPI; all ranks must do so. `communicator` is freed.
void close_library(MPI_Comm communicator);

}  // namespace chainrule::mpi
