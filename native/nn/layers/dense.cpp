// A = f(X W + b): forward beside backward.
#include <optional>
#include <type_traits>

#include "math/random.h"
#include "nn/layers/activation_function.h"
#include "nn/layers/bf16_products.h"
#include "nn/layers/dense_settings.h"
#include "nn/layers/weight_update.h"

namespace chainrule {
namespace {

template <typename T>
class Dense;

class DensePlan : public LayerPlanOf<DensePlan, Dense> {
 public:
  explicit DensePlan(const DenseSettings& s)
      : units(s.units), activation(s.activation), weights_initializer(s.weights_initializer), bias_initializer(s.bias_initializer) {}

  Shape plan(Shape shape, Planner& planner) override {
    in = shape;
    const uint32_t random = stream::kInitialWeights + planner.dense_layers();
    planner.count_dense_layer();
    weights = planner.add("weights", in.columns, units, weights_initializer, in.columns, units, random, 0);
    bias = planner.add("bias", 1, units, bias_initializer, in.columns, units, random, 1);
    small_plan = {in.columns, units, weights, bias, activation};
    return {units, in.members, in.ensemble};
  }
  const Activation* last_activation() const override { return &activation; }
  const SmallDensePlan* small() const override { return &small_plan; }

  Shape in{};
  size_t units;
  Activation activation;
  Initializer weights_initializer, bias_initializer;
  size_t weights = 0, bias = 0;  // handles
  SmallDensePlan small_plan{};
};

template <typename T>
class Dense : public Layer<T> {
 public:
  Dense(const DensePlan& plan, const Tools<T>& tools)
      : plan_(plan),
        tools_(tools),
        weights_(tools.parameters.of(plan.weights)),
        bias_(tools.parameters.of(plan.bias)),
        activation_(tools.kernels, plan.activation) {
    if (tools.mode == Mode::training && tools.bf16 != nullptr) bf16_.emplace(*tools.bf16);
  }

  void set_rows(size_t batch) override {
    if (tools_.mode == Mode::prediction) return;
    const size_t rows = batch * plan_.in.members;
    logits_ = {};
    const size_t size = activation_.reads_input() ? rows * padded(plan_.units) : 0;
    if (size > memory_.size()) memory_ = AlignedBuffer<T>(size);
    if (bf16_) bf16_->set_rows(rows, plan_.in.columns, plan_.units);
    if (size > 0) logits_ = panel_view(memory_.data(), rows, plan_.units);
  }
  size_t bytes() const override { return memory_.size() * sizeof(T) + (bf16_ ? bf16_->bytes() : 0); }

  /// Z = A W + b, A = f(Z).
  void forward(const Pass<T>& pass, PanelView<const T> in, PanelView<T> out) override {
    const bool logits_only = stops_at_logits(pass);
    out_ = out;
    ForwardProduct<T> p = product(pass, in, out);
    if (logits_.data != nullptr) p.z = logits_;
    if (!logits_only) p.activate = activation_.by_vector();
    multiply(p);
    if (!logits_only) activation_.apply_to_rows(p.z, out);
  }

  bool forward_logits(const Pass<T>& pass, PanelView<const T> in, PanelView<T> z) override {
    multiply(product(pass, in, z));
    return true;
  }

  Epilogue<T> epilogue(const Pass<T>& pass) override {
    if (stops_at_logits(pass)) return {};
    return activation_.epilogue(activation_.reads_input() ? logits_ : out_);
  }

  bool reads_transposed() const override { return tools_.input_gradient && !bf16_; }

  /// dX = dZ Wᵀ; then dW = Xᵀ dZ and db = sum of dZ over the batch.
  void backward(const Pass<T>& pass, PanelView<const T> in, const Gradient<T>& dz, const GradientTarget<T>& target,
                const GradientSink<T>& sink) override {
    if constexpr (std::is_same_v<T, float>) {
      if (bf16_) bf16_->read_gradient(dz.d);
    }
    if (target.wanted()) input_gradient(pass, dz, target);
    weight_gradient(in, dz.d, sink);
    bias_gradient(dz.d, sink);
  }

 private:
  bool stops_at_logits(const Pass<T>& pass) const { return pass.logits_only && tools_.is_last; }

  ForwardProduct<T> product(const Pass<T>& pass, PanelView<const T> in, PanelView<T> out) const {
    ForwardProduct<T> p;
    p.a = in;
    p.w = weights_.view(pass.parameters);
    p.bias = pass.parameters + bias_.offset;
    p.z = p.out = out;
    return p;
  }

  void multiply(const ForwardProduct<T>& p) {
    if constexpr (std::is_same_v<T, float>) {
      if (bf16_) return bf16_->forward(p);
    }
    forward_product(tools_.kernels, p);
  }

  void input_gradient(const Pass<T>& pass, const Gradient<T>& dz, const GradientTarget<T>& target) const {
    InputGradientProduct<T> p;
    p.w = weights_.view(pass.parameters);
    p.dz_t = dz.d_t;
    p.da_t = target.d_t;
    p.da = target.d;
    p.transposed = target.transposed;
    p.finish = target.finish.apply;
    p.context = target.finish.context;
    if constexpr (std::is_same_v<T, float>) {
      if (bf16_) return bf16_->input_gradient(p);
    }
    input_gradient_product(tools_.kernels, p);
  }

  void weight_gradient(PanelView<const T> in, PanelView<const T> dz, const GradientSink<T>& sink) const {
    WeightGradientProduct<T> p;
    p.a = in;
    p.dz = dz;
    p.dw = weights_.view(block_of(sink));
    const WeightUpdate<T> update{tools_.kernels, sink, weights_.offset, p.dw.stride};
    update.hand_to(p);
    if constexpr (std::is_same_v<T, float>) {
      if (bf16_) return bf16_->weight_gradient(p);
    }
    weight_gradient_product(tools_.kernels, p);
  }

  void bias_gradient(PanelView<const T> dz, const GradientSink<T>& sink) const {
    for (size_t panel = 0; panel < dz.panels(); ++panel) {
      T sums[kLanes];
      tools_.kernels.sum_rows(dz.panel(panel), dz.rows, sums);
      sink.take(tools_.kernels, bias_.offset + panel * kLanes, sums, 1);
    }
  }

  const DensePlan& plan_;
  const Tools<T> tools_;
  const Parameter &weights_, &bias_;
  ActivationFunction<T> activation_;
  std::optional<Bf16Products> bf16_;
  AlignedBuffer<T> memory_;
  PanelView<T> logits_;     // kept if the derivative is computed from them
  PanelView<const T> out_;  // of the last forward()
};

}  // namespace

std::unique_ptr<LayerPlan> dense_plan(const LayerSpec& spec) {
  const DenseSettings settings(settings_of(spec));
  switch (settings.per_member) {
    case PerMember::scales:
      return member_scales_plan(settings);
    case PerMember::weights:
      return member_weights_plan(settings);
    case PerMember::none:
      break;
  }
  return std::make_unique<DensePlan>(settings);
}

}  // namespace chainrule
