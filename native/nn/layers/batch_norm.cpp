// Batch normalisation (Ioffe & Szegedy 2015; PyTorch's BatchNorm1d): in training, each column gets the mean 0 and the variance 1 over the
// batch; in prediction, running statistics take the batch's place. Then every column is scaled and shifted.
#include <algorithm>
#include <cmath>

#include "math/contract.h"
#include "math/parallel_for.h"
#include "nn/layers/plan.h"
#include "nn/layers/settings.h"

namespace chainrule {
namespace {

template <typename T>
class BatchNorm;

class BatchNormPlan : public LayerPlanOf<BatchNormPlan, BatchNorm> {
 public:
  explicit BatchNormPlan(Numbers numbers) : momentum(numbers.number(0, 1)), epsilon(numbers.number(kMinNormEpsilon, 1)) { numbers.end(); }

  Shape plan(Shape in, Planner& planner) override {
    scale = planner.add("scale", 1, in.columns, constant_initializer(1));
    bias = planner.add("bias", 1, in.columns, constant_initializer(0));
    mean = planner.add_measured("runningMean", in.columns, 0, momentum);
    variance = planner.add_measured("runningVariance", in.columns, 1, momentum);
    return in;
  }

  bool prepares() const override { return true; }
  /// A dense layer without an activation takes scale and shift into its weights and bias.
  bool fold_into(const LayerPlan& before) override {
    dense_ = before.small();
    if (dense_ != nullptr && dense_->activation != Activation::linear) dense_ = nullptr;
    return dense_ != nullptr;
  }
  void prepare(const ParameterList& list, const KernelTable<float>& kernels, float* block) const override {
    prepared(list, kernels, block);
  }
  void prepare(const ParameterList& list, const KernelTable<double>& kernels, double* block) const override {
    prepared(list, kernels, block);
  }

  double momentum, epsilon;
  size_t scale = 0, bias = 0, mean = 0, variance = 0;  // handles

 private:
  /// Scale and bias become those of out = in * scale + bias, or are done to the layer in front of it.
  template <typename T>
  void prepared(const ParameterList& list, const KernelTable<T>& kernels, T* block) const {
    T* const factor = block + list.of(scale).offset;
    T* const shift = block + list.of(bias).offset;
    const T* const center = block + list.of(mean).offset;
    const T* const spread = block + list.of(variance).offset;
    const size_t columns = list.of(scale).cols;
    for (size_t i = 0; i < columns; ++i) {
      factor[i] = factor[i] / std::sqrt(spread[i] + static_cast<T>(epsilon));
      shift[i] = shift[i] - center[i] * factor[i];
    }
    if (dense_ == nullptr) return;
    const PanelView<T> weights = list.of(dense_->weights).view(block);
    parallel_for(weights.panels(), 1, weights.rows * weights.cols, [&](Range panels) {
      kernels.affine({weights.data, weights.data, factor, nullptr, weights.rows, weights.stride, weights.stride, panels, false});
    });
    T* const dense_bias = block + list.of(dense_->bias).offset;
    for (size_t i = 0; i < columns; ++i) dense_bias[i] = dense_bias[i] * factor[i] + shift[i];
  }

  const SmallDensePlan* dense_ = nullptr;  // into which it is folded
};

template <typename T>
class BatchNorm : public Layer<T> {
 public:
  BatchNorm(const BatchNormPlan& plan, const Tools<T>& tools)
      : plan_(plan),
        tools_(tools),
        scale_(tools.parameters.of(plan.scale)),
        bias_(tools.parameters.of(plan.bias)),
        running_mean_(tools.parameters.of(plan.mean)),
        running_variance_(tools.parameters.of(plan.variance)) {}

  void set_rows(size_t) override {
    if (tools_.mode == Mode::prediction || memory_.size() > 0) return;
    const size_t columns = padded(scale_.cols);
    memory_ = AlignedBuffer<T>(5 * columns);
    mean_ = memory_.data();
    square_sum_ = mean_ + columns;
    inverse_deviation_ = square_sum_ + columns;
    d_scale_ = inverse_deviation_ + columns;
    d_bias_ = d_scale_ + columns;
  }
  size_t bytes() const override { return memory_.size() * sizeof(T); }

  void forward(const Pass<T>& pass, const PanelView<const T>& in, const PanelView<T>& out) override {
    const T* const scale = pass.parameters + scale_.offset;
    const T* const bias = pass.parameters + bias_.offset;
    if (tools_.mode == Mode::prediction) return affine(in, out, scale, bias);
    if (pass.is_frozen(scale_)) return predict(pass, in, out);
    BatchNormBlock<T> block{};
    block.in = in.data;
    block.out = out.data;
    block.scale = scale;
    block.bias = bias;
    block.mean = mean_;
    block.square_sum = square_sum_;
    block.inverse_deviation = inverse_deviation_;
    block.rows = in.rows;
    block.columns = in.cols;
    block.in_stride = in.stride;
    block.out_stride = out.stride;
    block.epsilon = static_cast<T>(plan_.epsilon);
    parallel_for(in.panels(), 1, kWork * in.rows * in.cols, [&](Range panels) {
      BatchNormBlock<T> part = block;
      part.panels = panels;
      tools_.kernels.batch_norm(part);
    });
  }

  /// The running variance gets the unbiased one of the batch, as PyTorch's does.
  void backward(const Pass<T>& pass, PanelView<const T> in, const Gradient<T>& gradient, const GradientTarget<T>& target,
                const GradientSink<T>& sink) override {
    if (pass.is_frozen(scale_)) return backward_of_predict(pass, in, gradient, target, sink);
    BatchNormGradientBlock<T> block{};
    block.in = in.data;
    block.d_out = gradient.d.data;
    block.d_in = target.d.data;
    block.scale = pass.parameters + scale_.offset;
    block.mean = mean_;
    block.inverse_deviation = inverse_deviation_;
    block.d_scale = d_scale_;
    block.d_bias = d_bias_;
    block.rows = in.rows;
    block.columns = in.cols;
    block.in_stride = in.stride;
    block.d_out_stride = gradient.d.stride;
    block.d_in_stride = target.d.stride;
    parallel_for(in.panels(), 1, kWork * in.rows * in.cols, [&](Range panels) {
      BatchNormGradientBlock<T> part = block;
      for (size_t first = panels.begin; first < panels.end; first += kPanelsAtOnce) {
        part.panels = {first, std::min(first + kPanelsAtOnce, panels.end)};
        tools_.kernels.batch_norm_gradient(part);
        if (target.wanted()) target.complete(tools_.kernels, part.panels);
      }
    });
    sink.take(tools_.kernels, scale_.offset, d_scale_, in.panels());
    sink.take(tools_.kernels, bias_.offset, d_bias_, in.panels());
    const T momentum = static_cast<T>(plan_.momentum);
    for (size_t i = 0; i < in.cols; ++i) square_sum_[i] /= static_cast<T>(in.rows - 1);
    sink.measure(running_mean_.offset, mean_, in.cols, momentum);
    sink.measure(running_variance_.offset, square_sum_, in.cols, momentum);
  }

 private:
  void affine(PanelView<const T> in, PanelView<T> out, const T* scale, const T* shift) const {
    parallel_for(in.panels(), 1, in.rows * in.cols, [&](Range panels) {
      tools_.kernels.affine({in.data, out.data, scale, shift, in.rows, in.stride, out.stride, panels, false});
    });
  }

  /// A frozen layer in training: it goes by its running statistics, with the bits of a prediction, and nothing moves them.
  void predict(const Pass<T>& pass, PanelView<const T> in, PanelView<T> out) {
    for (size_t i = 0; i < in.cols; ++i) {
      const T variance = pass.parameters[running_variance_.offset + i];
      d_scale_[i] = pass.parameters[scale_.offset + i] / std::sqrt(variance + static_cast<T>(plan_.epsilon));
      d_bias_[i] = pass.parameters[bias_.offset + i] - pass.parameters[running_mean_.offset + i] * d_scale_[i];
    }
    affine(in, out, d_scale_, d_bias_);
  }

  void backward_of_predict(const Pass<T>& pass, PanelView<const T> in, const Gradient<T>& gradient, const GradientTarget<T>& target,
                           const GradientSink<T>& sink) {
    if (target.wanted()) {
      affine(gradient.d, target.d, d_scale_, nullptr);
      target.complete(tools_.kernels);
    }
    if (!sink.wants(scale_.offset)) return;
    const T* const means = pass.parameters + running_mean_.offset;
    const T* const variances = pass.parameters + running_variance_.offset;
    const PanelView<const T>& d = gradient.d;
    tools_.kernels.column_products({in.data, d.data, d_scale_, in.rows, in.stride, d.stride, {0, in.panels()}});
    for (size_t panel = 0; panel < d.panels(); ++panel) tools_.kernels.sum_rows(d.panel(panel), d.rows, d_bias_ + panel * kLanes);
    for (size_t i = 0; i < in.cols; ++i) {
      d_scale_[i] = (d_scale_[i] - means[i] * d_bias_[i]) / std::sqrt(variances[i] + static_cast<T>(plan_.epsilon));
    }
    sink.take(tools_.kernels, scale_.offset, d_scale_, in.panels());
    sink.take(tools_.kernels, bias_.offset, d_bias_, in.panels());
    sink.measure(running_mean_.offset, means, in.cols, 0);
    sink.measure(running_variance_.offset, variances, in.cols, 0);
  }

  /// As many as the kernels work on together, so that a gradient is in the cache when it is completed.
  static constexpr size_t kPanelsAtOnce = 4;
  /// Multiply-adds that an element costs, about.
  static constexpr size_t kWork = 4;

  const BatchNormPlan& plan_;
  const Tools<T> tools_;
  const Parameter &scale_, &bias_, &running_mean_, &running_variance_;
  AlignedBuffer<T> memory_;
  T *mean_ = nullptr, *square_sum_ = nullptr, *inverse_deviation_ = nullptr, *d_scale_ = nullptr, *d_bias_ = nullptr;
};

}  // namespace

std::unique_ptr<LayerPlan> batchNorm_plan(const LayerSpec& spec) { return std::make_unique<BatchNormPlan>(settings_of(spec)); }

}  // namespace chainrule
