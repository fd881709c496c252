// The inputs of a network side by side, as a layer in front of its first one.
#pragma once
#include <memory>
#include <vector>

#include "nn/layers/plan.h"

namespace chainrule {

/// A new plan for checked settings. Throws ContractViolation if they are not what they have to be.
std::unique_ptr<LayerPlan> encoder_plan(const std::vector<InputSpec>& specs);

}  // namespace chainrule
