// A loss that the host computes, say in JavaScript: there is no kernel for it.
#pragma once
#include <cstddef>

namespace chainrule {

template <typename T>
class CustomLoss {
 public:
  /// Row-major. A caller writes outputs and targets and reads losses and gradient, those with respect to the outputs; they have room for
  /// kRowsAtOnce rows.
  struct Arrays {
    T* outputs;
    T* targets;
    T* losses;
    T* gradient;
  };
  static constexpr size_t kRowsAtOnce = 64;

  virtual ~CustomLoss() = default;
  /// May be others after compute(). May throw.
  virtual Arrays arrays() = 0;
  /// Computes the losses of the first `rows` rows, and their gradients if they are asked for. May throw.
  virtual void compute(size_t rows, bool gradient) = 0;
};

}  // namespace chainrule
