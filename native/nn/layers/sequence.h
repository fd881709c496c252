// Layers one after the other, in training and in prediction alike. The forward pass is a plain loop. On the way back the layer that
// computes a gradient also applies the epilogues of the layers below it. So elementwise derivatives cost no pass of their own.
#pragma once
#include "math/aligned_buffer.h"
#include "nn/layers/plan.h"

namespace chainrule {

/// The plans of layers in order, and the shapes between them.
class SequencePlan {
 public:
  /// `name` is what the tensors' names begin with, before the index: "layers". `front` is a layer in front of them that does not count.
  /// Throws ContractViolation.
  SequencePlan(const std::vector<LayerSpec>& specs, const std::string& name, Shape in, Planner& planner,
               std::unique_ptr<LayerPlan> front = nullptr);

  struct Step {
    std::unique_ptr<LayerPlan> plan;
    Shape in, out;
    bool trains = false;  ///< whether it has parameters that an optimizer may move
    size_t before = 0;    ///< trained tensors in front of it
    bool folded = false;  ///< whether it is a part of the layer in front of it in prediction

    bool works_in(Mode mode) const { return mode == Mode::training || (plan->predicts() && !folded); }
  };
  const std::vector<Step>& steps() const { return steps_; }
  Shape in() const { return in_; }
  Shape out() const { return steps_.empty() ? in_ : steps_.back().out; }
  /// Whether the first step is a layer in front of the others.
  bool has_front() const { return has_front_; }
  /// Elements of the widest matrix, input and output included, for each row of a batch.
  size_t widest() const { return widest_; }
  /// Elements of all matrices together, those inside layers included.
  size_t columns() const { return columns_; }

  /// Whether prediction reads a prepare()d copy of the parameters.
  bool prepares() const;
  /// Turns a copy of all parameters into what prediction reads.
  template <typename T>
  void prepare(const ParameterList& parameters, const KernelTable<T>& kernels, T* block) const {
    for (const Step& step : steps_) {
      if (step.plan->inside() != nullptr) step.plan->inside()->prepare(parameters, kernels, block);
      step.plan->prepare(parameters, kernels, block);
    }
  }

 private:
  std::vector<Step> steps_;
  Shape in_;
  bool has_front_ = false;
  size_t widest_ = 0, columns_ = 0;
};

/// Elements that a matrix of this shape has for each row of a batch, padding included.
inline size_t width(Shape shape) { return shape.members * padded(shape.columns); }

template <typename T>
class Sequence {
 public:
  /// Where backward() finds dLoss/dOutput: in output_gradient(), or where its caller has it.
  enum class OutputGradient : uint8_t { own, given };

  /// The plan must outlive it. With tools.input_gradient backward() may be asked for the gradient of the input.
  Sequence(const SequencePlan& plan, const Tools<T>& tools, OutputGradient output_gradient = OutputGradient::own);

  /// Makes room for batches of `rows` rows, or, in prediction, of at most `rows`. Throws std::bad_alloc.
  void set_rows(size_t rows);
  size_t bytes() const;

  /// Training: everything stays in place until backward() is done.
  PanelView<const T> forward(const Pass<T>& pass, PanelView<const T> in);
  /// Prediction: the layers write to `first`, `second` and `first` again, each of which has room for the widest matrix; `second` may be
  /// where `in` is. Without layers that predict, the result is `in`.
  PanelView<const T> predict(const Pass<T>& pass, PanelView<const T> in, T* first, T* second);

  /// Where dLoss/dOutput is to be written before backward().
  PanelView<T> output_gradient() const { return stages_.back().gradient.d; }
  /// Gradients of all parameters, and of the input if `target` wants it. The sink may change a layer's parameters after their last use.
  void backward(const Pass<T>& pass, PanelView<const T> in, const GradientTarget<T>& target, const GradientSink<T>& sink);
  /// The same for a gradient that is given. It is copied only where elementwise layers at the end have to change it.
  void backward(const Pass<T>& pass, PanelView<const T> in, const Gradient<T>& given, const GradientTarget<T>& target,
                const GradientSink<T>& sink);
  /// Whether a gradient that is given is read transposed, too.
  bool reads_transposed() const { return reads_given_ && stages_.back().transposed; }

  /// A layer's input after forward(), and the gradient that its backward() has read; by the index in the plan's steps.
  PanelView<const T> input_of(size_t layer, PanelView<const T> in) const { return layer == 0 ? in : slots_[layer - 1].output; }
  PanelView<const T> gradient_of(size_t layer) const;

  /// The layers that work in this mode, in order.
  size_t size() const { return slots_.size(); }
  Layer<T>& layer(size_t index) { return *slots_[index].layer; }
  Shape output_shape(size_t index) const { return slots_[index].out; }

 private:
  struct Slot {
    std::unique_ptr<Layer<T>> layer;
    Shape out;
    PanelView<T> output{};
  };
  /// A layer that is not elementwise, and the elementwise ones behind it: they share one gradient.
  struct Stage {
    size_t head;       // slot of that layer; none if all layers are elementwise
    bool wants_input;  // whether something in front of it needs a gradient
    bool transposed;   // whether its backward() reads the transposed gradient
    size_t begin;      // where trained tensors in front of it end in the block
    Gradient<T> gradient{};
  };
  static constexpr size_t kNone = SIZE_MAX;

  size_t size_in_training(size_t rows) const;
  size_t first_of(const Stage& stage) const { return stage.head == kNone ? 0 : stage.head; }
  void collect(const Pass<T>& pass, size_t first, size_t end);
  bool by_tile() const;
  Epilogue<T> chained() const;
  void apply_chain(const Gradient<T>& gradient, bool transposed) const;
  void go_back(const Pass<T>& pass, PanelView<const T> in, const GradientTarget<T>& target, const GradientSink<T>& sink);

  const Tools<T> tools_;
  const size_t in_members_;
  const size_t columns_;  // of all matrices together
  std::vector<Slot> slots_;
  std::vector<Stage> stages_;
  std::vector<Epilogue<T>> chain_;  // of the gradient that is being computed
  bool reads_given_ = false;        // whether the last stage's gradient stays where the caller of backward() has it
  AlignedBuffer<T> memory_;
  size_t rows_ = 0;
};

}  // namespace chainrule
