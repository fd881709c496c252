#pragma once
#include <stdexcept>
#include <utility>

namespace chainrule {

/// An argument that TypeScript should have refused: a bug in the package, not in the user's code.
struct ContractViolation : std::logic_error {
  using std::logic_error::logic_error;
};

template <typename Message>
void require(bool condition, Message&& message) {
  if (!condition) throw ContractViolation(std::forward<Message>(message));
}

}  // namespace chainrule
