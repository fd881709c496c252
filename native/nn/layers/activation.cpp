// a = f(x), an activation as a layer of its own.
#include "nn/layers/activation_function.h"
#include "nn/layers/plan.h"
#include "nn/layers/settings.h"

namespace chainrule {
namespace {

template <typename T>
class ActivationLayer;

class ActivationPlan : public LayerPlanOf<ActivationPlan, ActivationLayer> {
 public:
  explicit ActivationPlan(Numbers numbers) : activation(read_activation(numbers)) { numbers.end(); }

  Shape plan(Shape in, Planner&) override { return in; }

  Activation activation;
};

template <typename T>
class ActivationLayer : public Layer<T> {
 public:
  ActivationLayer(const ActivationPlan& plan, const Tools<T>& tools) : function_(tools.kernels, plan.activation) {}

  void forward(const Pass<T>&, const PanelView<const T>& in, const PanelView<T>& out) override {
    function_.apply(in, out);
    saved_ = function_.reads_input() ? in : out;
  }

  Epilogue<T> epilogue(const Pass<T>&) override { return function_.epilogue(saved_); }
  bool is_elementwise() const override { return true; }

 private:
  ActivationFunction<T> function_;
  PanelView<const T> saved_;  // of the last forward()
};

}  // namespace

std::unique_ptr<LayerPlan> activation_plan(const LayerSpec& spec) { return std::make_unique<ActivationPlan>(settings_of(spec)); }

}  // namespace chainrule
