// A group of processes on its way from JavaScript.
#pragma once
#include <napi.h>

#include <memory>

#include "nn/group.h"

namespace chainrule {

/// The group behind a value that group/group.h describes; null for undefined. Throws ContractViolation for any other value.
std::shared_ptr<const Group> parse_group(const Napi::Value& value);

}  // namespace chainrule
