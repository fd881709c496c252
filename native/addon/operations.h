// Work away from the JavaScript thread, and how it comes back as a settled promise.
#pragma once
#include <napi.h>

#include <exception>
#include <functional>
#include <memory>
#include <unordered_map>

#include "addon/arrays.h"
#include "math/background.h"
#include "math/function_ref.h"

namespace chainrule {

/// Multiply-adds (some 100 us of one core, or less) up to which work is done at once: the way to another thread and back takes longer.
constexpr double kWorthAThread = 1 << 20;

/// Something to do on another thread. It may be destroyed on any thread, so what JavaScript owns is not in here but in the Held beside it.
struct Operation {
  std::function<void()> work;  ///< on the other thread; may throw
  std::function<Napi::Value(Napi::Env, const Held&)>
      result;                   ///< on the JavaScript thread, if work() did not throw: what the promise becomes
  std::function<void()> abort;  ///< on the JavaScript thread, when it ends: makes work() return soon; may be empty
  bool borrows = false;         ///< whether work() uses memory that JavaScript owns
};

/// Whatever does a job, once, on another thread.
using Executor = FunctionRef<void(std::function<void()>)>;

/// The executor of what has no thread of its own.
inline constexpr auto in_background = [](std::function<void()> job) { run_in_background(std::move(job)); };

/// The operations of one environment (the main thread, or a worker). All results come through one thread-safe function. Operations
/// under way keep the event loop alive.
///
/// An environment can end at any time: worker.terminate(), an uncaught exception. From then on nothing reaches JavaScript. Operations under
/// way are aborted but not waited for, as they own all they touch, except those that borrow memory from JavaScript: V8 frees it right
/// after, so close() waits until they are done. (process.exit() on the main thread calls nobody, and frees nothing either.)
class Operations {
 public:
  explicit Operations(Napi::Env env);
  ~Operations();
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;

  /// Does the operation through `execute`; `held` stays alive until it is done. Returns the promise.
  Napi::Value start(Executor execute, Operation operation, Held held);

 private:
  class Channel;
  struct Task;
  struct Pending;

  static void on_done(napi_env env, napi_value, void* operations, void* task);
  void settle(Task* task);
  void close();

  const Napi::Env env_;
  const std::shared_ptr<Channel> channel_;  // shared with the threads
  std::unordered_map<Task*, Pending> pending_;
};

}  // namespace chainrule
