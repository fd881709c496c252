// A custom loss that JavaScript computes: lib/native.ts's NativeCustomLoss.
#pragma once
#include <vector>

#include "math/contract.h"
#include "nn/custom_loss.h"
#include "nn/topology.h"

/// lib/wasm/custom-loss.ts: the function of the call under way. False if it has failed.
extern "C" __attribute__((import_module("chainrule"), import_name("custom_loss"))) bool custom_loss(size_t rows, bool gradient,
                                                                                                    const void* outputs,
                                                                                                    const void* targets, void* losses,
                                                                                                    void* gradients);

namespace chainrule {

template <typename T>
class ImportedLoss final : public CustomLoss<T> {
 public:
  explicit ImportedLoss(const Topology& topology)
      : outputs_(room(topology.outputs)), targets_(room(topology.targets)), losses_(room(1)), gradient_(room(topology.outputs)) {}

  typename CustomLoss<T>::Arrays arrays() override { return {outputs_.data(), targets_.data(), losses_.data(), gradient_.data()}; }

  void compute(size_t rows, bool gradient) override {
    require(custom_loss(rows, gradient, outputs_.data(), targets_.data(), losses_.data(), gradient_.data()), "the loss has failed");
  }

 private:
  static size_t room(size_t columns) { return CustomLoss<T>::kRowsAtOnce * columns; }

  std::vector<T> outputs_, targets_, losses_, gradient_;
};

}  // namespace chainrule
