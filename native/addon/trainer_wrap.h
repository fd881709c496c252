// The JavaScript class Trainer: lib/native.ts's NativeTrainer, for both precisions.
#pragma once
#include <napi.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <variant>

#include "addon/custom_loss.h"
#include "addon/external_memory.h"
#include "addon/guard.h"
#include "addon/handles.h"
#include "addon/operations.h"
#include "addon/parse.h"
#include "nn/trainer.h"
#include "nn/trainer_thread.h"

namespace chainrule {

/// A trainer and its samples; the wrapper and the operations under way own it together.
template <typename T>
struct TrainerState {
  TrainerState(const std::shared_ptr<Network<T>>& trained, const TrainerSpec& spec, LastingSamples<T> taken,
               const std::shared_ptr<const Group>& group, uint64_t all_rows)
      : network(trained), samples(std::move(taken)), is_shared(group != nullptr), trainer(trained, spec, samples.view(), group, all_rows) {}

  const std::shared_ptr<Network<T>> network;
  const LastingSamples<T> samples;
  const bool is_shared;  // with other processes, which it may have to wait for
  Trainer<T> trainer;
  std::atomic<bool> busy{false};  // set on the JavaScript thread, cleared on the trainer's
};

using AnyTrainer = std::variant<std::monostate, std::shared_ptr<TrainerState<float>>, std::shared_ptr<TrainerState<double>>>;

class TrainerWrap : public Napi::ObjectWrap<TrainerWrap>, private Handle {
 public:
  static constexpr const char* kName = "Trainer";
  static constexpr napi_type_tag kTag = {0x42d09b6ce17f4385u, 0xae5c81f3290b7d64u};

  static Napi::Function define(Napi::Env env);
  template <typename T>
  static Napi::Value create(Napi::Env env, const std::shared_ptr<Network<T>>& network, const TrainerSpec& spec,
                            const std::optional<SamplesFields>& samples, const Napi::Value& loss, const std::shared_ptr<const Group>& group,
                            uint64_t all_rows);
  /// A closed trainer; create() opens it. JavaScript can get at the class, and must not be able to make anything else with it.
  explicit TrainerWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value run(const Napi::CallbackInfo& info);
  Napi::Value step(const Napi::CallbackInfo& info);
  Napi::Value publish(const Napi::CallbackInfo& info);
  Napi::Value divergence(const Napi::CallbackInfo& info);
  Napi::Value state(const Napi::CallbackInfo& info);
  Napi::Value gather(const Napi::CallbackInfo& info);
  Napi::Value restore(const Napi::CallbackInfo& info);
  Napi::Value abort(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  bool is_garbage() const override { return Value().IsEmpty(); }
  void release() noexcept override;
  void account();

  template <typename Body>
  Napi::Value with_idle(Body body);
  template <typename T>
  RunResult do_here(const std::shared_ptr<TrainerState<T>>& state, const std::function<RunResult()>& work);
  /// Does the work, at once if it is little or needs JavaScript, and returns its outcome or a promise of it.
  template <typename T>
  Napi::Value start(const std::shared_ptr<TrainerState<T>>& state, double multiply_adds, std::function<RunResult()> work,
                    const Napi::Value& records, Held held);
  template <typename T>
  Napi::Value start(const std::shared_ptr<TrainerState<T>>& state, Operation operation, Held held);

  AnyTrainer trainer_;
  std::unique_ptr<TrainerThread> thread_;
  Held held_;                   // the shared memory that the trainer's samples are in
  Napi::ObjectReference loss_;  // empty: it is not custom
  ExternalMemory memory_;
};

}  // namespace chainrule
