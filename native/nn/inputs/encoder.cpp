#include "nn/inputs/encoder.h"

#include <algorithm>
#include <string>

#include "math/contract.h"
#include "nn/inputs/input.h"
#include "nn/limits.h"

namespace chainrule {
namespace {

std::unique_ptr<InputPlan> make_input(const InputSpec& spec) {
  switch (spec.kind) {
#define INPUT(name)     \
  case InputKind::name: \
    return name##_input(Numbers(spec.settings));
#include "nn/inputs.inc"
#undef INPUT
  }
  throw ContractViolation("there is no such kind of input");
}

template <typename T>
class Encoder;

class EncoderPlan : public LayerPlanOf<EncoderPlan, Encoder> {
 public:
  explicit EncoderPlan(const std::vector<InputSpec>& specs) {
    for (const InputSpec& spec : specs) inputs.push_back(make_input(spec));
  }

  Shape plan(Shape in, Planner& planner) override {
    uint64_t columns = 0, width = 0;
    for (size_t i = 0; i < inputs.size(); ++i) {
      InputPlan& input = *inputs[i];
      places.push_back({static_cast<size_t>(columns), static_cast<size_t>(width)});
      columns += input.columns();
      width += input.width();
      require(columns <= in.columns && width <= kMaxWidth, "the inputs are too wide");
      work += input.work();
      planner.within("inputs." + std::to_string(i), [&] {
        input.declare(planner);
        return 0;
      });
    }
    require(columns == in.columns, "the inputs are not as wide as x");
    return {static_cast<size_t>(width), in.members};
  }

  std::vector<std::unique_ptr<InputPlan>> inputs;
  std::vector<InputColumns> places;
  size_t work = 0;  // of a row
};

template <typename T>
class Encoder : public Layer<T> {
 public:
  Encoder(const EncoderPlan& plan, const Tools<T>& tools) : work_(plan.work) {
    for (size_t i = 0; i < plan.inputs.size(); ++i) inputs_.push_back(plan.inputs[i]->make(tools, plan.places[i]));
  }

  void set_rows(size_t rows) override {
    for (const auto& input : inputs_) input->set_rows(rows);
  }
  size_t bytes() const override {
    size_t sum = inputs_.capacity() * sizeof(inputs_[0]);
    for (const auto& input : inputs_) sum += input->bytes();
    return sum;
  }

  void forward(const Pass<T>& pass, const PanelView<const T>& in, const PanelView<T>& out) override {
    out_ = out;
    for (const auto& input : inputs_) input->begin(pass);
    parallel_for(in.rows, kLanes, in.rows * work_, [&](Range rows) {
      for (const auto& input : inputs_) input->forward(pass, in, out, rows);
      const size_t lanes = out.cols % kLanes;
      for (size_t row = rows.begin; lanes != 0 && row < rows.end; ++row) {
        T* const padding = &out.at(row, out.cols - 1) + 1;
        std::fill_n(padding, kLanes - lanes, T{0});
      }
    });
  }

  /// Nothing is in front of it that would want the gradient of x.
  void backward(const Pass<T>& pass, PanelView<const T> in, const Gradient<T>& gradient, const GradientTarget<T>&,
                const GradientSink<T>& sink) override {
    for (const auto& input : inputs_) input->backward(pass, in, out_, gradient.d, sink);
  }

 private:
  std::vector<std::unique_ptr<Input<T>>> inputs_;
  const size_t work_;
  PanelView<const T> out_;  // of the last forward()
};

}  // namespace

std::unique_ptr<LayerPlan> encoder_plan(const std::vector<InputSpec>& specs) { return std::make_unique<EncoderPlan>(specs); }

}  // namespace chainrule
