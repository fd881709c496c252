// A batch that is cut into shards: neighbouring rows, over which sums are chains of their own. One binary tree sums the chains, so whoever
// computes some of them can leave the rest of the tree to others.
#pragma once
#include <algorithm>
#include <vector>

#include "kernels/kernels.h"

namespace chainrule {

struct BatchShards {
  std::vector<Range> ranges;           ///< of each shard, in rows of the batch; as many as a power of two, and some may be empty
  std::vector<Range> member_ranges{};  ///< the same in a matrix of an ensemble: for each shard one of every member
  size_t first_row = 0;                ///< the place of the first row in the whole batch, of which other processes may have parts,
  size_t all_rows = 0;                 ///< and its rows

  size_t rows() const { return ranges.back().end; }
  /// The ranges in a matrix of the batch, of one row or one for each member.
  Shards of(size_t matrix_rows) const {
    if (matrix_rows == rows()) return {ranges.data(), 1, ranges.size()};
    return {member_ranges.data(), member_ranges.size() / ranges.size(), ranges.size()};
  }
};

/// For the sums over `rows` rows of a matrix; null where they are one chain.
class RowShards {
 public:
  RowShards(const BatchShards* shards, size_t rows) : given_(shards != nullptr) {
    if (given_) shards_ = shards->of(rows);
  }
  const Shards* get() const { return given_ ? &shards_ : nullptr; }

 private:
  bool given_;
  Shards shards_{};
};

/// The levels of sums that wait for others, and one in the making.
constexpr size_t kWaitingSums = kMostLevels + 1;

/// out = the sum over the `rows` rows of a matrix of what chain(rows, out) computes for some of them: 16 * vectors elements. Without shards
/// that is one call. In an ensemble a shard's sum is that of its members', in ascending order. `waiting` has room for kWaitingSums of them.
template <typename T, typename Chain>
void sum_over_shards(const KernelTable<T>& kernels, const BatchShards* shards, size_t rows, T* out, size_t vectors, T* waiting,
                     const Chain& chain) {
  if (shards == nullptr) return chain(Range{0, rows}, out);
  const size_t size = vectors * kLanes;
  const Shards all = shards->of(rows);
  const Range* range = all.ranges;
  for (size_t shard = 0; shard < all.count; ++shard) {
    chain(*range++, out);
    for (size_t i = 1; i < all.ranges_each; ++i) {
      chain(*range++, waiting);
      kernels.add(out, waiting, out, vectors);
    }
    T* level = waiting + size;
    for (size_t whole = shard; whole % 2 == 1; whole /= 2, level += size) kernels.add(level, out, out, vectors);
    if (shard + 1 < all.count) std::copy_n(out, size, level);
  }
}

/// The same for at most kVectors vectors, with room of its own.
template <size_t kVectors, typename T, typename Chain>
void sum_over_shards(const KernelTable<T>& kernels, const BatchShards* shards, size_t rows, T* out, size_t vectors, const Chain& chain) {
  if (shards == nullptr) return chain(Range{0, rows}, out);
  alignas(64) T waiting[kWaitingSums * kVectors * kLanes];
  sum_over_shards(kernels, shards, rows, out, vectors, waiting, chain);
}

/// The same for something of each row of the batch, added to `sum`: chain(rows, sum) adds that of some rows to it.
template <typename Sum, typename Chain>
Sum sum_over_shards(const BatchShards* shards, size_t rows, const Sum& sum, const Chain& chain) {
  if (shards == nullptr) return chain(Range{0, rows}, sum);
  Sum levels[kMostLevels];
  Sum subtree{};
  const size_t count = shards->ranges.size();
  for (size_t shard = 0; shard < count; ++shard) {
    subtree = chain(shards->ranges[shard], Sum{});
    Sum* level = levels;
    for (size_t whole = shard; whole % 2 == 1; whole /= 2) subtree = *level++ + subtree;
    if (shard + 1 < count) *level = subtree;
  }
  return sum + subtree;
}

/// The sums over the rows of one panel: out[16].
template <typename T>
void sum_rows(const KernelTable<T>& kernels, const BatchShards* shards, const T* panel, size_t rows, T* out) {
  sum_over_shards<1>(kernels, shards, rows, out, 1,
                     [&](Range part, T* sums) { kernels.sum_rows(panel + part.begin * kLanes, part.end - part.begin, sums); });
}

/// Calls f(first row, rows, place) for the rows [first_row, first_row + rows) of a matrix of the batch: pieces that lie one behind the
/// other in the whole batch's matrix, too, and where they do there.
template <typename F>
void for_places(const BatchShards* shards, size_t first_row, size_t rows, const F& f) {
  if (shards == nullptr || shards->all_rows == shards->rows()) return f(first_row, rows, first_row);
  const size_t batch = shards->rows();
  for (const size_t end = first_row + rows; first_row < end; first_row += rows) {
    const size_t member = first_row / batch;
    rows = std::min(end, (member + 1) * batch) - first_row;
    f(first_row, rows, member * shards->all_rows + shards->first_row + first_row % batch);
  }
}

}  // namespace chainrule
