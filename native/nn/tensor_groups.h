// The trained tensors of a network in groups: neighbours with the same settings.
#pragma once
#include <algorithm>
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
  /// f(index of a group, offset, vectors) for the parts of a range that are not frozen.
  template <typename F>
  void for_moved(size_t offset, size_t vectors, const F& f) const {
    const size_t end = offset + vectors * kLanes;
    for (size_t index = index_of(offset); offset < end; ++index) {
      const size_t part_end = std::min(end, groups_[index].end);
      if (!groups_[index].settings.frozen) f(index, offset, (part_end - offset) / kLanes);
      offset = part_end;
    }
  }
  bool is_frozen(size_t offset) const { return groups_[index_of(offset)].settings.frozen; }
  /// Where the first element is that an optimizer moves. Nothing in front of it needs a gradient.
  size_t first_moved() const;

 private:
  std::vector<Group> groups_;
};

}  // namespace chainrule
