// The short way to a prediction: a function bound to two arrays.
#pragma once
#include "addon/network_wrap.h"

namespace chainrule {

/// A function (rows) that predicts the first rows of `input` into `output`. Both must lie in SharedArrayBuffers: that is memory which
/// cannot be detached, so their addresses are taken only once.
template <typename T>
Napi::Value bind_predictor(Napi::Env env, const std::shared_ptr<NetworkState<T>>& state, const Napi::Value& input,
                           const Napi::Value& output);

}  // namespace chainrule
