// Dropout (Srivastava et al. 2014): in training, zeroes each value with the probability `rate` and scales the others by 1 / (1 - rate).
#include <algorithm>
#include <vector>

#include "math/contract.h"
#include "nn/layers/plan.h"
#include "nn/layers/settings.h"

namespace chainrule {
namespace {

template <typename T>
class Dropout;

class DropoutPlan : public LayerPlanOf<DropoutPlan, Dropout> {
 public:
  explicit DropoutPlan(Numbers numbers) : rates{numbers.number(0, 1)} {
    require(rates[0] < 1, "rate is out of range");
    numbers.end();
  }

  /// Several in a row are one with the product of their keep probabilities.
  bool merge(const LayerPlan& next) override {
    const auto* other = dynamic_cast<const DropoutPlan*>(&next);
    if (other != nullptr) rates.insert(rates.end(), other->rates.begin(), other->rates.end());
    return other != nullptr;
  }
  Shape plan(Shape in, Planner& planner) override {
    random = planner.mask_stream();
    return in;
  }
  bool predicts() const override { return false; }

  /// The rate of all together, with each one's times `factor`.
  double rate(double factor) const {
    double merged = rates[0] * factor;
    for (size_t i = 1; i < rates.size(); ++i) merged = 1 - (1 - merged) * (1 - rates[i] * factor);
    return std::clamp(merged, 0.0, kMostDropped);
  }

  uint32_t random = 0;  // stream

 private:
  static constexpr double kMostDropped = 1 - 0x1p-32;
  std::vector<double> rates;
};

template <typename T>
class Dropout : public Layer<T> {
 public:
  Dropout(const DropoutPlan& plan, const Tools<T>& tools) : plan_(plan), tools_(tools) {
    mask_.seed = tools.seed;
    mask_.stream = plan.random;
  }

  void forward(const Pass<T>& pass, const PanelView<const T>& in, const PanelView<T>& out) override {
    const double rate = plan_.rate(pass.dropout);
    mask_.threshold = static_cast<uint32_t>(std::min(rate * 0x1p32, 0x1p32 - 1));
    mask_.scale = static_cast<T>(1 / (1 - rate));
    mask_.panels = in.panels();
    mask_.step = pass.step;
    shards_ = pass.shards;
    parallel_for(in.panels(), 1, in.rows * in.cols, [&](Range panels) {
      for (size_t panel = panels.begin; panel < panels.end; ++panel) apply(panel, 0, in.rows, in.panel(panel), out.panel(panel));
    });
  }

  /// The same mask and scale.
  Epilogue<T> epilogue(const Pass<T>&) override {
    const auto apply = [](const void* context, size_t panel, size_t first_row, size_t rows, T* d) {
      static_cast<const Dropout*>(context)->apply(panel, first_row, rows, d, d);
    };
    return {apply, nullptr, this};
  }
  bool is_elementwise() const override { return true; }

 private:
  void apply(size_t panel, size_t first_row, size_t rows, const T* in, T* out) const {
    for_places(shards_, first_row, rows, [&](size_t first, size_t count, size_t place) {
      DropoutBlock<T> block = mask_;
      block.in = in + (first - first_row) * kLanes;
      block.out = out + (first - first_row) * kLanes;
      block.panel = panel;
      block.first_row = place;
      block.rows = count;
      tools_.kernels.dropout(block);
    });
  }

  const DropoutPlan& plan_;
  const Tools<T> tools_;
  DropoutBlock<T> mask_{};
  const BatchShards* shards_ = nullptr;  // of the last forward()
};

}  // namespace

std::unique_ptr<LayerPlan> dropout_plan(const LayerSpec& spec) { return std::make_unique<DropoutPlan>(settings_of(spec)); }

}  // namespace chainrule
