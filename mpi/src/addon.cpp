// The list of exports. Their types stand in lib/mpi/binding.ts, which checks all arguments.
#include <napi.h>

#include <cstdlib>

#include "library.h"
#include "messenger.h"
#include "replies.h"
#include "table.h"

namespace chainrule::mpi {
namespace {

/// Of the process: MPI is started once, and neither is destroyed.
Messenger* messenger = nullptr;
Replies* replies = nullptr;

Messenger& open_messenger(Napi::Env env) {
  if (messenger == nullptr) throw Napi::Error::New(env, "MPI has not been started");
  return *messenger;
}

std::function<void(const Outcome&)> settling(Reply* reply) {
  return [reply](const Outcome& outcome) { replies->settle(reply, outcome); };
}

/// How the process ends. One that does not say so has failed.
int exit_code = 1;
std::string why_it_ends;

/// leave(code, why): at the event 'exit', after which Node.js may still print the error that ends the process.
Napi::Value leave(const Napi::CallbackInfo& call) {
  exit_code = call[0].ToNumber().Int32Value();
  why_it_ends = call[1].ToString();
  return call.Env().Undefined();
}

void at_exit() { messenger->end(exit_code, why_it_ends); }

/// open(timeout: seconds): Promise
Napi::Value open(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  if (messenger != nullptr || replies != nullptr) throw Napi::Error::New(env, "MPI has been started already");
  replies = new Replies(env);
  Reply* reply = replies->expect(env);
  const Napi::Promise promise = reply->deferred.Promise();
  const std::chrono::duration<double> timeout(call[0].ToNumber().DoubleValue());
  try {
    messenger = &Messenger::start(timeout, [reply](const std::string& reason) { replies->settle(reply, {.reason = reason}); });
    std::atexit(at_exit);
  } catch (const std::exception& error) {
    replies->settle(reply, {.reason = std::string("a thread could not be started: ") + error.what()});
  }
  return promise;
}

/// The external for the engine, and this process's place: { rank, size, table }, once open() has been resolved.
Napi::Value group(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  Messenger& open = open_messenger(env);
  ChainruleGroup* table = new_table(open);
  const auto external = Napi::External<ChainruleGroup>::New(env, table, [](Napi::Env, ChainruleGroup* own) { own->release(own->context); });
  const napi_type_tag tag{CHAINRULE_GROUP_TAG_LOWER, CHAINRULE_GROUP_TAG_UPPER};
  if (napi_type_tag_object(env, external, &tag) != napi_ok) throw Napi::Error::New(env, "this Node.js does not tag externals");
  Napi::Object object = Napi::Object::New(env);
  object.Set("rank", open.place().rank);
  object.Set("size", open.place().size);
  object.Set("table", external);
  return object;
}

/// exchange(partner, send: Uint8Array, receive: Uint8Array): Promise of `receive`. The caller leaves the arrays alone meanwhile.
Napi::Value exchange(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  Messenger& open = open_messenger(env);
  const int partner = call[0].ToNumber().Int32Value();
  if (!call[1].IsTypedArray() || !call[2].IsTypedArray()) throw Napi::TypeError::New(env, "send and receive must be typed arrays");
  const auto send = call[1].As<Napi::Uint8Array>();
  auto receive = call[2].As<Napi::Uint8Array>();
  if (partner < 0 || partner >= open.place().size || send.ByteLength() != receive.ByteLength())
    throw Napi::RangeError::New(env, "there is no such rank, or the arrays differ in length");
  Reply* reply = replies->expect(env);
  reply->send = Napi::Persistent(send.As<Napi::Object>());
  reply->receive = Napi::Persistent(receive.As<Napi::Object>());
  const Napi::Promise promise = reply->deferred.Promise();
  open.submit({.kind = Kind::kScript,
               .partners = {partner},
               .bytes = {reinterpret_cast<const std::byte*>(send.Data()), reinterpret_cast<std::byte*>(receive.Data()), send.ByteLength()},
               .done = settling(reply)});
  return promise;
}

/// A promise of what all ranks do together.
Napi::Value promise_of(const Napi::CallbackInfo& call, void (Messenger::*begin)(Messenger::Done)) {
  Messenger& open = open_messenger(call.Env());
  Reply* reply = replies->expect(call.Env());
  const Napi::Promise promise = reply->deferred.Promise();
  (open.*begin)(settling(reply));
  return promise;
}

/// barrier(): Promise
Napi::Value barrier(const Napi::CallbackInfo& call) { return promise_of(call, &Messenger::barrier); }

/// close(): Promise
Napi::Value close(const Napi::CallbackInfo& call) { return promise_of(call, &Messenger::close); }

Napi::Object exports_for(Napi::Env env, Napi::Object exports) {
  exports.Set("library", describe());
  exports.Set("open", Napi::Function::New(env, open, "open"));
  exports.Set("group", Napi::Function::New(env, group, "group"));
  exports.Set("exchange", Napi::Function::New(env, exchange, "exchange"));
  exports.Set("barrier", Napi::Function::New(env, barrier, "barrier"));
  exports.Set("close", Napi::Function::New(env, close, "close"));
  exports.Set("leave", Napi::Function::New(env, leave, "leave"));
  return exports;
}

}  // namespace
}  // namespace chainrule::mpi

static Napi::Object initialize(Napi::Env env, Napi::Object exports) { return chainrule::mpi::exports_for(env, exports); }
NODE_API_MODULE(chainrule_mpi, initialize)
