#include "nn/topology.h"

#include "math/contract.h"
#include "nn/inputs/encoder.h"

namespace chainrule {

SequencePlan Topology::compile(const NetworkSpec& spec, ParameterList& parameters) {
  Planner planner(parameters);
  SequencePlan plan(spec.layers, "layers", {spec.input_size}, planner, spec.inputs.empty() ? nullptr : encoder_plan(spec.inputs));
  require(!plan.steps().empty() && plan.steps().back().plan->last_activation() != nullptr, "the last layer cannot be the last one");
  parameters.seal();
  return plan;
}

Topology::Topology(const NetworkSpec& spec)
    : input_size(spec.input_size),
      loss(spec.loss),
      seed(spec.seed),
      bf16_products(spec.bf16_products),
      parameters(spec.element_size),
      sequence(compile(spec, parameters)),
      outputs(sequence.out().columns),
      targets(loss.targets > 0 ? loss.targets : outputs),
      outputs_per_target(outputs % targets == 0 ? outputs / targets : 0),
      last_activation(*sequence.steps().back().plan->last_activation()) {
  require(loss.point < outputs_per_target || (has_custom_loss() && loss.point == 0), "the targets do not fit the outputs");
  require(loss.per_output.empty() || loss.per_output.size() == outputs, "the loss has the wrong number of numbers");
}

bool Topology::loss_fused() const {
  const LossTraits& traits = loss_traits();
  return traits.reads > LossReads::scores && traits.link == last_activation;
}

double Topology::loss_divisor(double weight) const {
  switch (loss_traits().mean) {
    case LossMean::outputs:
      return weight * static_cast<double>(outputs);
    case LossMean::targets:
      return weight * static_cast<double>(targets);
    case LossMean::rows:
      break;
  }
  return weight;
}

}  // namespace chainrule
