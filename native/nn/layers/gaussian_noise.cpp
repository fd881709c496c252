// Gaussian noise: in training, adds a normally distributed number with mean 0 to each value. The gradient passes unchanged.
#include <algorithm>
#include <limits>

#include "nn/layers/plan.h"
#include "nn/layers/settings.h"

namespace chainrule {
namespace {

template <typename T>
class GaussianNoise;

class GaussianNoisePlan : public LayerPlanOf<GaussianNoisePlan, GaussianNoise> {
 public:
  explicit GaussianNoisePlan(Numbers numbers) : stddev(numbers.number(0, std::numeric_limits<double>::max())) { numbers.end(); }

  Shape plan(Shape in, Planner& planner) override {
    random = planner.own_stream();
    return in;
  }
  bool predicts() const override { return false; }

  double stddev;
  uint32_t random = 0;  // stream
};

template <typename T>
class GaussianNoise : public Layer<T> {
 public:
  GaussianNoise(const GaussianNoisePlan& plan, const Tools<T>& tools) : kernels_(tools.kernels) {
    noise_.seed = tools.seed;
    noise_.stream = plan.random;
    noise_.stddev = static_cast<T>(std::min(plan.stddev, static_cast<double>(std::numeric_limits<T>::max())));
  }

  void forward(const Pass<T>& pass, const PanelView<const T>& in, const PanelView<T>& out) override {
    parallel_for(in.panels(), 1, in.rows * in.cols * kLanes, [&](Range panels) {
      for (size_t panel = panels.begin; panel < panels.end; ++panel) {
        for_places(pass.shards, 0, in.rows, [&](size_t first, size_t count, size_t place) {
          NoiseBlock<T> block = noise_;
          block.in = in.panel(panel) + first * kLanes;
          block.out = out.panel(panel) + first * kLanes;
          block.panel = panel;
          block.columns = in.cols;
          block.first_row = place;
          block.rows = count;
          block.step = pass.step;
          kernels_.gaussian_noise(block);
        });
      }
    });
  }

  bool is_elementwise() const override { return true; }

 private:
  const KernelTable<T>& kernels_;
  NoiseBlock<T> noise_{};
};

}  // namespace

std::unique_ptr<LayerPlan> gaussianNoise_plan(const LayerSpec& spec) { return std::make_unique<GaussianNoisePlan>(settings_of(spec)); }

}  // namespace chainrule
