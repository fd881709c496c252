// A layer before it works: checked settings, shapes and parameters, the same for every element type, thread and mode.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "nn/layers/layer.h"

namespace chainrule {

/// The declarations of a plan, and the parts of the network that it may know.
class Planner {
 public:
  explicit Planner(ParameterList& parameters) : parameters_(parameters) {}

  /// Declares a tensor of the current layer; returns its handle in the list. `step` tells tensors of one random stream apart.
  size_t add(const char* name, size_t rows, size_t columns, const Initializer& initializer, size_t fan_in, size_t fan_out, uint32_t stream,
             uint64_t step);
  /// The same for a tensor with a random stream of its own, and rows and columns for fan-in and fan-out.
  size_t add(const char* name, size_t rows, size_t columns, const Initializer& initializer);
  /// Bias rows of a dense layer's members, which all start with the same values.
  size_t add_rows_alike(const char* name, size_t rows, size_t columns, const Initializer& initializer, size_t fan_in, uint32_t stream,
                        uint64_t step);
  /// A row that is measured, not trained, and starts with one value. `momentum`: the part by which a training step moves it.
  size_t add_measured(const char* name, size_t columns, double value, double momentum = 0);

  /// Trained tensors so far.
  size_t trained() const { return trained_; }
  /// Dense layers so far: the ordinal by which their weights, and the masks behind them, draw random numbers.
  uint32_t dense_layers() const { return dense_layers_; }
  void count_dense_layer() { ++dense_layers_; }
  /// The stream of a random mask: by the ordinal, or of its own where that one has been taken.
  uint32_t mask_stream();
  /// A stream that nothing else draws from.
  uint32_t own_stream();

  /// Declares what `body` declares under a longer name.
  template <typename Body>
  auto within(const std::string& name, Body body) {
    const size_t length = prefix_.size();
    prefix_ += name + ".";
    const auto result = body();
    prefix_.resize(length);
    return result;
  }

 private:
  ParameterList& parameters_;
  std::string prefix_;
  size_t trained_ = 0;
  uint32_t dense_layers_ = 0, masked_ = 0, own_streams_ = 0;  // masked_: the dense layers in front of the last mask, plus one
};

/// A dense layer as a SmallPass takes it (small_dense.h).
struct SmallDensePlan {
  size_t in, units;
  size_t weights, bias;  ///< handles
  Activation activation;
};

class SequencePlan;

class LayerPlan {
 public:
  LayerPlan() = default;
  virtual ~LayerPlan() = default;
  LayerPlan(const LayerPlan&) = delete;
  LayerPlan& operator=(const LayerPlan&) = delete;

  /// Takes `next` into this one, if both together are one layer of this kind: asked before plan().
  virtual bool merge(const LayerPlan&) { return false; }
  /// Settles what follows from the shape of the input, declares the parameters, and returns the output's shape. Throws ContractViolation.
  virtual Shape plan(Shape in, Planner& planner) = 0;
  virtual std::unique_ptr<Layer<float>> make(const Tools<float>& tools) const = 0;
  virtual std::unique_ptr<Layer<double>> make(const Tools<double>& tools) const = 0;

  /// Whether the layer does anything in prediction.
  virtual bool predicts() const { return true; }
  /// Whether prediction reads other values of the layer's parameters than training does: prepare() computes them.
  virtual bool prepares() const { return false; }
  /// Asked after plan(): whether the layer, in prediction, becomes a part of the one in front of it, whose parameters prepare() then
  /// changes.
  virtual bool fold_into(const LayerPlan&) { return false; }
  /// Turns a copy of all parameters into what prediction reads.
  virtual void prepare(const ParameterList&, const KernelTable<float>&, float*) const {}
  virtual void prepare(const ParameterList&, const KernelTable<double>&, double*) const {}
  /// The layers inside it, or null.
  virtual const SequencePlan* inside() const { return nullptr; }
  /// Whether it can be the last one, and with which activation.
  virtual const Activation* last_activation() const { return nullptr; }
  /// Whether it can be part of a SmallPass.
  virtual const SmallDensePlan* small() const { return nullptr; }
};

/// A new plan for checked settings. Throws ContractViolation if they are not what they have to be.
std::unique_ptr<LayerPlan> make_plan(const LayerSpec& spec);

/// Each kind's own function of that sort, in its file.
#define LAYER(name) std::unique_ptr<LayerPlan> name##_plan(const LayerSpec& spec);
#include "nn/layers.inc"
#undef LAYER

/// make() for both element types by one template: `class Plan : public LayerPlanOf<Plan, AtWork>`, whose layers are AtWork<T>(plan, tools).
template <typename Plan, template <typename> class AtWork>
class LayerPlanOf : public LayerPlan {
 public:
  std::unique_ptr<Layer<float>> make(const Tools<float>& tools) const override { return made(tools); }
  std::unique_ptr<Layer<double>> make(const Tools<double>& tools) const override { return made(tools); }

 private:
  template <typename T>
  std::unique_ptr<Layer<T>> made(const Tools<T>& tools) const {
    return std::make_unique<AtWork<T>>(static_cast<const Plan&>(*this), tools);
  }
};

}  // namespace chainrule
