// The names in the lists of the kernels and of nn/. JavaScript gets them all, and names things by their indices (wire.h).
#pragma once
#include <span>

#include "kernels/kernels.h"
#include "nn/initialize.h"
#include "nn/layers/dense_settings.h"
#include "nn/spec.h"

namespace chainrule {

constexpr const char* kOptimizerSettingNames[] = {
#define SETTING(name, typescript, kind) #typescript,
#include "kernels/settings.inc"
#undef SETTING
};

constexpr const char* kLossSettingNames[] = {
#define LOSS_SETTING(name, typescript) #typescript,
#include "kernels/loss_settings.inc"
#undef LOSS_SETTING
};

struct NameList {
  const char* name;  ///< lib/native.ts's
  std::span<const char* const> names;
};

constexpr NameList kNameLists[] = {
    {"activations", kActivationNames},
    {"initializers", kInitializerNames},
    {"inputs", kInputNames},
    {"layers", kLayerNames},
    {"losses", kLossNames},
    {"lossSettings", kLossSettingNames},
    {"metrics", kMetricNames},
    {"optimizers", kOptimizerNames},
    {"optimizerSettings", kOptimizerSettingNames},
    {"perMember", kPerMemberNames},
};

}  // namespace chainrule
