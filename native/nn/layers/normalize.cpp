// y = (x - mean) / deviation with the mean and the standard deviation of each column of the training data, which lib/training/adapt.ts
// measures before the first step. Until then the values pass unchanged.
#include <cmath>

#include "nn/layers/plan.h"
#include "nn/layers/settings.h"

namespace chainrule {
namespace {

template <typename T>
class Normalize;

class NormalizePlan : public LayerPlanOf<NormalizePlan, Normalize> {
 public:
  explicit NormalizePlan(Numbers numbers) { numbers.end(); }

  Shape plan(Shape in, Planner& planner) override {
    mean = planner.add_measured("mean", in.columns, 0);
    deviation = planner.add_measured("deviation", in.columns, 1);
    planner.add_measured("count", 1, 0);
    return in;
  }

  size_t mean = 0, deviation = 0;  // handles
};

template <typename T>
class Normalize : public Layer<T> {
 public:
  Normalize(const NormalizePlan& plan, const Tools<T>& tools)
      : kernels_(tools.kernels), mean_(tools.parameters.of(plan.mean)), deviation_(tools.parameters.of(plan.deviation)) {}

  void forward(const Pass<T>& pass, const PanelView<const T>& in, const PanelView<T>& out) override {
    parallel_for(in.panels(), 1, in.rows * in.cols, [&](Range panels) {
      for (size_t panel = panels.begin; panel < panels.end; ++panel) {
        T factors[kLanes];
        read_factors(pass, panel, factors);
        const T* mean = pass.parameters + mean_.offset + panel * kLanes;
        kernels_.normalize({in.panel(panel), out.panel(panel), factors, mean, in.rows, in.stride, out.stride, {0, 1}, false});
      }
    });
  }

  /// d *= 1 / deviation.
  Epilogue<T> epilogue(const Pass<T>& pass) override {
    pass_ = pass;
    const auto apply = [](const void* context, size_t panel, size_t, size_t rows, T* d) {
      const auto& self = *static_cast<const Normalize*>(context);
      T factors[kLanes];
      self.read_factors(self.pass_, panel, factors);
      self.kernels_.affine({d, d, factors, nullptr, rows, 0, 0, {0, 1}, false});
    };
    return {apply, nullptr, this};
  }
  bool is_elementwise() const override { return true; }

 private:
  /// 1 / deviation; 0 for columns without one, which have the same value in all rows, and for padding.
  void read_factors(const Pass<T>& pass, size_t panel, T* factors) const {
    const T* deviation = pass.parameters + deviation_.offset + panel * kLanes;
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const T factor = deviation[lane] == 0 ? 0 : 1 / deviation[lane];
      factors[lane] = std::isfinite(factor) ? factor : 0;
    }
  }

  const KernelTable<T>& kernels_;
  const Parameter &mean_, &deviation_;
  Pass<T> pass_{};  // of the last epilogue()
};

}  // namespace

std::unique_ptr<LayerPlan> normalize_plan(const LayerSpec& spec) { return std::make_unique<NormalizePlan>(settings_of(spec)); }

}  // namespace chainrule
