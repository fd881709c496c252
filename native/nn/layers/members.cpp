// An ensemble that shares the layers behind it: each member scales the input in its own way (BatchEnsemble: Wen, Tran & Ba 2020; TabM and
// TabM-mini: Gorishniy, Kotelnikov & Babenko 2025). Member m's rows are x * inputScale[m]. They follow those of member m - 1.
#include "math/contract.h"
#include "nn/layers/member_rows.h"
#include "nn/layers/plan.h"
#include "nn/layers/settings.h"

namespace chainrule {
namespace {

template <typename T>
class Members;

class MembersPlan : public LayerPlanOf<MembersPlan, Members> {
 public:
  explicit MembersPlan(Numbers numbers) : count(numbers.size(kMaxMembers)), initializer(read_initializer(numbers)) { numbers.end(); }

  Shape plan(Shape in, Planner& planner) override {
    require(!in.ensemble, "an ensemble cannot be a member of another one");
    input_scale = planner.add("inputScale", count, in.columns, initializer);
    return {in.columns, count, true};
  }

  size_t count;
  Initializer initializer;
  size_t input_scale = 0;  // handle
};

template <typename T>
class Members : public Layer<T> {
 public:
  Members(const MembersPlan& plan, const Tools<T>& tools)
      : kernels_(tools.kernels), count_(plan.count), input_scale_(tools.parameters.of(plan.input_scale)) {}

  void forward(const Pass<T>& pass, const PanelView<const T>& in, const PanelView<T>& out) override {
    const PanelView<const T> scale = input_scale_.view(pass.parameters);
    for_panels_of_members(out, count_, [&](size_t panel, size_t member) {
      T* const to = member_rows(out, member, in.rows).panel(panel);
      scale_rows<T>(kernels_, in.panel(panel), row_vector(scale, member, panel), nullptr, to, in.rows);
    });
  }

  /// dX = sum over the members, in ascending order, of dY_m * inputScale[m]; dinputScale[m] = sum over the batch of dY_m * X.
  void backward(const Pass<T>& pass, PanelView<const T> in, const Gradient<T>& dy, const GradientTarget<T>& target,
                const GradientSink<T>& sink) override {
    if (target.wanted()) input_gradient(input_scale_.view(pass.parameters), dy.d, target);
    for_panels_of_members(dy.d, count_, [&](size_t panel, size_t member) {
      T sums[kLanes];
      sum_products<T>(kernels_, pass.shards, member_rows(dy.d, member, in.rows).panel(panel), in.panel(panel), in.rows, sums);
      sink.take(kernels_, input_scale_.offset + (panel * count_ + member) * kLanes, sums, 1);
    });
  }

 private:
  void input_gradient(PanelView<const T> scale, PanelView<const T> dy, const GradientTarget<T>& target) const {
    const size_t batch = target.d.rows;
    parallel_for(target.d.panels(), 1, dy.rows * dy.cols, [&](Range panels) {
      for (size_t panel = panels.begin; panel < panels.end; ++panel) {
        for (size_t member = 0; member < count_; ++member) {
          const T* const from = member_rows(dy, member, batch).panel(panel);
          scale_rows<T>(kernels_, from, row_vector(scale, member, panel), nullptr, target.d.panel(panel), batch, member > 0);
        }
      }
    });
    target.complete(kernels_);
  }

  const KernelTable<T>& kernels_;
  const size_t count_;
  const Parameter& input_scale_;
};

}  // namespace

std::unique_ptr<LayerPlan> members_plan(const LayerSpec& spec) { return std::make_unique<MembersPlan>(settings_of(spec)); }

}  // namespace chainrule
