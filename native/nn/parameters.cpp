#include "nn/parameters.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "math/contract.h"
#include "math/out_of_memory.h"

namespace chainrule {
namespace {

/// Elements of a block whose bytes, and those of a few such blocks, still have a number.
constexpr uint64_t kMaxBlock = std::numeric_limits<size_t>::max() / 64;

/// A side of a matrix is at most 2^31, so that a product of two has a number.
constexpr size_t kMaxSide = size_t{1} << 31;

}  // namespace

size_t ParameterList::add(Parameter parameter) {
  require(parameter.rows > 0 && parameter.rows <= kMaxSide && parameter.cols > 0 && parameter.cols <= kMaxSide, "a tensor is too large");
  const uint64_t size = block_size_ + uint64_t{parameter.rows} * padded(parameter.cols);
  if (size > kMaxBlock) throw OutOfMemory(size, element_size_);
  block_size_ = static_cast<size_t>(size);
  list_.push_back(std::move(parameter));
  return list_.size() - 1;
}

void ParameterList::seal() {
  std::vector<size_t> order(list_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_partition(order.begin(), order.end(), [&](size_t handle) { return list_[handle].trained; });
  position_.resize(order.size());
  std::vector<Parameter> sorted;
  sorted.reserve(list_.size());
  size_t offset = 0;
  for (const size_t handle : order) {
    position_[handle] = sorted.size();
    Parameter& parameter = sorted.emplace_back(std::move(list_[handle]));
    parameter.offset = offset;
    offset += parameter.rows * padded(parameter.cols);
    count_ += parameter.size();
    if (!parameter.trained) continue;
    trained_size_ = offset;
    trained_count_ = count_;
  }
  list_ = std::move(sorted);
}

}  // namespace chainrule
