#include "nn/epoch_plan.h"

#include <numeric>

#include "math/contract.h"
#include "math/out_of_memory.h"
#include "math/random.h"

namespace chainrule {
namespace {

uint64_t up(uint64_t a, uint64_t b) { return (a + b - 1) / b; }

}  // namespace

EpochPlan::EpochPlan(const TrainerSpec& spec, size_t rows, const Share& share, size_t members)
    : shards_(spec.shards),
      first_shard_(spec.shards / share.size * share.rank),
      batch_size_(spec.batch_size),
      all_rows_(share.all_rows == 0 ? rows : share.all_rows),
      shuffles_(spec.shuffle && all_rows_ > spec.batch_size),
      members_(members) {
  require(shards_ % share.size == 0, "the shards cannot be shared out evenly");
  require(all_rows_ == 0 || batch_size_ % shards_ == 0, "the shards of a batch are not of one size");
  const size_t own_shards = shards_ / share.size;
  require(rows == part(first_shard_ + own_shards, all_rows_).begin - part(first_shard_, all_rows_).begin, "the rows are not the share's");
  const uint64_t slice = std::max<uint64_t>(1, batch_size_ / shards_);
  const uint64_t whole = all_rows_ / shards_ / slice;
  batches_ = spec.drop_last && whole > 0 ? whole : up(up(all_rows_, shards_), slice);
  rows_ = std::min(all_rows_, batches_ * batch_size_);
  if (shards_ == 1 && share.size == 1) return;
  asking_for<Range>(own_shards * (1 + members), [&] {
    batch_.ranges.resize(own_shards);
    batch_.member_ranges.resize(members > 1 ? own_shards * members : 0);
  });
  if (needs_order()) asking_for<uint32_t>(rows, [&] { by_part_.resize(rows); });
}

/// The rows of a shard, of `all`.
Range EpochPlan::part(size_t shard, uint64_t all) const {
  // all * shard / shards, whose product need not fit.
  const auto begin = [&](size_t s) { return static_cast<size_t>(all / shards_ * s + all % shards_ * s / shards_); };
  return {begin(shard), begin(shard + 1)};
}

/// The rows of its part that a batch has.
Range EpochPlan::of_batch(size_t shard, uint64_t batch) const {
  const Range all = part(shard, all_rows_);
  const uint64_t size = all.end - all.begin;
  const uint64_t slice = batch_size_ / shards_;
  return {static_cast<size_t>(std::min(size, batch * slice)), static_cast<size_t>(std::min(size, (batch + 1) * slice))};
}

size_t EpochPlan::first(uint64_t batch) const {
  if (shards_ == 1) return static_cast<size_t>(std::min(rows_, batch * batch_size_));
  size_t first = 0;
  const uint64_t last = std::min(batch, batches_);
  for (size_t i = 0; i < batch_.ranges.size(); ++i) first += of_batch(first_shard_ + i, last).begin;
  return first;
}

const BatchShards* EpochPlan::shards(uint64_t batch) {
  if (batch_.ranges.empty()) return nullptr;
  size_t end = 0;
  for (size_t i = 0; i < batch_.ranges.size(); ++i) {
    const Range rows = of_batch(first_shard_ + i, batch);
    batch_.ranges[i] = {end, end + rows.end - rows.begin};
    end = batch_.ranges[i].end;
  }
  uint64_t before = 0;
  for (size_t shard = 0; shard < first_shard_; ++shard) {
    const Range rows = of_batch(shard, batch);
    before += rows.end - rows.begin;
  }
  return finish(before, all_rows_of(batch));
}

const BatchShards* EpochPlan::even_shards(size_t own, uint64_t all) {
  const size_t begin = part(first_shard_, all).begin;
  require(part(first_shard_ + std::max<size_t>(1, batch_.ranges.size()), all).begin - begin == own, "the batch's rows are not the share's");
  if (batch_.ranges.empty()) return nullptr;
  for (size_t i = 0; i < batch_.ranges.size(); ++i) {
    const Range rows = part(first_shard_ + i, all);
    batch_.ranges[i] = {rows.begin - begin, rows.end - begin};
  }
  return finish(begin, all);
}

const BatchShards* EpochPlan::finish(uint64_t first_row, uint64_t all) {
  batch_.first_row = static_cast<size_t>(first_row);
  batch_.all_rows = static_cast<size_t>(all);
  const size_t rows = batch_.rows();
  Range* next = batch_.member_ranges.data();
  if (members_ == 1) return &batch_;
  for (const Range& own : batch_.ranges) {
    for (size_t member = 0; member < members_; ++member) *next++ = {member * rows + own.begin, member * rows + own.end};
  }
  return &batch_;
}

void EpochPlan::order(uint64_t seed, uint64_t epoch, std::vector<uint32_t>& rows) {
  if (shards_ == 1) return permutation(seed, epoch, rows);
  const size_t begin = part(first_shard_, all_rows_).begin;
  for (size_t i = 0; i < batch_.ranges.size(); ++i) {
    const Range own = part(first_shard_ + i, all_rows_);
    const std::span<uint32_t> chosen = std::span(by_part_).subspan(own.begin - begin, own.end - own.begin);
    if (shuffles_) {
      permutation(seed, epoch, chosen, static_cast<uint32_t>(first_shard_ + i));
    } else {
      std::iota(chosen.begin(), chosen.end(), 0U);
    }
    for (uint32_t& row : chosen) row += static_cast<uint32_t>(own.begin - begin);
  }
  auto to = rows.begin();
  for (uint64_t batch = 0; batch <= batches_; ++batch) {
    for (size_t i = 0; i < batch_.ranges.size(); ++i) {
      const size_t first = part(first_shard_ + i, all_rows_).begin - begin;
      const Range some = of_batch(first_shard_ + i, batch);
      to = std::copy_n(by_part_.begin() + static_cast<ptrdiff_t>(first + some.begin), some.end - some.begin, to);
    }
  }
}

}  // namespace chainrule
