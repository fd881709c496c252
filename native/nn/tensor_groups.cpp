#include "nn/tensor_groups.h"

#include <algorithm>

#include "math/contract.h"

namespace chainrule {

TensorGroups::TensorGroups(const ParameterList& parameters, const std::vector<TensorSettings>& settings)
    : TensorGroups(parameters.trained_size()) {
  if (settings.empty()) return;
  groups_.clear();
  size_t index = 0;
  for (const Parameter& parameter : parameters) {
    if (!parameter.trained) break;
    require(index < settings.size(), "a trained tensor has no settings");
    const TensorSettings& own = settings[index++];
    const size_t end = parameter.offset + parameter.rows * padded(parameter.cols);
    if (groups_.empty() || groups_.back().settings != own) groups_.push_back({parameter.offset, end, own});
    groups_.back().end = end;
  }
  require(index == settings.size(), "there are settings of more tensors than are trained");
}

size_t TensorGroups::index_of(size_t offset) const {
  if (groups_.size() == 1) return 0;
  const auto ends_behind = [](size_t at, const Group& group) { return at < group.end; };
  const auto found = std::upper_bound(groups_.begin(), groups_.end(), offset, ends_behind);
  require(found != groups_.end(), "an element is not trained");
  return static_cast<size_t>(found - groups_.begin());
}

size_t TensorGroups::first_moved() const {
  const auto moves = [](const Group& group) { return !group.settings.frozen; };
  const auto found = std::find_if(groups_.begin(), groups_.end(), moves);
  return found == groups_.end() ? groups_.back().end : found->begin;
}

}  // namespace chainrule
