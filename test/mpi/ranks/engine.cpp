// An addon that uses a group as the engine does: from a thread of its own, through the table of native/group/group.h.
//   exchange(external, partner, bytes: Uint8Array, use: 'once' | 'keep' | 'kept'): Promise of the partner's bytes, or of the reason in a
//   string
// With 'keep' the table is retained; 'kept' uses that one, and releases it.
#include <node_api.h>

#include <cstring>
#include <thread>
#include <vector>

#include "group/group.h"

namespace {

ChainruleGroup* kept = nullptr;

struct Work {
  ChainruleGroup* group;
  bool release;
  uint32_t partner;
  std::vector<uint8_t> send, receive;
  int failed = 0;
  char reason[200] = "";
  napi_deferred deferred = nullptr;
  napi_threadsafe_function done = nullptr;
};

napi_value text(napi_env env, const char* value) {
  napi_value result = nullptr;
  napi_create_string_utf8(env, value, NAPI_AUTO_LENGTH, &result);
  return result;
}

void settle(napi_env env, napi_value, void*, void* data) {
  Work* work = static_cast<Work*>(data);
  napi_value result = nullptr;
  if (work->failed != 0) {
    result = text(env, work->reason);
  } else {
    void* to = nullptr;
    napi_value buffer = nullptr;
    napi_create_arraybuffer(env, work->receive.size(), &to, &buffer);
    if (!work->receive.empty()) std::memcpy(to, work->receive.data(), work->receive.size());
    napi_create_typedarray(env, napi_uint8_array, work->receive.size(), buffer, 0, &result);
  }
  napi_resolve_deferred(env, work->deferred, result);
  napi_release_threadsafe_function(work->done, napi_tsfn_release);
  delete work;
}

napi_value exchange(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value args[4];
  napi_get_cb_info(env, info, &count, args, nullptr, nullptr);
  char use[8] = "";
  napi_get_value_string_utf8(env, args[3], use, sizeof(use), nullptr);
  ChainruleGroup* group = kept;
  if (std::strcmp(use, "kept") != 0) {
    const napi_type_tag tag = {CHAINRULE_GROUP_TAG_LOWER, CHAINRULE_GROUP_TAG_UPPER};
    bool tagged = false;
    napi_check_object_type_tag(env, args[0], &tag, &tagged);
    if (!tagged) return text(env, "the external has no tag");
    void* pointer = nullptr;
    napi_get_value_external(env, args[0], &pointer);
    group = static_cast<ChainruleGroup*>(pointer);
    if (group->version != CHAINRULE_GROUP_VERSION) return text(env, "the table is of another version");
    group->retain(group->context);
  }
  const bool keep = std::strcmp(use, "keep") == 0;
  if (keep) kept = group;

  uint32_t partner = 0;
  napi_get_value_uint32(env, args[1], &partner);
  void* data = nullptr;
  size_t size = 0;
  napi_get_typedarray_info(env, args[2], nullptr, &size, &data, nullptr, nullptr);
  const uint8_t* bytes = static_cast<const uint8_t*>(data);
  Work* work = new Work{group, !keep, partner, std::vector<uint8_t>(bytes, bytes + size), std::vector<uint8_t>(size)};
  napi_value promise = nullptr;
  napi_create_promise(env, &work->deferred, &promise);
  napi_create_threadsafe_function(env, nullptr, nullptr, text(env, "engine"), 0, 1, nullptr, nullptr, nullptr, settle, &work->done);
  std::thread([work] {
    ChainruleGroup* own = work->group;
    work->failed = own->exchange(own->context, work->partner, work->send.data(), work->receive.data(), work->send.size(), work->reason,
                                 sizeof(work->reason));
    if (work->release) own->release(own->context);
    napi_call_threadsafe_function(work->done, work, napi_tsfn_blocking);
  }).detach();
  return promise;
}

napi_value initialize(napi_env env, napi_value exports) {
  napi_value function = nullptr;
  napi_create_function(env, "exchange", NAPI_AUTO_LENGTH, exchange, nullptr, &function);
  napi_set_named_property(env, exports, "exchange", function);
  return exports;
}

}  // namespace

NAPI_MODULE(engine, initialize)
