#include "addon/custom_loss.h"

#include "addon/arrays.h"
#include "math/contract.h"

namespace chainrule {

template <typename T>
typename CustomLoss<T>::Arrays JavaScriptLoss<T>::arrays() {
  const Napi::HandleScope scope(object_.Env());
  const auto array = [&](const char* name, size_t columns) {
    return elements<T>(object_.Get(name), uint64_t{CustomLoss<T>::kRowsAtOnce} * columns, name);
  };
  const size_t outputs = topology_.outputs;
  return {array("outputs", outputs), array("targets", topology_.targets), array("losses", 1), array("gradient", outputs)};
}

template <typename T>
void JavaScriptLoss<T>::compute(size_t rows, bool gradient) {
  const Napi::Env env = object_.Env();
  const Napi::HandleScope scope(env);
  const Napi::Value function = object_.Get("compute");
  require(function.IsFunction(), "compute is not a function");
  const Napi::Value done =
      function.As<Napi::Function>().Call(object_, {Napi::Number::New(env, static_cast<double>(rows)), Napi::Boolean::New(env, gradient)});
  require(done.IsBoolean() && done.As<Napi::Boolean>().Value(), "the loss has failed");
}

template class JavaScriptLoss<float>;
template class JavaScriptLoss<double>;

}  // namespace chainrule
