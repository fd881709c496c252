#include "replies.h"

namespace chainrule::mpi {

Replies::Replies(Napi::Env env) : way_(Way::New(env, "chainrule.mpi", 0, 1, this)) {
  way_.Unref(env);
  env.AddCleanupHook(
      [](Replies* self) {
        const std::lock_guard lock(self->mutex_);
        self->is_closed_ = true;
      },
      this);
}

Reply* Replies::expect(Napi::Env env) {
  auto* reply = new Reply(env);
  if (expected_++ == 0) way_.Ref(env);
  return reply;
}

void Replies::settle(Reply* reply, const Outcome& outcome) {
  reply->reason = outcome.reason;
  reply->memory_in_use = outcome.memory_in_use;
  const std::lock_guard lock(mutex_);
  if (!is_closed_) way_.NonBlockingCall(reply);  // nobody waits for it otherwise
}

void Replies::deliver(Napi::Env env, Napi::Function, Replies* self, Reply* reply) {
  if (env == nullptr) return;
  if (--self->expected_ == 0) self->way_.Unref(env);
  if (!reply->reason.empty()) {
    reply->deferred.Reject(Napi::Error::New(env, reply->reason).Value());
  } else if (reply->receive.IsEmpty()) {
    reply->deferred.Resolve(env.Undefined());
  } else {
    reply->deferred.Resolve(reply->receive.Value());
  }
  // Its references keep memory that MPI may still write to.
  if (!reply->memory_in_use) delete reply;
}

}  // namespace chainrule::mpi
