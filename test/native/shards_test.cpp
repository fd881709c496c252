// Sums over the rows of a batch in shards, bit for bit: one chain for each shard, and one binary tree over the chains.
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "check.h"
#include "isas.h"
#include "math/gemm.h"
#include "math/thread_pool.h"
#include "matrices.h"
#include "nn/inputs/rows_by_category.h"
#include "nn/layers/batch_shards.h"

namespace chainrule {
namespace {

/// ((c0 + c1) + (c2 + c3)) + ..., of `count` chains from `first` on: the truth.
template <typename T, typename Chain>
T naive_tree(const Chain& chain, size_t first, size_t count) {
  if (count == 1) return chain(first);
  const T left = naive_tree<T>(chain, first, count / 2);
  return left + naive_tree<T>(chain, first + count / 2, count / 2);
}

enum class Cut { even, random, one_has_all };

/// A batch of `rows` rows in `count` shards.
BatchShards cut(size_t rows, size_t count, Cut way, Numbers& numbers, size_t members = 1) {
  std::vector<size_t> ends;
  for (size_t i = 1; i < count; ++i) {
    ends.push_back(way == Cut::even ? rows * i / count : way == Cut::random ? numbers.below(rows + 1) : i > count / 2 ? rows : 0);
  }
  ends.push_back(rows);
  std::sort(ends.begin(), ends.end());
  BatchShards shards;
  size_t begin = 0;
  for (const size_t end : ends) {
    shards.ranges.push_back({begin, end});
    for (size_t member = 0; member < members && members > 1; ++member)
      shards.member_ranges.push_back({member * rows + begin, member * rows + end});
    begin = end;
  }
  shards.all_rows = rows;
  return shards;
}

template <typename T>
T fused(bool fuses, T x, T y, T sum) {
  return fuses ? std::fma(x, y, sum) : x * y + sum;
}

struct GradientCase {
  size_t batch, in, units, shards;
  Cut way;
  size_t members = 1;
};

template <typename T>
struct Updated {
  PanelView<T> to;
  static void update(const void* context, size_t panel, size_t first_row, size_t rows, const T* gradient) {
    const Updated& self = *static_cast<const Updated*>(context);
    std::copy_n(gradient, rows * kLanes, self.to.panel(panel) + first_row * kLanes);
  }
};

/// Stored, handed over, or added times a scale.
enum class Destination { store, update, scale };

template <typename T>
bool weight_gradient_is_right(const Kernels& k, const GradientCase& c, Destination destination) {
  Numbers numbers(c.batch * 7919 + c.in * 31 + c.units + c.shards);
  const size_t rows = c.batch * c.members;
  Guarded<T> a(rows, c.in), dz(rows, c.units), dw(c.in, c.units);
  a.fill(numbers);
  dz.fill(numbers);
  a.set_padding(std::numeric_limits<T>::quiet_NaN());
  const BatchShards batch = cut(c.batch, c.shards, c.way, numbers, c.members);
  const Shards shards = batch.of(rows);
  const T scale = static_cast<T>(-0.3);
  std::vector<T> expected;
  dw.clear();
  for (size_t i = 0; i < c.in; ++i) {
    for (size_t j = 0; j < c.units; ++j) {
      const auto chain = [&](size_t shard) {
        T sum{0};
        for (size_t n = 0; n < shards.ranges_each; ++n) {
          const Range range = shards.ranges[shard * shards.ranges_each + n];
          for (size_t row = range.begin; row < range.end; ++row) sum = fused(fuses(k), a.view().at(row, i), dz.view().at(row, j), sum);
        }
        return sum;
      };
      const T sum = naive_tree<T>(chain, 0, c.shards);
      const T before = numbers.value<T>();
      dw.view().at(i, j) = before;
      expected.push_back(destination == Destination::scale ? fused(fuses(k), scale, sum, before) : sum);
    }
  }

  WeightGradientProduct<T> p;
  p.a = a.view();
  p.dz = dz.view();
  p.shards = &shards;
  p.dw = dw.view();
  const Updated<T> updated{dw.view()};
  if (destination == Destination::scale) p.scale = &scale;
  if (destination == Destination::update) {
    p.update = Updated<T>::update;
    p.context = &updated;
  }
  weight_gradient_product(table<T>(k), p);

  for (size_t i = 0; i < c.in; ++i) {
    for (size_t j = 0; j < c.units; ++j) {
      if (same_bits<T>(dw.view().at(i, j), expected[i * c.units + j])) continue;
      std::printf("%s, %zu bits: batch %zu, in %zu, units %zu, %zu shards, %zu members, destination %d: [%zu, %zu] is %.17g, not %.17g\n",
                  k.isa, 8 * sizeof(T), c.batch, c.in, c.units, c.shards, c.members, static_cast<int>(destination), i, j,
                  static_cast<double>(dw.view().at(i, j)), static_cast<double>(expected[i * c.units + j]));
      return false;
    }
  }
  return dw.padding_is_zero() && dw.canaries_alive() && a.canaries_alive() && dz.canaries_alive();
}

void check_gradients(const std::vector<GradientCase>& cases) {
  for (const GradientCase& c : cases) {
    for (const Kernels* k : kernels_to_test()) {
      for (const Destination destination : {Destination::store, Destination::update, Destination::scale}) {
        CHECK(weight_gradient_is_right<float>(*k, c, destination));
        CHECK(weight_gradient_is_right<double>(*k, c, destination));
      }
    }
  }
}

constexpr Cut kCuts[] = {Cut::even, Cut::random, Cut::one_has_all};

}  // namespace

TEST(weight_gradients_in_shards_of_every_size_of_a_layer) {
  std::vector<GradientCase> cases;
  for (size_t in = 1; in <= 50; ++in) cases.push_back({33, in, 1 + in * 13 % 70, size_t{1} << in % 7, kCuts[in % 3]});
  for (size_t units = 1; units <= 70; ++units) cases.push_back({29, 1 + units * 11 % 50, units, size_t{1} << units % 7, kCuts[units % 3]});
  check_gradients(cases);
}

TEST(weight_gradients_in_every_number_of_shards) {
  std::vector<GradientCase> cases;
  for (size_t shards = 1; shards <= 64; shards *= 2) {
    for (const Cut way : kCuts) {
      for (const size_t batch : {size_t{1}, shards, 3 * shards - 1, size_t{131}}) {
        cases.insert(cases.end(), {{batch, 21, 35, shards, way}, {batch, 17, 5, shards, way}, {batch, 5, 64, shards, way}});
      }
    }
  }
  cases.insert(cases.end(), {{1024, 18, 33, kMostShards, Cut::even}, {1500, 3, 3, kMostShards, Cut::random}, {0, 7, 18, 8, Cut::even}});
  check_gradients(cases);
}

TEST(weight_gradients_in_shards_of_an_ensemble) {
  std::vector<GradientCase> cases;
  for (const size_t members : {2, 3, 8}) {
    for (const Cut way : kCuts) {
      for (const size_t shards : {2, 8, 32})
        cases.insert(cases.end(), {{19, 18, 35, shards, way, members}, {7, 33, 2, shards, way, members}});
    }
  }
  check_gradients(cases);
}

TEST(weight_gradients_in_shards_of_deep_batches_and_for_any_number_of_threads) {
  const int before = ThreadPool::shared().size();
  for (const int threads : {1, 2, 5}) {
    ThreadPool::shared().resize(threads);
    check_gradients(
        {{1050, 9, 113, 16, Cut::even}, {530, 70, 33, 4, Cut::random}, {2100, 2, 3, 2, Cut::even}, {257, 130, 49, 64, Cut::even}});
  }
  ThreadPool::shared().resize(before);
}

TEST(one_shard_is_one_chain) { check_gradients({{600, 20, 35, 1, Cut::even}, {1100, 17, 3, 1, Cut::even}}); }

TEST(sums_over_shards_are_a_tree_of_chains) {
  const KernelTable<float>& table = kernels().f32;
  Numbers numbers(5);
  for (size_t count = 1; count <= kMostShards; count *= 2) {
    for (const Cut way : kCuts) {
      for (const size_t members : {1, 3}) {
        const size_t batch = 1 + numbers.below(70);
        const size_t rows = batch * members;
        const BatchShards shards = cut(batch, count, way, numbers, members);
        constexpr size_t kVectors = 3;
        constexpr size_t kSize = kVectors * kLanes;
        std::vector<float> values(rows * kSize);
        for (float& value : values) value = numbers.value<float>();
        const auto chain = [&](Range range, float* out) {
          std::fill_n(out, kSize, 0.0F);
          for (size_t row = range.begin; row < range.end; ++row)
            for (size_t i = 0; i < kSize; ++i) out[i] += values[row * kSize + i];
        };
        alignas(64) float got[kSize];
        sum_over_shards<kVectors>(table, &shards, rows, got, kVectors, chain);
        for (size_t i = 0; i < kSize; ++i) {
          // A shard's sum is that of its members' sums.
          const auto of_shard = [&](size_t shard) {
            float sum = 0;
            for (size_t member = 0; member < members; ++member) {
              float own = 0;
              const Range range = shards.ranges[shard];
              for (size_t row = range.begin; row < range.end; ++row) own += values[(member * batch + row) * kSize + i];
              sum = member == 0 ? own : sum + own;
            }
            return sum;
          };
          CHECK_EQ(got[i], naive_tree<float>(of_shard, 0, count));
        }
        if (members > 1) continue;

        // Of something of each row, added to a sum so far.
        const double sum = sum_over_shards(&shards, rows, 0.7, [&](Range range, double own) {
          for (size_t row = range.begin; row < range.end; ++row) own += static_cast<double>(values[row * kSize]);
          return own;
        });
        const auto of_shard = [&](size_t shard) {
          double own = 0;
          for (size_t row = shards.ranges[shard].begin; row < shards.ranges[shard].end; ++row)
            own += static_cast<double>(values[row * kSize]);
          return own;
        };
        CHECK_EQ(sum, 0.7 + naive_tree<double>(of_shard, 0, count));
      }
    }
  }
}

TEST(without_shards_a_sum_is_one_chain) {
  std::vector<std::pair<size_t, size_t>> calls;
  alignas(64) float out[kLanes];
  sum_over_shards<1>(kernels().f32, nullptr, 41, out, 1, [&](Range rows, float*) { calls.emplace_back(rows.begin, rows.end); });
  const double sum = sum_over_shards(nullptr, 43, 0.5, [&](Range rows, double so_far) {
    calls.emplace_back(rows.begin, rows.end);
    return so_far + 1;
  });
  CHECK_EQ(sum, 1.5);
  CHECK(calls == (std::vector<std::pair<size_t, size_t>>{{0, 41}, {0, 43}}));
}

TEST(places_in_the_whole_batch) {
  constexpr size_t kBatch = 7;
  constexpr size_t kFirst = 5;
  constexpr size_t kAll = 20;
  constexpr size_t kMembers = 3;
  BatchShards own;
  own.ranges = {{0, 3}, {3, kBatch}};
  own.first_row = kFirst;
  own.all_rows = kAll;
  BatchShards whole = own;
  whole.first_row = 0;
  whole.all_rows = kBatch;
  for (size_t first = 0; first < kMembers * kBatch; ++first) {
    for (size_t end = first; end <= kMembers * kBatch; ++end) {
      size_t next = first;
      for_places(&own, first, end - first, [&](size_t row, size_t rows, size_t place) {
        CHECK_EQ(row, next);
        for (size_t i = 0; i < rows; ++i) CHECK_EQ(place + i, (row + i) / kBatch * kAll + kFirst + (row + i) % kBatch);
        next += rows;
      });
      CHECK_EQ(next, end);
      for (const BatchShards* all : {static_cast<const BatchShards*>(nullptr), static_cast<const BatchShards*>(&whole)}) {
        size_t calls = 0;
        for_places(all, first, end - first, [&](size_t row, size_t rows, size_t place) {
          CHECK(row == first && rows == end - first && place == first);
          ++calls;
        });
        CHECK_EQ(calls, size_t{1});
      }
    }
  }
}

TEST(rows_by_category_are_sorted_and_their_sums_are_trees) {
  Numbers numbers(11);
  for (const size_t rows : {1, 7, 40, 150}) {
    for (const size_t categories : {1, 2, 9, 300}) {
      RowsByCategory sorted(categories, 150);
      std::vector<int32_t> index(rows);
      for (int round = 0; round < 2; ++round) {  // the second one finds what the first left
        for (int32_t& i : index) i = static_cast<int32_t>(numbers.below(categories));
        sorted.sort(index.data(), rows);
        std::vector<float> values(rows * kLanes);
        for (float& value : values) value = numbers.value<float>();
        size_t seen = 0;
        for (size_t category = 0; category < categories; ++category) {
          std::vector<uint32_t> expected;
          for (size_t row = 0; row < rows; ++row)
            if (static_cast<size_t>(index[row]) == category) expected.push_back(static_cast<uint32_t>(row));
          const std::span<const uint32_t> own = sorted.of(category);
          CHECK(std::equal(own.begin(), own.end(), expected.begin(), expected.end()));
          seen += own.size();
          for (const size_t count : {1, 2, 16, 64}) {
            const BatchShards shards = cut(rows, count, kCuts[count % 3], numbers);
            float got[kLanes];
            sum_of_rows(std::span<const Range>(shards.ranges), own, got, [&](size_t row, float* sum) {
              for (size_t i = 0; i < kLanes; ++i) sum[i] += values[row * kLanes + i];
            });
            for (size_t i = 0; i < kLanes; ++i) {
              const auto of_shard = [&](size_t shard) {
                float sum = 0;
                for (const uint32_t row : expected)
                  if (row >= shards.ranges[shard].begin && row < shards.ranges[shard].end) sum += values[row * kLanes + i];
                return sum;
              };
              CHECK(same_bits(got[i], naive_tree<float>(of_shard, 0, count)));
            }
          }
        }
        CHECK_EQ(seen, rows);
      }
    }
  }
}

}  // namespace chainrule
