// A row of numbers, read one after the other: how specifications cross the border, from the addon and from WebAssembly alike.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace chainrule {

class Numbers {
 public:
  explicit Numbers(std::span<const double> numbers) : rest_(numbers) {}

  /// The methods throw ContractViolation if there is no number left, or it is not what it has to be.
  double number();
  /// A number from `min` to `max`.
  double number(double min, double max);
  bool flag() { return number() != 0; }
  /// A whole number from `min` to `max`.
  uint64_t whole(uint64_t min, uint64_t max);
  size_t size(size_t max) { return static_cast<size_t>(whole(1, max)); }
  /// The index of a name in a list of `count`.
  template <typename Enum>
  Enum one_of(size_t count) {
    return static_cast<Enum>(whole(0, count - 1));
  }
  /// The next `count` numbers, unchecked.
  std::span<const double> take(size_t count);
  /// The numbers that are left.
  size_t left() const { return rest_.size(); }
  /// Throws ContractViolation if there are more numbers.
  void end() const;

 private:
  std::span<const double> rest_;
};

}  // namespace chainrule
