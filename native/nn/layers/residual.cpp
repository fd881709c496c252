// Residual blocks (He, Zhang, Ren & Sun 2016, "Deep Residual Learning for Image Recognition"): y = x + block(x).
#include "math/contract.h"
#include "nn/layers/sequence.h"
#include "nn/numbers.h"

namespace chainrule {
namespace {

template <typename T>
class Residual;

class ResidualPlan : public LayerPlanOf<ResidualPlan, Residual> {
 public:
  explicit ResidualPlan(const LayerSpec& spec) : specs_(spec.layers) {
    Numbers(spec.settings).end();
    require(!specs_.empty(), "a residual block has no layers");
  }

  Shape plan(Shape in, Planner& planner) override {
    block = std::make_unique<SequencePlan>(specs_, "layers", in, planner);
    specs_.clear();
    const Shape out = block->out();
    require(out.columns == in.columns && out.members == in.members, "a residual block changes the shape");
    return in;
  }
  const SequencePlan* inside() const override { return block.get(); }

  std::unique_ptr<SequencePlan> block;

 private:
  std::vector<LayerSpec> specs_;
};

template <typename T>
class Residual : public Layer<T> {
 public:
  Residual(const ResidualPlan& plan, const Tools<T>& tools)
      : tools_(tools), widest_(plan.block->widest()), block_(*plan.block, inside(tools), Sequence<T>::OutputGradient::given) {}

  void set_rows(size_t rows) override {
    block_.set_rows(rows);
    if (tools_.mode == Mode::training || 2 * rows * widest_ <= memory_.size()) return;
    room_ = 0;  // until there is memory
    memory_ = AlignedBuffer<T>(2 * rows * widest_);
    room_ = rows * widest_;
  }
  size_t bytes() const override { return block_.bytes() + memory_.size() * sizeof(T); }

  void forward(const Pass<T>& pass, const PanelView<const T>& in, const PanelView<T>& out) override {
    const bool training = tools_.mode == Mode::training;
    const PanelView<const T> change =
        training ? block_.forward(pass, in) : block_.predict(pass, in, memory_.data(), memory_.data() + room_);
    parallel_for(in.panels(), 1, in.rows * in.cols, [&](Range panels) {
      for (size_t panel = panels.begin; panel < panels.end; ++panel)
        tools_.kernels.add(in.panel(panel), change.panel(panel), out.panel(panel), in.rows);
    });
  }

  bool reads_transposed() const override { return block_.reads_transposed(); }

  /// dX = the block's dX + dY. The sum is part of the epilogue of the product, or whatever else it is, that the block computes its dX by.
  void backward(const Pass<T>& pass, PanelView<const T> in, const Gradient<T>& dy, const GradientTarget<T>& target,
                const GradientSink<T>& sink) override {
    struct Sum {
      const KernelTable<T>& kernels;
      PanelView<const T> dy;
      const Epilogue<T>& finish;

      static void apply(const void* context, size_t panel, size_t first_row, size_t rows, T* d) {
        const Sum& self = *static_cast<const Sum*>(context);
        self.kernels.add(self.dy.panel(panel) + first_row * kLanes, d, d, rows);
        if (self.finish.apply != nullptr) self.finish.apply(self.finish.context, panel, first_row, rows, d);
      }
    };
    const Sum sum{tools_.kernels, dy.d, target.finish};
    GradientTarget<T> of_block = target;
    of_block.finish = {Sum::apply, nullptr, &sum};
    block_.backward(pass, in, dy, of_block, sink);
  }

 private:
  static Tools<T> inside(const Tools<T>& tools) {
    Tools<T> own = tools;
    own.is_last = false;
    return own;
  }

  const Tools<T> tools_;
  const size_t widest_;
  Sequence<T> block_;
  AlignedBuffer<T> memory_;  // two matrices, in prediction
  size_t room_ = 0;          // elements of each
};

}  // namespace

std::unique_ptr<LayerPlan> residual_plan(const LayerSpec& spec) { return std::make_unique<ResidualPlan>(spec); }

}  // namespace chainrule
