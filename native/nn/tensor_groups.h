// The trained tensors of a network in groups: neighbours with the same settings.
#pragma once
#include <cstddef>
#include <vector>

#include "nn/parameters.h"
#include "nn/spec.h"

namespace chainrule {

class TensorGroups {
 public:
  /// A range of the parameter block whose elements have the same settings.
  struct Group {
    size_t begin, end;
    TensorSettings settings;
  };

  /// One group with the default settings.
  TensorGroups(size_t block_size) : groups_{{0, block_size, {}}} {}  // NOLINT(google-explicit-constructor): a size is such a list
  /// `settings`: one for each trained tensor, or none, which is one group. Throws ContractViolation if there are others.
  TensorGroups(const ParameterList& parameters, const std::vector<TensorSettings>& settings);

  /// In the order of the block, without gaps.
  const std::vector<Group>& all() const { return groups_; }
  /// The index of the group that has the element at this offset.
  size_t index_of(size_t offset) const;
  bool is_frozen(size_t offset) const { return groups_[index_of(offset)].settings.frozen; }
  /// Where the first element is that an optimizer moves. Nothing in front of it needs a gradient.
  size_t first_moved() const;

 private:
  std::vector<Group> groups_;
};

}  // namespace chainrule
