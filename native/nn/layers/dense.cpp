// A = f(X W + b): forward beside backward.
#include "math/random.h"
#include "nn/layers/activation_function.h"
#include "nn/layers/dense_products.h"
#include "nn/layers/dense_settings.h"

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
        activation_(tools.kernels, plan.activation),
        products_(tools) {
    product_.w = panel_view<const T>(nullptr, weights_.rows, weights_.cols);
  }

  void set_rows(size_t batch) override {
    if (tools_.mode == Mode::prediction) return;
    const size_t rows = batch * plan_.in.members;
    logits_ = {};
    const size_t size = activation_.reads_input() ? rows * padded(plan_.units) : 0;
    if (size > memory_.size()) memory_ = AlignedBuffer<T>(size);
    products_.set_rows(rows, plan_.in.columns, plan_.units);
    if (size > 0) logits_ = panel_view(memory_.data(), rows, plan_.units);
  }
  size_t bytes() const override { return memory_.size() * sizeof(T) + products_.bytes(); }

  /// Z = A W + b, A = f(Z).
  void forward(const Pass<T>& pass, const PanelView<const T>& in, const PanelView<T>& out) override {
    const bool logits_only = stops_at_logits(pass);
    if (tools_.mode == Mode::training) out_ = out;
    ForwardProduct<T>& p = product(pass, in, out);
    if (logits_.data != nullptr) p.z = logits_;
    p.activate = logits_only ? nullptr : activation_.by_vector();
    products_.forward(p);
    if (!logits_only) activation_.apply_to_rows(p.z, out);
  }

  bool forward_logits(const Pass<T>& pass, PanelView<const T> in, PanelView<T> z) override {
    ForwardProduct<T>& p = product(pass, in, z);
    p.activate = nullptr;
    products_.forward(p);
    return true;
  }

  Epilogue<T> epilogue(const Pass<T>& pass) override {
    if (stops_at_logits(pass)) return {};
    return activation_.epilogue(activation_.reads_input() ? logits_ : out_);
  }

  bool reads_transposed() const override { return tools_.input_gradient && !products_.rounds(); }

  /// dX = dZ Wᵀ; then dW = Xᵀ dZ and db = sum of dZ over the batch.
  void backward(const Pass<T>& pass, PanelView<const T> in, const Gradient<T>& dz, const GradientTarget<T>& target,
                const GradientSink<T>& sink) override {
    products_.read_gradient(dz.d);
    if (target.wanted()) input_gradient(pass, dz, target);
    products_.weight_gradient(in, dz.d, weights_.view(block_of(sink)), weights_.offset, sink, pass.shards);
    bias_gradient<T>(tools_.kernels, pass.shards, dz.d, bias_.offset, kLanes, sink);
  }

 private:
  bool stops_at_logits(const Pass<T>& pass) const { return pass.logits_only && tools_.is_last; }

  /// The product with its activation left as it was. One object serves all calls, since a new one would take as long as a small product.
  ForwardProduct<T>& product(const Pass<T>& pass, const PanelView<const T>& in, const PanelView<T>& out) {
    product_.a = in;
    product_.w.data = pass.parameters + weights_.offset;
    product_.bias = pass.parameters + bias_.offset;
    product_.z = product_.out = out;
    return product_;
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
    products_.input_gradient(p);
  }

  const DensePlan& plan_;
  const Tools<T> tools_;
  const Parameter &weights_, &bias_;
  ActivationFunction<T> activation_;
  DenseProducts<T> products_;
  ForwardProduct<T> product_;  // of the last forward()
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
