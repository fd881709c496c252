// Promises that are settled from the thread of the MPI calls.
#pragma once
#include <napi.h>

#include <mutex>

#include "job.h"

namespace chainrule::mpi {

/// A promise, and the arrays whose memory MPI works on meanwhile.
struct Reply {
  explicit Reply(Napi::Env env) : deferred(Napi::Promise::Deferred::New(env)) {}

  Napi::Promise::Deferred deferred;
  Napi::ObjectReference send;
  Napi::ObjectReference receive;  // with which the promise is resolved
  std::string reason;
  bool memory_in_use = false;
};

/// The way of replies to the thread of JavaScript. The event loop is kept alive while there are any under way. Never destroyed.
class Replies {
 public:
  explicit Replies(Napi::Env env);

  /// A reply under way. On the thread of JavaScript.
  Reply* expect(Napi::Env env);
  /// Settles it, and deletes it: rejects with the reason of the outcome, if it has one. From any thread.
  void settle(Reply* reply, const Outcome& outcome);

 private:
  static void deliver(Napi::Env env, Napi::Function, Replies* self, Reply* reply);
  using Way = Napi::TypedThreadSafeFunction<Replies, Reply, deliver>;

  Way way_;
  size_t expected_ = 0;
  std::mutex mutex_;
  bool is_closed_ = false;  // guarded by the mutex: the environment is gone
};

}  // namespace chainrule::mpi
