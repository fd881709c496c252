// The batches of an epoch, and the shards of each. The samples are cut into parts by row, one for each shard; a batch has as many rows of
// every part. A process may have the samples of some neighbouring parts only.
#pragma once
#include <cstdint>
#include <vector>

#include "nn/layers/batch_shards.h"
#include "nn/training_step.h"

namespace chainrule {

/// The part of a training that this process has, of those of `size` processes.
struct Share {
  size_t rank = 0, size = 1;
  uint64_t all_rows = 0;  ///< the samples of all processes; 0: there are none, or this process has them all
};

class EpochPlan {
 public:
  /// For `rows` samples of its own. `members` are those of the network's ensemble. Throws ContractViolation if they are not those of its
  /// share, std::bad_alloc.
  EpochPlan(const TrainerSpec& spec, size_t rows, const Share& share, size_t members);

  /// Samples of all processes that an epoch trains on.
  uint64_t rows() const { return rows_; }
  uint64_t batches() const { return batches_; }
  /// Whether batches read their rows by order(), rather than as they lie.
  bool needs_order() const { return shuffles_ || (shards_ > 1 && (batches_ > 1 || rows_ < all_rows_)); }

  /// Where a batch begins in order(), and the number of its rows here.
  size_t first(uint64_t batch) const;
  size_t rows_of(uint64_t batch) const { return first(batch + 1) - first(batch); }
  uint64_t all_rows_of(uint64_t batch) const { return std::min<uint64_t>(batch_size_, rows_ - batch * batch_size_); }
  /// The shards of a batch, until the next call; null where sums over rows are one chain.
  const BatchShards* shards(uint64_t batch);
  /// The same for any batch, of `all` rows of which `own` are here, cut evenly. Throws ContractViolation if those are not this share's.
  const BatchShards* even_shards(size_t own, uint64_t all);

  /// Writes the rows of this process' samples in the order in which an epoch's batches read them: by the seed and the number of the epoch.
  /// Those that drop_last leaves out come last.
  void order(uint64_t seed, uint64_t epoch, std::vector<uint32_t>& rows);

 private:
  Range part(size_t shard, uint64_t all) const;
  Range of_batch(size_t shard, uint64_t batch) const;
  const BatchShards* finish(uint64_t first_row, uint64_t all);

  const size_t shards_, first_shard_;
  const uint64_t batch_size_, all_rows_;
  const bool shuffles_;
  const size_t members_;
  uint64_t batches_ = 0, rows_ = 0;
  BatchShards batch_;
  std::vector<uint32_t> by_part_;  // the rows in order, one part behind the other
};

}  // namespace chainrule
