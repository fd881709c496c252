#include "addon/operations.h"

#include <condition_variable>
#include <mutex>
#include <utility>

#include "addon/guard.h"

namespace chainrule {

/// An operation on its way. Shared by the environment and the thread; `error` is handed over by the channel's mutex.
struct Operations::Task {
  Operation operation;
  std::exception_ptr error;
};

/// The part that the JavaScript thread keeps meanwhile.
struct Operations::Pending {
  std::shared_ptr<Task> task;
  napi_deferred deferred;
  Held held;
};

/// The threads' way back. They must not call a thread-safe function whose environment is gone. So every call is made under a mutex, and
/// only while the channel is open.
class Operations::Channel {
 public:
  /// Whether the work may begin.
  bool begin(const Task& task) {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    if (task.operation.borrows) ++borrowers_;
    return true;
  }

  void end(Task* task) {
    const std::lock_guard lock(mutex_);
    if (task->operation.borrows) --borrowers_;
    if (closed_) {
      returned_.notify_all();
    } else {
      napi_call_threadsafe_function(function_, task, napi_tsfn_nonblocking);
    }
  }

  /// On the JavaScript thread. Returns when no borrower is left.
  void close() {
    std::unique_lock lock(mutex_);
    if (std::exchange(closed_, true)) return;
    napi_release_threadsafe_function(function_, napi_tsfn_release);
    returned_.wait(lock, [&] { return borrowers_ == 0; });
  }

  /// Set once, before any thread knows of the channel. On the JavaScript thread it may be used without the mutex, as close() is called
  /// there.
  napi_threadsafe_function function_ = nullptr;

 private:
  std::mutex mutex_;
  std::condition_variable returned_;
  int borrowers_ = 0;
  bool closed_ = false;
};

Operations::Operations(Napi::Env env) : env_(env), channel_(std::make_shared<Channel>()) {
  const napi_value name = Napi::String::New(env, "chainrule");
  napi_status status =
      napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, on_done, &channel_->function_);
  NAPI_THROW_IF_FAILED_VOID(env, status);
  // Idle, it does not keep the process running.
  status = napi_unref_threadsafe_function(env, channel_->function_);
  NAPI_THROW_IF_FAILED_VOID(env, status);
  // Hooks run in reverse order, so this one runs before the thread-safe function's own, which makes it unusable.
  status = napi_add_env_cleanup_hook(
      env, [](void* operations) { static_cast<Operations*>(operations)->close(); }, this);
  NAPI_THROW_IF_FAILED_VOID(env, status);
}

Operations::~Operations() = default;

Napi::Value Operations::start(Executor execute, Operation operation, Held held) {
  napi_value promise = nullptr;
  Pending pending{std::make_shared<Task>(), nullptr, std::move(held)};
  pending.task->operation = std::move(operation);
  const std::shared_ptr<Task> task = pending.task;
  const napi_status status = napi_create_promise(env_, &pending.deferred, &promise);
  NAPI_THROW_IF_FAILED(env_, status, Napi::Value());
  pending_.emplace(task.get(), std::move(pending));
  if (pending_.size() == 1) napi_ref_threadsafe_function(env_, channel_->function_);
  try {
    execute([channel = channel_, task] {
      if (!channel->begin(*task)) return;
      try {
        task->operation.work();
      } catch (...) {
        task->error = std::current_exception();
      }
      channel->end(task.get());
    });
  } catch (...) {  // no thread was started: the job was not taken
    task->error = std::current_exception();
    settle(task.get());
  }
  return {env_, promise};
}

void Operations::on_done(napi_env env, napi_value, void* operations, void* task) {
  // Without an environment, it ends, and close() has taken care of everything.
  if (env != nullptr) static_cast<Operations*>(operations)->settle(static_cast<Task*>(task));
}

void Operations::settle(Task* task) {
  const auto entry = pending_.extract(task);
  if (entry.empty()) return;
  if (pending_.empty()) napi_unref_threadsafe_function(env_, channel_->function_);
  const Pending& pending = entry.mapped();
  // Statuses are ignored, and errors too: they come from an environment that no longer runs JavaScript, and then nobody waits for the
  // promise.
  try {
    try {
      if (task->error != nullptr) std::rethrow_exception(task->error);
      const Napi::Value value = task->operation.result(env_, pending.held);
      napi_resolve_deferred(env_, pending.deferred, value);
    } catch (...) {
      const Napi::Error error = js_error(env_, std::current_exception());
      napi_reject_deferred(env_, pending.deferred, error.Value());
    }
  } catch (const Napi::Error&) {
  }
}

void Operations::close() {
  for (const auto& [task, pending] : pending_) {
    if (task->operation.abort) task->operation.abort();
  }
  channel_->close();
  pending_.clear();
}

}  // namespace chainrule
