// lib/native.ts's NativeIntake: arrays on their way in.
#pragma once
#include <napi.h>

namespace chainrule {

/// An object with the functions.
Napi::Object intake_object(Napi::Env env);

}  // namespace chainrule
