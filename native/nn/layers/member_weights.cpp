// A dense layer with weights and a bias for each member of an ensemble, as TabM's head has: A_m = f(X_m W_m + b_m). It has the bits of as
// many dense layers.
#include <algorithm>
#include <vector>

#include "math/contract.h"
#include "math/random.h"
#include "nn/layers/activation_function.h"
#include "nn/layers/dense_products.h"
#include "nn/layers/dense_settings.h"
#include "nn/layers/member_rows.h"

namespace chainrule {
namespace {

template <typename T>
class MemberWeights;

class MemberWeightsPlan : public LayerPlanOf<MemberWeightsPlan, MemberWeights> {
 public:
  explicit MemberWeightsPlan(const DenseSettings& s) : settings(s) {}

  Shape plan(Shape shape, Planner& planner) override {
    require(shape.ensemble, "a dense layer has weights for each member, but no layer before it makes members");
    in = shape;
    const uint32_t random = stream::kInitialWeights + planner.dense_layers();
    planner.count_dense_layer();
    const size_t units = settings.units;
    weights = planner.add("weights", in.members * in.columns, units, settings.weights_initializer, in.columns, units, random, 0);
    bias = planner.add("bias", in.members, units, settings.bias_initializer, in.columns, units, random, 1);
    return {units, in.members, true};
  }
  const Activation* last_activation() const override { return &settings.activation; }

  const DenseSettings settings;
  Shape in{};
  size_t weights = 0, bias = 0;  // handles
};

template <typename T>
class MemberWeights : public Layer<T> {
 public:
  MemberWeights(const MemberWeightsPlan& plan, const Tools<T>& tools)
      : tools_(tools),
        in_(plan.in),
        units_(plan.settings.units),
        weights_(tools.parameters.of(plan.weights)),
        bias_(tools.parameters.of(plan.bias)),
        activation_(tools.kernels, plan.settings.activation),
        bias_row_(padded(plan.settings.units)) {
    products_.reserve(in_.members);
    for (size_t member = 0; member < in_.members; ++member) products_.emplace_back(tools);
  }

  void set_rows(size_t batch) override {
    if (tools_.mode == Mode::prediction) return;
    const size_t rows = batch * in_.members;
    logits_ = {};
    const size_t logits = activation_.reads_input() ? rows * padded(units_) : 0;
    const size_t transposed = products_[0].rounds() ? 0 : padded(units_) * padded(batch);
    if (logits + transposed > memory_.size()) memory_ = AlignedBuffer<T>(logits + transposed);
    for (DenseProducts<T>& products : products_) products.set_rows(batch, in_.columns, units_);
    dz_t_ = {memory_.data() + logits, units_, batch, padded(units_) * kLanes};
    if (logits > 0) logits_ = panel_view(memory_.data(), rows, units_);
  }
  size_t bytes() const override {
    size_t sum = (memory_.size() + bias_row_.size()) * sizeof(T);
    for (const DenseProducts<T>& products : products_) sum += sizeof(products) + products.bytes();
    return sum;
  }

  void forward(const Pass<T>& pass, const PanelView<const T>& in, const PanelView<T>& out) override {
    const bool logits_only = stops_at_logits(pass);
    out_ = out;
    const PanelView<T> z = logits_.data != nullptr ? logits_ : out;
    multiply(pass, in, z, out, logits_only ? nullptr : activation_.by_vector());
    if (!logits_only) activation_.apply_to_rows(z, out);
  }

  bool forward_logits(const Pass<T>& pass, PanelView<const T> in, PanelView<T> z) override {
    multiply(pass, in, z, z, nullptr);
    return true;
  }

  Epilogue<T> epilogue(const Pass<T>& pass) override {
    if (stops_at_logits(pass)) return {};
    return activation_.epilogue(activation_.reads_input() ? logits_ : out_);
  }

  /// For each member: dX = dZ Wᵀ; then dW = Xᵀ dZ and db = sum of dZ over the batch.
  void backward(const Pass<T>& pass, PanelView<const T> in, const Gradient<T>& dz, const GradientTarget<T>& target,
                const GradientSink<T>& sink) override {
    const size_t batch = in.rows / in_.members;
    for (size_t member = 0; member < in_.members; ++member) {
      const PanelView<const T> own = member_rows<const T>(dz.d, member, batch);
      products_[member].read_gradient(own);
      if (target.wanted()) input_gradient(pass, member, own, target);
      const size_t offset = weights_.offset + member * in_.columns * kLanes;
      products_[member].weight_gradient(member_rows(in, member, batch), own, weights_of(block_of(sink), member), offset, sink, pass.shards);
      bias_gradient(tools_.kernels, pass.shards, own, bias_.offset + member * kLanes, in_.members * kLanes, sink);
    }
    if (target.wanted() && target.transposed) GradientTarget<T>{target.d, target.d_t, true, {}}.complete(tools_.kernels);
  }

 private:
  bool stops_at_logits(const Pass<T>& pass) const { return pass.logits_only && tools_.is_last; }

  /// One member's weights [in, units].
  template <typename U>
  PanelView<U> weights_of(U* block, size_t member) const {
    return member_rows(weights_.view(block), member, in_.columns);
  }

  void multiply(const Pass<T>& pass, PanelView<const T> in, PanelView<T> z, PanelView<T> out,
                void (*activate)(const T* z, T* out, size_t vectors)) {
    const size_t batch = in.rows / in_.members;
    const PanelView<const T> bias = bias_.view(pass.parameters);
    for (size_t member = 0; member < in_.members; ++member) {
      for (size_t panel = 0; panel < bias.panels(); ++panel)
        std::copy_n(row_vector(bias, member, panel), kLanes, bias_row_.data() + panel * kLanes);
      ForwardProduct<T> p;
      p.a = member_rows(in, member, batch);
      p.w = weights_of(pass.parameters, member);
      p.bias = bias_row_.data();
      p.z = member_rows(z, member, batch);
      p.out = member_rows(out, member, batch);
      p.activate = activate;
      products_[member].forward(p);
    }
  }

  void input_gradient(const Pass<T>& pass, size_t member, PanelView<const T> dz, const GradientTarget<T>& target) const {
    struct Finish {
      const Epilogue<T>& whole;
      size_t first;

      static void apply(const void* context, size_t panel, size_t first_row, size_t rows, T* d) {
        const Finish& self = *static_cast<const Finish*>(context);
        self.whole.apply(self.whole.context, panel, self.first + first_row, rows, d);
      }
    };
    const Finish finish{target.finish, member * dz.rows};
    InputGradientProduct<T> p;
    p.w = weights_of(pass.parameters, member);
    p.dz_t = dz_t_;
    p.da_t = {target.d_t.data, in_.columns, dz.rows, target.d_t.stride};
    p.da = member_rows(target.d, member, dz.rows);
    p.finish = target.finish.apply != nullptr ? Finish::apply : nullptr;
    p.context = &finish;
    if (!products_[member].rounds()) {
      tools_.kernels.transpose(dz.data, dz.stride, dz_t_.data, dz_t_.stride, dz.rows, {0, dz.panels()});
    }
    products_[member].input_gradient(p);
  }

  const Tools<T> tools_;
  const Shape in_;
  const size_t units_;
  const Parameter &weights_, &bias_;
  ActivationFunction<T> activation_;
  std::vector<DenseProducts<T>> products_;  // one for each member
  AlignedBuffer<T> bias_row_;               // of the member whose product is computed
  AlignedBuffer<T> memory_;
  PanelView<T> logits_;     // kept if the derivative is computed from them
  PanelView<T> dz_t_;       // one member's gradient, transposed
  PanelView<const T> out_;  // of the last forward()
};

}  // namespace

std::unique_ptr<LayerPlan> member_weights_plan(const DenseSettings& settings) { return std::make_unique<MemberWeightsPlan>(settings); }

}  // namespace chainrule
