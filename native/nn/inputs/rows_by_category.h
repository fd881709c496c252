// The rows of a batch in the order of their categories, for sums over the rows of each category that are a tree over shards.
#pragma once
#include <algorithm>
#include <span>
#include <vector>

#include "nn/layers/batch_shards.h"

namespace chainrule {

/// Of one column.
class RowsByCategory {
 public:
  RowsByCategory(size_t categories, size_t rows) : starts_(categories + 1), rows_(rows) {}

  size_t bytes() const { return (starts_.size() + rows_.size()) * sizeof(uint32_t); }

  /// Sorts as many rows as it has room for, at most; rows of a category stay in their order.
  void sort(const int32_t* index, size_t rows) {
    std::fill(starts_.begin(), starts_.end(), 0U);
    for (size_t row = 0; row < rows; ++row) ++starts_[static_cast<size_t>(index[row]) + 1];
    for (size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
    for (size_t row = 0; row < rows; ++row) rows_[starts_[static_cast<size_t>(index[row])]++] = static_cast<uint32_t>(row);
    for (size_t i = starts_.size(); i-- > 1;) starts_[i] = starts_[i - 1];
    starts_[0] = 0;
  }
  std::span<const uint32_t> of(size_t category) const {
    return {rows_.data() + starts_[category], starts_[category + 1] - starts_[category]};
  }

 private:
  std::vector<uint32_t> starts_;  // of each category in rows_
  std::vector<uint32_t> rows_;
};

/// out[16] = the tree's sum of the chains over some rows, in ascending order, of what add(row, out) adds. A shard without such a row counts
/// as nothing: the chain of the others, which begins with 0, is never -0, so adding 0 would not change it.
template <typename T, typename Add>
void sum_of_rows(std::span<const Range> shards, std::span<const uint32_t> rows, T* out, const Add& add) {
  if (shards.size() > 1) {
    const size_t half = shards.size() / 2;
    const auto middle = std::lower_bound(rows.begin(), rows.end(), shards[half].begin);
    const auto left = rows.first(static_cast<size_t>(middle - rows.begin()));
    const auto right = rows.subspan(left.size());
    if (right.empty()) return sum_of_rows(shards.first(half), left, out, add);
    if (left.empty()) return sum_of_rows(shards.subspan(half), right, out, add);
    T other[kLanes];
    sum_of_rows(shards.first(half), left, out, add);
    sum_of_rows(shards.subspan(half), right, other, add);
    for (size_t i = 0; i < kLanes; ++i) out[i] += other[i];
    return;
  }
  std::fill_n(out, kLanes, T{0});
  for (const uint32_t row : rows) add(row, out);
}

}  // namespace chainrule
