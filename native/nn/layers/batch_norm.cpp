// Batch normalisation (Ioffe & Szegedy 2015; PyTorch's BatchNorm1d): in training, each column gets the mean 0 and the variance 1 over the
// batch, or over each shard of it; in prediction, running statistics take the batch's place. Then every column is scaled and shifted.
#include <algorithm>
#include <cmath>

#include "math/contract.h"
#include "math/parallel_for.h"
#include "nn/layers/member_rows.h"
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
    memory_ = AlignedBuffer<T>((3 * tools_.shards + kSums) * columns);
    mean_ = memory_.data();
    square_sum_ = mean_ + tools_.shards * columns;
    inverse_deviation_ = square_sum_ + tools_.shards * columns;
    d_scale_ = inverse_deviation_ + tools_.shards * columns;
    d_bias_ = d_scale_ + columns;
    batch_mean_ = d_bias_ + columns;
    batch_variance_ = batch_mean_ + columns;
  }
  size_t bytes() const override { return memory_.size() * sizeof(T); }

  void forward(const Pass<T>& pass, const PanelView<const T>& in, const PanelView<T>& out) override {
    const T* const scale = pass.parameters + scale_.offset;
    const T* const bias = pass.parameters + bias_.offset;
    if (tools_.mode == Mode::prediction) return affine(in, out, scale, bias);
    if (pass.is_frozen(scale_)) return predict(pass, in, out);
    BatchNormBlock<T> block{};
    block.scale = scale;
    block.bias = bias;
    block.columns = in.cols;
    block.in_stride = in.stride;
    block.out_stride = out.stride;
    block.epsilon = static_cast<T>(plan_.epsilon);
    parallel_for(in.panels(), 1, kWork * in.rows * in.cols, [&](Range panels) {
      for_shards(pass, in.rows, [&](Range rows, size_t statistics) {
        BatchNormBlock<T> part = block;
        part.in = in.data + rows.begin * kLanes;
        part.out = out.data + rows.begin * kLanes;
        part.mean = mean_ + statistics;
        part.square_sum = square_sum_ + statistics;
        part.inverse_deviation = inverse_deviation_ + statistics;
        part.rows = rows.end - rows.begin;
        part.panels = panels;
        tools_.kernels.batch_norm(part);
      });
    });
  }

  /// The running variance gets the unbiased one of the batch, as PyTorch's does; with shards, the mean of theirs.
  void backward(const Pass<T>& pass, PanelView<const T> in, const Gradient<T>& gradient, const GradientTarget<T>& target,
                const GradientSink<T>& sink) override {
    if (pass.is_frozen(scale_)) return backward_of_predict(pass, in, gradient, target, sink);
    parallel_for(in.panels(), 1, kWork * in.rows * in.cols, [&](Range panels) {
      for (size_t first = panels.begin; first < panels.end; first += kPanelsAtOnce) {
        const Range some{first, std::min(first + kPanelsAtOnce, panels.end)};
        gradients(pass, in, gradient.d, target.d, some);
        if (target.wanted()) target.complete(tools_.kernels, some);
      }
    });
    sink.take(tools_.kernels, scale_.offset, d_scale_, in.panels());
    sink.take(tools_.kernels, bias_.offset, d_bias_, in.panels());
    const T momentum = static_cast<T>(plan_.momentum);
    sink.measure(running_mean_.offset, batch_mean_, in.cols, momentum);
    sink.measure(running_variance_.offset, batch_variance_, in.cols, momentum);
  }

 private:
  /// Sums over the shards: of d_scale, d_bias, mean and variance.
  static constexpr size_t kSums = 4;

  /// Calls f(rows, offset of its statistics) for each shard.
  template <typename F>
  void for_shards(const Pass<T>& pass, size_t rows, const F& f) const {
    if (pass.shards == nullptr) return f(Range{0, rows}, 0);
    for (size_t shard = 0; shard < pass.shards->ranges.size(); ++shard) f(pass.shards->ranges[shard], shard * padded(scale_.cols));
  }

  /// Of at most kPanelsAtOnce panels: the gradient of the input, and the sums.
  void gradients(const Pass<T>& pass, PanelView<const T> in, PanelView<const T> d_out, PanelView<T> d_in, Range panels) const {
    const size_t size = (panels.end - panels.begin) * kLanes;
    const size_t column = panels.begin * kLanes;
    T sums[kSums * kPanelsAtOnce * kLanes];
    size_t statistics = 0;
    sum_over_shards<kSums * kPanelsAtOnce>(tools_.kernels, pass.shards, in.rows, sums, kSums * size / kLanes, [&](Range rows, T* out) {
      const size_t first = rows.begin * kLanes;
      BatchNormGradientBlock<T> block{};
      block.in = in.panel(panels.begin) + first;
      block.d_out = d_out.panel(panels.begin) + first;
      block.d_in = d_in.data != nullptr ? d_in.panel(panels.begin) + first : nullptr;
      block.scale = pass.parameters + scale_.offset + column;
      block.mean = mean_ + statistics + column;
      block.inverse_deviation = inverse_deviation_ + statistics + column;
      block.d_scale = out;
      block.d_bias = out + size;
      block.rows = rows.end - rows.begin;
      block.columns = in.cols - column;
      block.in_stride = in.stride;
      block.d_out_stride = d_out.stride;
      block.d_in_stride = d_in.stride;
      block.panels = {0, panels.end - panels.begin};
      tools_.kernels.batch_norm_gradient(block);
      std::copy_n(block.mean, size, out + 2 * size);
      for (size_t i = 0; i < size; ++i) out[3 * size + i] = square_sum_[statistics + column + i] / static_cast<T>(block.rows - 1);
      statistics += padded(scale_.cols);
    });
    T* const to[kSums] = {d_scale_, d_bias_, batch_mean_, batch_variance_};
    for (size_t i = 0; i < kSums; ++i) std::copy_n(sums + i * size, size, to[i] + column);
  }

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
    for (size_t panel = 0; panel < d.panels(); ++panel) {
      sum_products<T>(tools_.kernels, pass.shards, in.panel(panel), d.panel(panel), d.rows, d_scale_ + panel * kLanes);
      sum_rows(tools_.kernels, pass.shards, d.panel(panel), d.rows, d_bias_ + panel * kLanes);
    }
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
  T *mean_ = nullptr, *square_sum_ = nullptr, *inverse_deviation_ = nullptr;  // of each shard
  T *d_scale_ = nullptr, *d_bias_ = nullptr, *batch_mean_ = nullptr, *batch_variance_ = nullptr;
};

}  // namespace

std::unique_ptr<LayerPlan> batchNorm_plan(const LayerSpec& spec) { return std::make_unique<BatchNormPlan>(settings_of(spec)); }

}  // namespace chainrule
