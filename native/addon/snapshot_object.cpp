#include "addon/snapshot_object.h"

#include <memory>

#include "addon/environment.h"
#include "addon/external_memory.h"
#include "addon/guard.h"

namespace chainrule {
namespace {

struct Box final : Handle {
  Box(Napi::Env env, AnySnapshot kept) : snapshot(std::move(kept)), memory(env) {}
  bool is_garbage() const override { return object.Value().IsEmpty(); }
  void release() noexcept override {
    snapshot = Snapshot<float>();
    memory.set(0);
  }

  AnySnapshot snapshot;
  ExternalMemory memory;
  Napi::ObjectReference object;  // weak
};

/// Tells our objects from those that another addon has wrapped. A random number, as such tags must be.
constexpr napi_type_tag kSnapshotTag = {0x5d0c2f3a94b14e6eu, 0xa8f1763be02d49c7u};

}  // namespace

Napi::Value snapshot_object(Napi::Env env, AnySnapshot snapshot) {
  const size_t bytes = std::visit([](const auto& parameters) { return parameters->size() * sizeof(*parameters->data()); }, snapshot);
  Handles& handles = Environment::of(env).handles;
  handles.expect(env, bytes);
  auto box = std::make_unique<Box>(env, std::move(snapshot));
  Napi::Object object = Napi::Object::New(env);
  box->object = Napi::Weak(object);
  napi_status status = napi_wrap(
      env, object, box.get(), [](napi_env, void* data, void*) { delete static_cast<Box*>(data); }, nullptr, nullptr);
  NAPI_THROW_IF_FAILED(env, status, Napi::Value());
  Box& owned = *box.release();  // by the object
  status = napi_type_tag_object(env, object, &kSnapshotTag);
  NAPI_THROW_IF_FAILED(env, status, Napi::Value());
  owned.memory.set(bytes + sizeof(Box));
  handles.add(owned);
  return object;
}

const AnySnapshot& parse_snapshot(const Napi::Value& value) {
  bool ours = false;
  void* data = nullptr;
  const bool found = value.IsObject() && napi_check_object_type_tag(value.Env(), value, &kSnapshotTag, &ours) == napi_ok && ours &&
                     napi_unwrap(value.Env(), value, &data) == napi_ok;
  require(found, "not a snapshot");
  return static_cast<const Box*>(data)->snapshot;
}

}  // namespace chainrule
