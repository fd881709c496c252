// Columns that go to the first layer unchanged.
#include "nn/inputs/input.h"
#include "nn/limits.h"

namespace chainrule {
namespace {

template <typename T>
class Numeric;

class NumericPlan : public InputPlanOf<NumericPlan, Numeric> {
 public:
  explicit NumericPlan(Numbers numbers) : count(numbers.size(kMaxWidth)) { numbers.end(); }

  uint64_t columns() const override { return count; }
  uint64_t width() const override { return count; }

  const size_t count;
};

template <typename T>
class Numeric : public Input<T> {
 public:
  Numeric(const NumericPlan& plan, const Tools<T>&, InputColumns at) : plan_(plan), at_(at) {}

  void forward(const Pass<T>&, PanelView<const T> x, PanelView<T> out, Range rows) override {
    for_column_runs(at_.in, at_.out, plan_.count, [&](size_t from, size_t to, size_t lanes) {
      for (size_t row = rows.begin; row < rows.end; ++row) std::copy_n(&x.at(row, from), lanes, &out.at(row, to));
    });
  }

 private:
  const NumericPlan& plan_;
  const InputColumns at_;
};

}  // namespace

std::unique_ptr<InputPlan> numeric_input(Numbers settings) { return std::make_unique<NumericPlan>(settings); }

}  // namespace chainrule
