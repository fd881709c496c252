// A custom loss that JavaScript computes: lib/native.ts's NativeCustomLoss.
#pragma once
#include <napi.h>

#include "nn/custom_loss.h"
#include "nn/topology.h"

namespace chainrule {

/// For the duration of a call, on the thread of JavaScript.
template <typename T>
class JavaScriptLoss final : public CustomLoss<T> {
 public:
  JavaScriptLoss(const Napi::Object& object, const Topology& topology) : object_(object), topology_(topology) {}

  /// Looks each time: JavaScript could have detached them meanwhile.
  typename CustomLoss<T>::Arrays arrays() override;
  /// Throws ContractViolation if the function says that it has failed.
  void compute(size_t rows, bool gradient) override;

 private:
  Napi::Object object_;
  const Topology& topology_;
};

}  // namespace chainrule
