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
      huber_delta(spec.huber_delta),
      seed(spec.seed),
      bf16_products(spec.bf16_products),
      parameters(spec.element_size),
      sequence(compile(spec, parameters)),
      outputs(sequence.out().columns),
      last_activation(*sequence.steps().back().plan->last_activation()) {}

bool Topology::loss_fused() const {
  const LossTraits traits = kLossTraits[static_cast<size_t>(loss)];
  return traits.reads != LossReads::numbers && traits.link == last_activation;
}

double Topology::loss_divisor(size_t rows) const {
  const bool over_outputs = kLossTraits[static_cast<size_t>(loss)].reads != LossReads::class_logits;
  return static_cast<double>(rows) * (over_outputs ? static_cast<double>(outputs) : 1.0);
}

}  // namespace chainrule
