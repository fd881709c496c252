// The batches of an epoch: which rows each has, in which shards, for one process and for several.
#include "nn/epoch_plan.h"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <vector>

#include "check.h"
#include "math/contract.h"

namespace chainrule {
namespace {

TrainerSpec spec_of(size_t batch_size, size_t shards, bool shuffle = true, bool drop_last = false) {
  TrainerSpec spec{};
  spec.batch_size = batch_size;
  spec.shuffle = shuffle;
  spec.drop_last = drop_last;
  spec.shards = shards;
  return spec;
}

constexpr uint64_t kSeed = 42;

/// The rows of an epoch in order; those that lie as they come where the plan needs no order.
std::vector<uint32_t> order_of(EpochPlan& plan, size_t rows, uint64_t epoch) {
  std::vector<uint32_t> order(rows);
  if (plan.needs_order()) {
    plan.order(kSeed, epoch, order);
  } else {
    std::iota(order.begin(), order.end(), 0U);
  }
  return order;
}

/// The first row of a part.
size_t begin_of(size_t part, size_t parts, size_t rows) { return rows * part / parts; }
size_t part_of(size_t row, size_t parts, size_t rows) {
  size_t part = 0;
  while (begin_of(part + 1, parts, rows) <= row) ++part;
  return part;
}

struct Setting {
  size_t rows, slice, shards;
  bool shuffle, drop_last;
  size_t batch_size() const { return slice * shards; }
};

template <typename F>
void for_settings(const F& f) {
  for (const size_t shards : {1, 2, 8, 16}) {
    for (const size_t rows : {shards, shards + 1, size_t{37}, size_t{64}, size_t{99}}) {
      if (rows < shards) continue;
      for (const size_t slice : {1, 2, 3, 5, 40}) {
        for (const bool shuffle : {true, false}) {
          for (const bool drop_last : {true, false}) f(Setting{rows, slice, shards, shuffle, drop_last});
        }
      }
    }
  }
}

}  // namespace

TEST(an_epoch_has_every_row_once_and_as_many_of_each_part_in_a_batch) {
  for_settings([](const Setting& s) {
    EpochPlan plan(spec_of(s.batch_size(), s.shards, s.shuffle, s.drop_last), s.rows, {}, 1);
    for (const uint64_t epoch : {0, 1, 7}) {
      const std::vector<uint32_t> order = order_of(plan, s.rows, epoch);
      std::vector<uint32_t> sorted = order;
      std::sort(sorted.begin(), sorted.end());
      for (size_t i = 0; i < s.rows; ++i) CHECK_EQ(size_t{sorted[i]}, i);  // those that are left out, too
      std::vector<int> seen(s.rows, 0);
      size_t next = 0;
      for (uint64_t batch = 0; batch < plan.batches(); ++batch) {
        const bool last = batch + 1 == plan.batches();
        const size_t rows = plan.rows_of(batch);
        CHECK_EQ(plan.first(batch), next);
        CHECK_EQ(plan.all_rows_of(batch), uint64_t{rows});
        CHECK(rows > 0);
        if (!last) CHECK_EQ(rows, s.batch_size());
        const BatchShards* const shards = plan.shards(batch);
        CHECK_EQ(shards == nullptr, s.shards == 1);
        std::vector<Range> ranges{{0, rows}};
        if (shards != nullptr) {
          ranges = shards->ranges;
          CHECK_EQ(shards->first_row, size_t{0});
          CHECK_EQ(shards->all_rows, rows);
          CHECK_EQ(shards->rows(), rows);
        }
        CHECK_EQ(ranges.size(), s.shards);
        size_t begin = 0;
        for (size_t shard = 0; shard < ranges.size(); ++shard) {
          CHECK_EQ(ranges[shard].begin, begin);
          const size_t own = ranges[shard].end - begin;
          if (!last) CHECK_EQ(own, s.slice);
          CHECK_LE(own, s.slice);
          for (size_t i = begin; i < ranges[shard].end; ++i) {
            const uint32_t row = order[next + i];
            CHECK_EQ(part_of(row, s.shards, s.rows), shard);
            ++seen[row];
          }
          begin = ranges[shard].end;
        }
        CHECK_EQ(begin, rows);
        next += rows;
      }
      CHECK_EQ(plan.rows(), uint64_t{next});
      const long once = std::count(seen.begin(), seen.end(), 1);
      CHECK_EQ(static_cast<size_t>(once), next);
      CHECK_EQ(static_cast<size_t>(std::count(seen.begin(), seen.end(), 0)), s.rows - next);
      // Only an incomplete batch is left out, and never the only one.
      if (!s.drop_last) CHECK_EQ(next, s.rows);
      if (s.drop_last && plan.batches() > 1) CHECK_EQ(next % s.batch_size(), size_t{0});
      if (s.drop_last && s.rows / s.shards >= s.slice) CHECK_EQ(next, s.rows / s.shards / s.slice * s.batch_size());
    }
  });
}

TEST(orders_differ_by_part_and_by_epoch) {
  constexpr size_t rows = 256;
  constexpr size_t shards = 4;
  constexpr size_t part = rows / shards;
  EpochPlan plan(spec_of(32, shards), rows, {}, 1);
  const auto of_part = [&](const std::vector<uint32_t>& order, size_t shard) {
    std::vector<uint32_t> own;
    for (const uint32_t row : order)
      if (row / part == shard) own.push_back(static_cast<uint32_t>(row - shard * part));
    return own;
  };
  const std::vector<uint32_t> first = order_of(plan, rows, 0);
  const std::vector<uint32_t> second = order_of(plan, rows, 1);
  CHECK(first == order_of(plan, rows, 0));
  std::vector<std::vector<uint32_t>> all;
  for (size_t shard = 0; shard < shards; ++shard) {
    all.push_back(of_part(first, shard));
    all.push_back(of_part(second, shard));
    CHECK(!std::is_sorted(all.back().begin(), all.back().end()));
  }
  for (size_t i = 0; i < all.size(); ++i)
    for (size_t j = 0; j < i; ++j) CHECK(all[i] != all[j]);
  std::vector<uint32_t> other_seed(rows);
  plan.order(kSeed + 1, 0, other_seed);
  CHECK(other_seed != first);
}

TEST(without_shuffling_each_part_is_read_in_order) {
  // Parts of 4 and 5 rows.
  EpochPlan plan(spec_of(4, 2, false), 9, {}, 1);
  CHECK(plan.needs_order());
  CHECK(order_of(plan, 9, 3) == (std::vector<uint32_t>{0, 1, 4, 5, 2, 3, 6, 7, 8}));
  CHECK(order_of(plan, 9, 4) == order_of(plan, 9, 3));
  // One batch has them as they lie; so has one that is not cut.
  CHECK(!EpochPlan(spec_of(10, 2, false), 9, {}, 1).needs_order());
  CHECK(!EpochPlan(spec_of(10, 2, true), 9, {}, 1).needs_order());
  CHECK(!EpochPlan(spec_of(4, 1, false), 9, {}, 1).needs_order());
  CHECK(EpochPlan(spec_of(4, 1, true), 9, {}, 1).needs_order());
}

TEST(the_shares_of_several_processes_make_up_the_whole) {
  for_settings([](const Setting& s) {
    const TrainerSpec spec = spec_of(s.batch_size(), s.shards, s.shuffle, s.drop_last);
    EpochPlan whole(spec, s.rows, {}, 1);
    for (const size_t size : {1, 2, 4, 8}) {
      if (s.shards % size != 0) continue;
      std::vector<std::vector<uint32_t>> orders;
      std::vector<EpochPlan> plans;
      std::vector<size_t> begins;
      for (size_t rank = 0; rank < size; ++rank) {
        const size_t begin = begin_of(rank, size, s.rows);
        const size_t rows = begin_of(rank + 1, size, s.rows) - begin;
        plans.emplace_back(spec, rows, Share{rank, size, s.rows}, 1);
        begins.push_back(begin);
        orders.push_back(order_of(plans.back(), rows, 5));
        CHECK_EQ(plans.back().batches(), whole.batches());
        CHECK_EQ(plans.back().rows(), whole.rows());
      }
      const std::vector<uint32_t> order = order_of(whole, s.rows, 5);
      for (uint64_t batch = 0; batch < whole.batches(); ++batch) {
        std::vector<uint32_t> joined;
        std::vector<size_t> ends;
        for (size_t rank = 0; rank < size; ++rank) {
          EpochPlan& plan = plans[rank];
          CHECK_EQ(plan.all_rows_of(batch), whole.all_rows_of(batch));
          const BatchShards* const shards = plan.shards(batch);
          CHECK_EQ(shards == nullptr, s.shards == 1 && size == 1);
          if (shards != nullptr) {
            CHECK_EQ(shards->first_row, joined.size());
            CHECK_EQ(uint64_t{shards->all_rows}, whole.all_rows_of(batch));
            CHECK_EQ(shards->ranges.size(), s.shards / size);
            CHECK_EQ(shards->rows(), plan.rows_of(batch));
            for (const Range& range : shards->ranges) ends.push_back(joined.size() + range.end);
          }
          for (size_t i = 0; i < plan.rows_of(batch); ++i)
            joined.push_back(orders[rank][plan.first(batch) + i] + static_cast<uint32_t>(begins[rank]));
        }
        const auto begin = order.begin() + static_cast<std::ptrdiff_t>(whole.first(batch));
        CHECK(std::equal(joined.begin(), joined.end(), begin, begin + static_cast<std::ptrdiff_t>(whole.rows_of(batch))));
        if (s.shards == 1) continue;
        const BatchShards* const shards = whole.shards(batch);
        CHECK_EQ(ends.size(), s.shards);
        for (size_t i = 0; i < s.shards; ++i) CHECK_EQ(shards->ranges[i].end, ends[i]);
      }
    }
  });
}

TEST(a_batch_of_a_stream_is_cut_evenly) {
  for (const size_t shards : {2, 8}) {
    for (const size_t size : {1, 2}) {
      for (const size_t all : {shards, size_t{17}, size_t{100}}) {
        size_t before = 0;
        for (size_t rank = 0; rank < size; ++rank) {
          EpochPlan plan(spec_of(1, shards), 0, Share{rank, size, 0}, 1);
          CHECK_EQ(plan.batches(), uint64_t{0});
          const size_t own = begin_of(rank + 1, size, all) - begin_of(rank, size, all);
          const BatchShards* const cut = plan.even_shards(own, all);
          CHECK_EQ(cut->first_row, before);
          CHECK_EQ(cut->all_rows, all);
          for (size_t i = 0; i < cut->ranges.size(); ++i) {
            const size_t shard = rank * shards / size + i;
            CHECK_EQ(before + cut->ranges[i].begin, begin_of(shard, shards, all));
            CHECK_EQ(before + cut->ranges[i].end, begin_of(shard + 1, shards, all));
          }
          before += own;
        }
      }
    }
  }
  EpochPlan plain(spec_of(1, 1), 0, {}, 1);
  CHECK(plain.even_shards(5, 5) == nullptr);
}

TEST(shards_of_an_ensemble_have_a_range_of_each_member) {
  constexpr size_t members = 3;
  EpochPlan plan(spec_of(8, 4), 26, {}, members);
  for (uint64_t batch = 0; batch < plan.batches(); ++batch) {
    const BatchShards* const shards = plan.shards(batch);
    const size_t rows = shards->rows();
    const Shards of_matrix = shards->of(rows * members);
    CHECK_EQ(of_matrix.count, size_t{4});
    CHECK_EQ(of_matrix.ranges_each, members);
    CHECK_EQ(shards->of(rows).ranges_each, size_t{1});
    for (size_t shard = 0; shard < 4; ++shard) {
      for (size_t member = 0; member < members; ++member) {
        const Range range = of_matrix.ranges[shard * members + member];
        CHECK_EQ(range.begin, member * rows + shards->ranges[shard].begin);
        CHECK_EQ(range.end, member * rows + shards->ranges[shard].end);
      }
    }
  }
}

TEST(rows_that_are_not_the_share_are_refused) {
  const auto refused = [](const TrainerSpec& spec, size_t rows, const Share& share) {
    try {
      EpochPlan plan(spec, rows, share, 1);
      return false;
    } catch (const ContractViolation&) {
      return true;
    }
  };
  CHECK(!refused(spec_of(8, 4), 5, {1, 2, 10}));
  CHECK(refused(spec_of(8, 4), 4, {1, 2, 10}));
  CHECK(refused(spec_of(8, 4), 10, {1, 2, 10}));
  CHECK(refused(spec_of(8, 4), 1, {0, 8, 10}));  // more processes than shards
  CHECK(refused(spec_of(6, 4), 10, {}));
  EpochPlan plan(spec_of(8, 4), 0, {1, 2, 0}, 1);
  try {
    plan.even_shards(4, 10);
    CHECK(false);
  } catch (const ContractViolation&) {
    CHECK(true);
  }
}

}  // namespace chainrule
