// The settings of a dense layer, and its variants in an ensemble.
#pragma once
#include <memory>

#include "nn/layers/plan.h"
#include "nn/layers/settings.h"

namespace chainrule {

/// How the members of an ensemble share a dense layer: its parameters are the same for all; each scales input and output by numbers of its
/// own, and has its own bias; each has its own weights and bias.
enum class PerMember : uint8_t { none, scales, weights };

constexpr const char* kPerMemberNames[] = {"none", "scales", "weights"};
constexpr size_t kPerMemberCount = sizeof(kPerMemberNames) / sizeof(kPerMemberNames[0]);

struct DenseSettings {
  explicit DenseSettings(Numbers numbers)
      : units(numbers.size(kMaxWidth)),
        activation(read_activation(numbers)),
        weights_initializer(read_initializer(numbers)),
        bias_initializer(read_initializer(numbers)),
        per_member(numbers.one_of<PerMember>(kPerMemberCount)) {
    numbers.end();
  }

  size_t units;
  Activation activation;
  Initializer weights_initializer, bias_initializer;
  PerMember per_member;
};

/// Plans of dense layers that do not share all with the other members. They need an ensemble.
std::unique_ptr<LayerPlan> member_scales_plan(const DenseSettings& settings);
std::unique_ptr<LayerPlan> member_weights_plan(const DenseSettings& settings);

}  // namespace chainrule
