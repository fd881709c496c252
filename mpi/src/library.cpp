#include "library.h"

#include <dlfcn.h>

#include <array>
#include <csignal>

namespace chainrule::mpi {
namespace {

std::string error_text(int code) {
  std::array<char, MPI_MAX_ERROR_STRING + 1> text{};
  int length = 0;
  if (MPI_Error_string(code, text.data(), &length) != MPI_SUCCESS) return "error " + std::to_string(code);
  return {text.data(), static_cast<size_t>(length)};
}

/// Changes how the library that has a function is loaded.
void load_again(void* function, int mode) {
  Dl_info info{};
  if (dladdr(function, &info) != 0 && info.dli_fname != nullptr) dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | mode);
}

/// The handlers that were set at its construction are set again at its end: libraries below MPI replace those that V8 and libuv rely on.
class KeptSignals {
 public:
  KeptSignals() {
    for (int signal = 1; signal < kSignals; signal++) known_[signal] = sigaction(signal, nullptr, &actions_[signal]) == 0;
  }
  ~KeptSignals() {
    for (int signal = 1; signal < kSignals; signal++) {
      const struct sigaction& before = actions_[signal];
      const bool set = (before.sa_flags & SA_SIGINFO) != 0 || (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN);
      if (known_[signal] && set) sigaction(signal, &before, nullptr);
    }
  }
  KeptSignals(const KeptSignals&) = delete;
  KeptSignals& operator=(const KeptSignals&) = delete;

 private:
  static constexpr int kSignals = NSIG;
  std::array<struct sigaction, kSignals> actions_{};
  std::array<bool, kSignals> known_{};
};

}  // namespace

MpiError::MpiError(int code) : std::runtime_error(error_text(code)) {}
MpiError::MpiError(const std::string& call, int code) : std::runtime_error(call + ": " + error_text(code)) {}

void check(const char* call, int code) {
  if (code != MPI_SUCCESS) throw MpiError(call, code);
}

std::string describe() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING + 1> text{};
  int length = 0;
  if (MPI_Get_library_version(text.data(), &length) != MPI_SUCCESS) return "";
  return {text.data(), static_cast<size_t>(length)};
}

MPI_Comm open_library() {
  int initialized = 0;
  int finalized = 0;
  check("MPI_Initialized", MPI_Initialized(&initialized));
  check("MPI_Finalized", MPI_Finalized(&finalized));
  if (finalized != 0) throw std::runtime_error("MPI has ended in this process, and cannot be started again");
  if (initialized != 0) throw std::runtime_error("MPI has been initialized in this process by other code");
  {
    const KeptSignals kept;
    // Open MPI opens components of its own, which look for its symbols among the global ones; Node.js loads addons with local ones.
    load_again(reinterpret_cast<void*>(&MPI_Init_thread), RTLD_GLOBAL);
    load_again(reinterpret_cast<void*>(&open_library), RTLD_NODELETE);  // our thread runs until the process ends
    int provided = 0;
    check("MPI_Init_thread", MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided));
    if (provided < MPI_THREAD_FUNNELED) throw std::runtime_error("this MPI does not work beside threads (no MPI_THREAD_FUNNELED)");
  }
  MPI_Comm communicator = MPI_COMM_NULL;
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  check("MPI_Comm_dup", MPI_Comm_dup(MPI_COMM_WORLD, &communicator));
  check("MPI_Comm_set_errhandler", MPI_Comm_set_errhandler(communicator, MPI_ERRORS_RETURN));
  return communicator;
}

void close_library(MPI_Comm communicator) {
  MPI_Comm_free(&communicator);
  check("MPI_Finalize", MPI_Finalize());
}

}  // namespace chainrule::mpi
