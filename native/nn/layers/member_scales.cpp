// A dense layer whose weights all members of an ensemble share (BatchEnsemble: Wen, Tran & Ba 2020). Each member scales input and output by
// numbers of its own, and has its own bias: A_m = f(((X_m * inputScale[m]) W) * outputScale[m] + bias[m]).
#include "math/contract.h"
#include "math/random.h"
#include "nn/layers/activation_function.h"
#include "nn/layers/dense_products.h"
#include "nn/layers/dense_settings.h"
#include "nn/layers/member_rows.h"

namespace chainrule {
namespace {

template <typename T>
class MemberScales;

class MemberScalesPlan : public LayerPlanOf<MemberScalesPlan, MemberScales> {
 public:
  explicit MemberScalesPlan(const DenseSettings& s) : settings(s) {}

  Shape plan(Shape shape, Planner& planner) override {
    require(shape.ensemble, "a dense layer has scales for each member, but no layer before it makes members");
    in = shape;
    const uint32_t random = stream::kInitialWeights + planner.dense_layers();
    planner.count_dense_layer();
    const size_t units = settings.units;
    Initializer ones;
    ones.kind = InitializerKind::constant;
    ones.value = 1;
    weights = planner.add("weights", in.columns, units, settings.weights_initializer, in.columns, units, random, 0);
    bias = planner.add_rows_alike("bias", in.members, units, settings.bias_initializer, in.columns, random, 1);
    input_scale = planner.add("inputScale", in.members, in.columns, ones);
    output_scale = planner.add("outputScale", in.members, units, ones);
    return {units, in.members, true};
  }
  const Activation* last_activation() const override { return &settings.activation; }

  const DenseSettings settings;
  Shape in{};
  size_t weights = 0, bias = 0, input_scale = 0, output_scale = 0;  // handles
};

template <typename T>
class MemberScales : public Layer<T> {
 public:
  MemberScales(const MemberScalesPlan& plan, const Tools<T>& tools)
      : tools_(tools),
        in_(plan.in),
        units_(plan.settings.units),
        weights_(tools.parameters.of(plan.weights)),
        bias_(tools.parameters.of(plan.bias)),
        input_scale_(tools.parameters.of(plan.input_scale)),
        output_scale_(tools.parameters.of(plan.output_scale)),
        activation_(tools.kernels, plan.settings.activation),
        products_(tools) {}

  void set_rows(size_t batch) override {
    const size_t rows = batch * in_.members;
    const bool training = tools_.mode == Mode::training;
    const size_t outputs = rows * padded(units_);
    const size_t scaled = rows * padded(in_.columns);
    const size_t products = training ? outputs : 0;
    const size_t logits = training && activation_.reads_input() ? outputs : 0;
    const size_t transposed = training && !products_.rounds() ? padded(units_) * padded(rows) : 0;
    unscaled_ = logits_ = {};
    const size_t size = scaled + products + logits + transposed;
    if (size > memory_.size()) memory_ = AlignedBuffer<T>(size);
    products_.set_rows(rows, in_.columns, units_);
    if (!training) return;
    T* next = memory_.data() + scaled;
    unscaled_ = panel_view(next, rows, units_);
    next += products;
    if (logits > 0) logits_ = panel_view(next, rows, units_);
    next += logits;
    dp_t_ = {next, units_, rows, padded(units_) * kLanes};
  }
  size_t bytes() const override { return memory_.size() * sizeof(T) + products_.bytes(); }

  void forward(const Pass<T>& pass, const PanelView<const T>& in, const PanelView<T>& out) override {
    const bool logits_only = stops_at_logits(pass);
    out_ = out;
    const PanelView<T> z = logits_.data != nullptr ? logits_ : out;
    multiply(pass, in, unscaled_.data != nullptr ? unscaled_ : z, z);
    if (!logits_only) activation_.apply(z, out);
  }

  bool forward_logits(const Pass<T>& pass, PanelView<const T> in, PanelView<T> z) override {
    multiply(pass, in, z, z);
    return true;
  }

  Epilogue<T> epilogue(const Pass<T>& pass) override {
    if (stops_at_logits(pass)) return {};
    return activation_.epilogue(activation_.reads_input() ? logits_ : out_);
  }

  /// With S_m = X_m * inputScale[m] and P = S W: dP_m = dZ_m * outputScale[m] and dS = dP Wᵀ. The gradients of the scales are sums over the
  /// batch of dZ_m * P_m and dS_m * X_m. The gradient of the input is always wanted, since the scales of the layer that makes the members
  /// are trained.
  void backward(const Pass<T>& pass, PanelView<const T> in, const Gradient<T>& dz, const GradientTarget<T>& target,
                const GradientSink<T>& sink) override {
    output_scale_gradient(pass, dz.d, sink);
    products_.read_gradient(unscaled_);
    input_gradient(pass, target);
    products_.weight_gradient(scaled(in.rows), unscaled_, weights_.view(block_of(sink)), weights_.offset, sink, pass.shards);
    input_scale_gradient(pass, in, target.d, sink);
    target.complete(tools_.kernels);
  }

 private:
  bool stops_at_logits(const Pass<T>& pass) const { return pass.logits_only && tools_.is_last; }
  PanelView<T> scaled(size_t rows) { return panel_view(memory_.data(), rows, in_.columns); }

  /// z = ((in * inputScale) W) * outputScale + bias; `products` is what is scaled last, and may be z.
  void multiply(const Pass<T>& pass, PanelView<const T> in, PanelView<T> products, PanelView<T> z) {
    const size_t batch = in.rows / in_.members;
    const KernelTable<T>& kernels = tools_.kernels;
    const PanelView<const T> input_scale = input_scale_.view(pass.parameters);
    const PanelView<const T> output_scale = output_scale_.view(pass.parameters);
    const PanelView<const T> bias = bias_.view(pass.parameters);
    ForwardProduct<T> p;
    p.a = scaled(in.rows);
    p.w = weights_.view(pass.parameters);
    p.z = p.out = products;
    for_panels_of_members(in, in_.members, [&](size_t panel, size_t member) {
      T* const to = member_rows(scaled(in.rows), member, batch).panel(panel);
      scale_rows<T>(kernels, member_rows(in, member, batch).panel(panel), row_vector(input_scale, member, panel), nullptr, to, batch);
    });
    products_.forward(p);
    for_panels_of_members(z, in_.members, [&](size_t panel, size_t member) {
      const T* const from = member_rows(products, member, batch).panel(panel);
      T* const to = member_rows(z, member, batch).panel(panel);
      scale_rows<T>(kernels, from, row_vector(output_scale, member, panel), row_vector(bias, member, panel), to, batch);
    });
  }

  /// The gradients of bias and outputScale; dP takes the place of P.
  void output_scale_gradient(const Pass<T>& pass, PanelView<const T> dz, const GradientSink<T>& sink) const {
    const size_t batch = dz.rows / in_.members;
    const PanelView<const T> scale = output_scale_.view(pass.parameters);
    for_panels_of_members(dz, in_.members, [&](size_t panel, size_t member) {
      const T* const d = member_rows(dz, member, batch).panel(panel);
      T* const products = member_rows(unscaled_, member, batch).panel(panel);
      T scale_sums[kLanes], bias_sums[kLanes];
      sum_products<T>(tools_.kernels, pass.shards, d, products, batch, scale_sums);
      sum_rows(tools_.kernels, pass.shards, d, batch, bias_sums);
      scale_rows<T>(tools_.kernels, d, row_vector(scale, member, panel), nullptr, products, batch);
      const size_t at = (panel * in_.members + member) * kLanes;
      sink.take(tools_.kernels, output_scale_.offset + at, scale_sums, 1);
      sink.take(tools_.kernels, bias_.offset + at, bias_sums, 1);
    });
  }

  /// dS, in the place of the input's gradient.
  void input_gradient(const Pass<T>& pass, const GradientTarget<T>& target) const {
    InputGradientProduct<T> p;
    p.w = weights_.view(pass.parameters);
    p.dz_t = dp_t_;
    p.da_t = target.d_t;
    p.da = target.d;
    if (!products_.rounds()) {
      parallel_for(unscaled_.panels(), 1, unscaled_.rows * unscaled_.cols, [&](Range panels) {
        tools_.kernels.transpose(unscaled_.data, unscaled_.stride, dp_t_.data, dp_t_.stride, unscaled_.rows, panels);
      });
    }
    products_.input_gradient(p);
  }

  /// The gradient of inputScale, and of dS that of the input.
  void input_scale_gradient(const Pass<T>& pass, PanelView<const T> in, PanelView<T> ds, const GradientSink<T>& sink) const {
    const size_t batch = in.rows / in_.members;
    const PanelView<const T> scale = input_scale_.view(pass.parameters);
    for_panels_of_members(ds, in_.members, [&](size_t panel, size_t member) {
      T* const d = member_rows(ds, member, batch).panel(panel);
      T sums[kLanes];
      sum_products<T>(tools_.kernels, pass.shards, d, member_rows(in, member, batch).panel(panel), batch, sums);
      scale_rows<T>(tools_.kernels, d, row_vector(scale, member, panel), nullptr, d, batch);
      sink.take(tools_.kernels, input_scale_.offset + (panel * in_.members + member) * kLanes, sums, 1);
    });
  }

  const Tools<T> tools_;
  const Shape in_;
  const size_t units_;
  const Parameter &weights_, &bias_, &input_scale_, &output_scale_;
  ActivationFunction<T> activation_;
  DenseProducts<T> products_;
  AlignedBuffer<T> memory_;  // the scaled input first
  PanelView<T> unscaled_;    // in training: P, then dP
  PanelView<T> logits_;      // kept if the derivative is computed from them
  PanelView<T> dp_t_;        // dP transposed
  PanelView<const T> out_;   // of the last forward()
};

}  // namespace

std::unique_ptr<LayerPlan> member_scales_plan(const DenseSettings& settings) { return std::make_unique<MemberScalesPlan>(settings); }

}  // namespace chainrule
