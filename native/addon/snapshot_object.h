// An immutable copy of a network's parameters, as an opaque JavaScript object.
#pragma once
#include <napi.h>

#include "nn/any_snapshot.h"

namespace chainrule {

Napi::Value snapshot_object(Napi::Env env, AnySnapshot snapshot);
/// Throws if `value` did not come from snapshot_object.
const AnySnapshot& parse_snapshot(const Napi::Value& value);

}  // namespace chainrule
