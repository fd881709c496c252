// Settings of optimizers for tests.
#pragma once
#include <vector>

#include "nn/optimizer.h"

namespace chainrule {

/// Every optimizer with its settings on and off.
inline std::vector<OptimizerSpec> optimizer_specs() {
  std::vector<OptimizerSpec> all;
  for (size_t kind = 0; kind < kOptimizerCount; ++kind) {
    for (unsigned bits = 0; bits < 32; ++bits) {
      const auto on = [&](unsigned bit, double value) { return (bits >> bit & 1) != 0 ? value : 0; };
      OptimizerSpec s{};
      s.kind = static_cast<Optimizer>(kind);
      s.learning_rate = 0.05;
      s.weight_decay = on(0, 0.1);
      s.momentum = on(1, 0.9);
      s.nesterov = on(1, 1) != 0 && on(2, 1) != 0;
      s.centered = on(2, 1) != 0;
      s.beta1 = on(3, 0.9);
      s.beta2 = on(4, 0.999);
      s.alpha = 0.5 + on(3, 0.4);
      s.epsilon = 1e-8;
      s.learning_rate_decay = on(3, 0.25);
      s.initial_accumulator = on(4, 0.5);
      s.amsgrad = on(1, 1) != 0;
      s.momentum_decay = on(1, 0.004);
      s.rho = 0.5 + on(3, 0.4);
      s.eta_minus = 0.5;
      s.eta_plus = 1.2;
      s.min_step = on(4, 0.04);
      s.max_step = on(3, 0.01) + 0.055;
      all.push_back(s);
    }
  }
  return all;
}

}  // namespace chainrule
