// The short way to a prediction: a function bound to two arrays.
#pragma once
#include "addon/network_wrap.h"

namespace chainrule {

/// A function (rows) that predicts the first rows of `input` into `output`. Both must lie in SharedArrayBuffers: that is memory which
/// cannot be detached, so their addresses are taken only once.
template <typename T>
Napi::Value bind_predictor(Napi::Env env, const std::shared_ptr<OpenNetwork<T>>& network, const Napi::Value& input,
                           const Napi::Value& output);

/// Makes such a function let go of its network, which is freed if nothing else refers to it; calls throw from then on.
void release_predictor(const Napi::Value& function);

}  // namespace chainrule
