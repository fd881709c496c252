// The list of exports. Their types stand in lib/native.ts.
#include <napi.h>

#include "addon/bound_predictor.h"
#include "addon/environment.h"
#include "addon/guard.h"
#include "addon/intake.h"
#include "addon/live_threads.h"
#include "addon/network_wrap.h"
#include "addon/parse.h"
#include "addon/trainer_wrap.h"
#include "kernels/dispatch.h"
#include "math/thread_pool.h"
#include "nn/names.h"

namespace chainrule {
namespace {

template <typename Strings>
Napi::Array string_array(Napi::Env env, const Strings& strings) {
  Napi::Array array = Napi::Array::New(env);
  for (const char* string : strings) array[array.Length()] = Napi::String::New(env, string);
  return array;
}

Napi::Value info(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  return guard(env, [&] {
    std::vector<const char*> isas;
    for (const Kernels* available : available_kernels()) isas.push_back(available->isa);
    Napi::Object object = Napi::Object::New(env);
    object.Set("isa", kernels().isa);
    object.Set("isas", string_array(env, isas));
    std::vector<const char*> precisions = {"f32", "f64"};
    if (bf16_kernels() != nullptr) precisions.push_back("bf16");
    object.Set("precisions", string_array(env, precisions));
    object.Set("threads", ThreadPool::shared().size());
    return object;
  });
}

Napi::Value set_threads(const Napi::CallbackInfo& call) {
  return guard(call.Env(), [&] {
    ThreadPool::shared().resize(static_cast<int>(count_of(call[0], "count", ThreadPool::kMaxThreads)));
    return call.Env().Undefined();
  });
}

Napi::Value open_shared(const Napi::CallbackInfo& call) {
  return guard(call.Env(), [&] {
    require(call[0].IsString(), "id is not a string");
    return NetworkWrap::open(call.Env(), call[0].As<Napi::String>());
  });
}

Napi::Value release(const Napi::CallbackInfo& call) {
  return guard(call.Env(), [&] {
    release_predictor(call[0]);
    return call.Env().Undefined();
  });
}

Napi::Value is_thread_alive(const Napi::CallbackInfo& call) {
  return guard(call.Env(), [&] {
    require(call[0].IsNumber(), "number is not a number");
    const double number = call[0].As<Napi::Number>().DoubleValue();
    const bool valid = number >= 1 && number <= 0x1p53;
    return Napi::Boolean::New(call.Env(), valid && LiveThreads::get().has(static_cast<uint64_t>(number)));
  });
}

Napi::Object thread_object(Napi::Env env, const LiveThread& thread) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("list", LiveThreads::get().id());
  object.Set("number", static_cast<double>(thread.number));
  object.Set("isAlive", Napi::Function::New(env, is_thread_alive, "isAlive"));
  return object;
}

Napi::Object names(Napi::Env env) {
  Napi::Object object = Napi::Object::New(env);
  for (const NameList& list : kNameLists) object.Set(list.name, string_array(env, list.names));
  return object;
}

/// Called once for each environment: the main thread and every worker.
Napi::Object exports_for(Napi::Env env, Napi::Object exports) {
  auto* environment = new Environment(env);
  env.SetInstanceData(environment);  // which owns it
  environment->trainer_class = Napi::Persistent(TrainerWrap::define(env));
  const Napi::Function network_class = NetworkWrap::define(env);
  environment->network_class = Napi::Persistent(network_class);
  exports.Set("Network", network_class);
  exports.Set("openShared", Napi::Function::New(env, open_shared, "openShared"));
  exports.Set("release", Napi::Function::New(env, release, "release"));
  exports.Set("info", Napi::Function::New(env, info, "info"));
  exports.Set("setThreads", Napi::Function::New(env, set_threads, "setThreads"));
  exports.Set("intake", intake_object(env));
  exports.Set("thread", thread_object(env, environment->thread));
  exports.Set("names", names(env));
  return exports;
}

}  // namespace
}  // namespace chainrule

static Napi::Object initialize(Napi::Env env, Napi::Object exports) { return chainrule::exports_for(env, exports); }
NODE_API_MODULE(chainrule, initialize)
