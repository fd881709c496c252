// The contract of all kinds of inputs: some columns of x, and what they become before the first layer. A kind is a file in this folder and
// a row in inputs.inc.
#pragma once
#include <algorithm>
#include <memory>

#include "math/contract.h"
#include "math/parallel_for.h"
#include "nn/layers/plan.h"
#include "nn/numbers.h"

namespace chainrule {

/// Where an input has its columns: the first one in x, and the first one in what all inputs become together.
struct InputColumns {
  size_t in, out;
};

/// One input at work on batches.
template <typename T>
class Input {
 public:
  Input() = default;
  virtual ~Input() = default;
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  /// As Layer::set_rows() and Layer::bytes().
  virtual void set_rows(size_t) {}
  virtual size_t bytes() const { return 0; }

  /// Before forward(), on one thread: what all rows have in common.
  virtual void begin(const Pass<T>&) {}
  /// Writes its columns of `out`, in these rows. Threads have rows of their own.
  virtual void forward(const Pass<T>& pass, PanelView<const T> x, PanelView<T> out, Range rows) = 0;
  /// From dLoss/dOut to the gradients of its parameters. Both matrices are as forward() left them.
  virtual void backward(const Pass<T>&, PanelView<const T>, PanelView<const T>, PanelView<const T>, const GradientSink<T>&) {}
};

/// An input before it works.
class InputPlan {
 public:
  InputPlan() = default;
  virtual ~InputPlan() = default;
  InputPlan(const InputPlan&) = delete;
  InputPlan& operator=(const InputPlan&) = delete;

  /// Its columns in x.
  virtual uint64_t columns() const = 0;
  /// The number of columns that they become.
  virtual uint64_t width() const = 0;
  /// The work of a row of it, in multiply-adds.
  virtual size_t work() const { return static_cast<size_t>(width()); }
  /// Declares its tensors.
  virtual void declare(Planner&) {}
  virtual std::unique_ptr<Input<float>> make(const Tools<float>& tools, InputColumns at) const = 0;
  virtual std::unique_ptr<Input<double>> make(const Tools<double>& tools, InputColumns at) const = 0;
};

/// make() for both element types by one template: the inputs are AtWork<T>(plan, tools, at).
template <typename Plan, template <typename> class AtWork>
class InputPlanOf : public InputPlan {
 public:
  std::unique_ptr<Input<float>> make(const Tools<float>& tools, InputColumns at) const override { return made(tools, at); }
  std::unique_ptr<Input<double>> make(const Tools<double>& tools, InputColumns at) const override { return made(tools, at); }

 private:
  template <typename T>
  std::unique_ptr<Input<T>> made(const Tools<T>& tools, InputColumns at) const {
    return std::make_unique<AtWork<T>>(static_cast<const Plan&>(*this), tools, at);
  }
};

/// Each kind's own function of that sort, in its file: a new plan. Throws ContractViolation if the settings are not what they have to be.
#define INPUT(name) std::unique_ptr<InputPlan> name##_input(Numbers settings);
#include "nn/inputs.inc"
#undef INPUT

/// f(from, to, lanes) for the runs of `count` columns within one panel of both sides: from `from` in one matrix, from `to` in another.
template <typename F>
void for_column_runs(size_t from, size_t to, size_t count, const F& f) {
  for (size_t i = 0, lanes; i < count; i += lanes) {
    lanes = std::min({count - i, kLanes - (from + i) % kLanes, kLanes - (to + i) % kLanes});
    f(from + i, to + i, lanes);
  }
}

}  // namespace chainrule
