// Layer normalisation (Ba, Kiros & Hinton 2016; PyTorch's LayerNorm): each row gets the mean 0 and the variance 1 over its columns; then
// every column is scaled and shifted.
#include <algorithm>

#include "math/contract.h"
#include "math/parallel_for.h"
#include "nn/layers/plan.h"
#include "nn/layers/settings.h"

namespace chainrule {
namespace {

template <typename T>
class LayerNorm;

class LayerNormPlan : public LayerPlanOf<LayerNormPlan, LayerNorm> {
 public:
  explicit LayerNormPlan(Numbers numbers) : epsilon(numbers.number(kMinNormEpsilon, 1)) { numbers.end(); }

  Shape plan(Shape in, Planner& planner) override {
    members = in.members;
    scale = planner.add("scale", 1, in.columns, constant_initializer(1));
    bias = planner.add("bias", 1, in.columns, constant_initializer(0));
    return in;
  }

  double epsilon;
  size_t members = 1;
  size_t scale = 0, bias = 0;  // handles
};

template <typename T>
class LayerNorm : public Layer<T> {
 public:
  LayerNorm(const LayerNormPlan& plan, const Tools<T>& tools)
      : plan_(plan), tools_(tools), scale_(tools.parameters.of(plan.scale)), bias_(tools.parameters.of(plan.bias)) {}

  void set_rows(size_t batch) override {
    if (tools_.mode == Mode::prediction) return;
    const size_t rows = padded(batch * plan_.members);
    const size_t columns = padded(scale_.cols);
    const size_t size = 2 * (rows + columns);
    mean_ = nullptr;
    if (size > memory_.size()) memory_ = AlignedBuffer<T>(size);
    d_scale_ = memory_.data();
    d_bias_ = d_scale_ + columns;
    mean_ = d_bias_ + columns;
    inverse_deviation_ = mean_ + rows;
  }
  size_t bytes() const override { return memory_.size() * sizeof(T); }

  void forward(const Pass<T>& pass, const PanelView<const T>& in, const PanelView<T>& out) override {
    LayerNormBlock<T> block{};
    block.in = in.data;
    block.out = out.data;
    block.scale = pass.parameters + scale_.offset;
    block.bias = pass.parameters + bias_.offset;
    block.mean = mean_;
    block.inverse_deviation = inverse_deviation_;
    block.columns = in.cols;
    block.in_stride = in.stride;
    block.out_stride = out.stride;
    block.epsilon = static_cast<T>(plan_.epsilon);
    parallel_for(in.rows, kRowsAtOnce, kWork * in.rows * in.cols, [&](Range rows) {
      LayerNormBlock<T> part = block;
      part.rows = rows;
      tools_.kernels.layer_norm(part);
    });
  }

  void backward(const Pass<T>& pass, PanelView<const T> in, const Gradient<T>& gradient, const GradientTarget<T>& target,
                const GradientSink<T>& sink) override {
    LayerNormGradientBlock<T> block{};
    block.in = in.data;
    block.d_out = gradient.d.data;
    block.d_in = target.d.data;
    block.scale = pass.parameters + scale_.offset;
    block.mean = mean_;
    block.inverse_deviation = inverse_deviation_;
    block.columns = in.cols;
    block.in_stride = in.stride;
    block.d_out_stride = gradient.d.stride;
    block.d_in_stride = target.d.stride;
    if (target.wanted()) {
      parallel_for(in.rows, kRowsAtOnce, kWork * in.rows * in.cols, [&](Range rows) {
        LayerNormGradientBlock<T> part = block;
        part.rows = rows;
        tools_.kernels.layer_norm_input_gradient(part);
      });
      target.complete(tools_.kernels);
    }
    parallel_for(in.panels(), kPanelsAtOnce, in.rows * in.cols, [&](Range panels) {
      for (size_t first = panels.begin; first < panels.end; first += kPanelsAtOnce) {
        parameter_gradient(pass, block, in.rows, {first, std::min(first + kPanelsAtOnce, panels.end)});
      }
    });
    sink.take(tools_.kernels, scale_.offset, d_scale_, in.panels());
    sink.take(tools_.kernels, bias_.offset, d_bias_, in.panels());
  }

 private:
  /// d_scale and d_bias of at most kPanelsAtOnce panels.
  void parameter_gradient(const Pass<T>& pass, const LayerNormGradientBlock<T>& block, size_t rows, Range panels) const {
    const size_t count = panels.end - panels.begin;
    T sums[2 * kPanelsAtOnce * kLanes];
    sum_over_shards<2 * kPanelsAtOnce>(tools_.kernels, pass.shards, rows, sums, 2 * count, [&](Range range, T* out) {
      LayerNormGradientBlock<T> part = block;
      part.in += panels.begin * part.in_stride;
      part.d_out += panels.begin * part.d_out_stride;
      part.columns -= panels.begin * kLanes;
      part.d_scale = out;
      part.d_bias = out + count * kLanes;
      part.rows = range;
      part.panels = {0, count};
      tools_.kernels.layer_norm_parameter_gradient(part);
    });
    std::copy_n(sums, count * kLanes, d_scale_ + panels.begin * kLanes);
    std::copy_n(sums + count * kLanes, count * kLanes, d_bias_ + panels.begin * kLanes);
  }

  /// Rows of one cache line in every panel, and more than the kernels normalise together.
  static constexpr size_t kRowsAtOnce = 16;
  /// Panels whose sums are taken together: as many as the kernel adds up side by side.
  static constexpr size_t kPanelsAtOnce = 4;
  /// Multiply-adds that an element costs, about.
  static constexpr size_t kWork = 4;

  const LayerNormPlan& plan_;
  const Tools<T> tools_;
  const Parameter &scale_, &bias_;
  AlignedBuffer<T> memory_;
  T *d_scale_ = nullptr, *d_bias_ = nullptr, *mean_ = nullptr, *inverse_deviation_ = nullptr;
};

}  // namespace

std::unique_ptr<LayerPlan> layerNorm_plan(const LayerSpec& spec) { return std::make_unique<LayerNormPlan>(settings_of(spec)); }

}  // namespace chainrule
