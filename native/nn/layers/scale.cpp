// y = x * scale, one trained factor for each column.
#include <algorithm>

#include "nn/layers/plan.h"
#include "nn/layers/settings.h"

namespace chainrule {
namespace {

template <typename T>
class Scale;

class ScalePlan : public LayerPlanOf<ScalePlan, Scale> {
 public:
  explicit ScalePlan(Numbers numbers) { numbers.end(); }

  Shape plan(Shape in, Planner& planner) override {
    Initializer ones;
    ones.kind = InitializerKind::constant;
    ones.value = 1;
    scale = planner.add("scale", 1, in.columns, ones);
    return in;
  }

  size_t scale = 0;  // handle
};

/// Panels whose sums are taken together: as many as the kernel adds up side by side.
constexpr size_t kPanelsAtOnce = 4;

template <typename T>
class Scale : public Layer<T> {
 public:
  Scale(const ScalePlan& plan, const Tools<T>& tools) : kernels_(tools.kernels), scale_(tools.parameters.of(plan.scale)) {}

  void forward(const Pass<T>& pass, const PanelView<const T>& in, const PanelView<T>& out) override {
    parallel_for(in.panels(), 1, in.rows * in.cols, [&](Range panels) { multiply(pass, in, out, panels); });
  }

  /// dX = dY * scale; then dscale = the sum of X * dY over the rows.
  void backward(const Pass<T>& pass, PanelView<const T> in, const Gradient<T>& dy, const GradientTarget<T>& target,
                const GradientSink<T>& sink) override {
    if (target.wanted()) target.write(kernels_, [&](size_t panel) { multiply(pass, dy.d, target.d, {panel, panel + 1}); });
    parallel_for(in.panels(), kPanelsAtOnce, in.rows * in.cols, [&](Range panels) {
      for (size_t panel = panels.begin; panel < panels.end; panel += kPanelsAtOnce) {
        const size_t count = std::min(kPanelsAtOnce, panels.end - panel);
        T sums[kPanelsAtOnce * kLanes];
        sum_over_shards<kPanelsAtOnce>(kernels_, pass.shards, in.rows, sums, count, [&](Range rows, T* out) {
          const size_t first = rows.begin * kLanes;
          kernels_.column_products(
              {in.panel(panel) + first, dy.d.panel(panel) + first, out, rows.end - rows.begin, in.stride, dy.d.stride, {0, count}});
        });
        sink.take(kernels_, scale_.offset + panel * kLanes, sums, count);
      }
    });
  }

 private:
  void multiply(const Pass<T>& pass, PanelView<const T> in, PanelView<T> out, Range panels) const {
    kernels_.affine({in.data, out.data, pass.parameters + scale_.offset, nullptr, in.rows, in.stride, out.stride, panels, false});
  }

  const KernelTable<T>& kernels_;
  const Parameter& scale_;
};

}  // namespace

std::unique_ptr<LayerPlan> scale_plan(const LayerSpec& spec) { return std::make_unique<ScalePlan>(settings_of(spec)); }

}  // namespace chainrule
