#include "nn/column_statistics.h"

#include <algorithm>
#include <cmath>

#include "math/parallel_for.h"

namespace chainrule {
namespace {

/// Limits of blocks: few have little memory for sums, and large ones have few sums to be merged.
constexpr size_t kMostBlocks = 16, kLeastValues = size_t{1} << 16;
/// Values that are in the first-level cache when they are looked at again.
constexpr size_t kPieceValues = size_t{1} << 12;

struct Moments {
  std::vector<double> mean, squares;  ///< the latter of the differences from the mean
};

/// The statistics of some rows, with room for those of a piece of them.
template <typename T>
struct Sums {
  size_t rows = 0;
  std::vector<T> least, most;
  Moments all, piece;
};

template <typename T>
void add_range(const T* row, Sums<T>& sums) {
  T* const least = sums.least.data();
  T* const most = sums.most.data();
  for (size_t column = 0; column < sums.least.size(); ++column) {
    least[column] = std::min(least[column], row[column]);
    most[column] = std::max(most[column], row[column]);
  }
}

/// Adds rows with these means and squares (Chan, Golub & LeVeque 1983).
template <typename T>
void merge(Sums<T>& to, size_t rows, const Moments& moments) {
  const double share = static_cast<double>(rows) / static_cast<double>(to.rows + rows);
  const double weight = static_cast<double>(to.rows) * share;
  for (size_t column = 0; column < to.all.mean.size(); ++column) {
    const double difference = moments.mean[column] - to.all.mean[column];
    to.all.mean[column] += difference * share;
    to.all.squares[column] += moments.squares[column] + difference * difference * weight;
  }
  to.rows += rows;
}

/// Adds the rows that `row(i)` gives for `range`, piece by piece.
template <typename T, typename Row>
void add_moments(Range range, const Row& row, Sums<T>& sums) {
  auto& [mean, squares] = sums.piece;
  const size_t columns = mean.size();
  for (size_t first = range.begin, end; first < range.end; first = end) {
    end = std::min(range.end, first + std::max<size_t>(1, kPieceValues / columns));
    std::fill(mean.begin(), mean.end(), 0.0);
    std::fill(squares.begin(), squares.end(), 0.0);
    for (size_t i = first; i < end; ++i)
      for (size_t column = 0; column < columns; ++column) mean[column] += static_cast<double>(row(i)[column]);
    for (double& value : mean) value /= static_cast<double>(end - first);
    for (size_t i = first; i < end; ++i) {
      for (size_t column = 0; column < columns; ++column) {
        const double difference = static_cast<double>(row(i)[column]) - mean[column];
        squares[column] += difference * difference;
      }
    }
    merge(sums, end - first, sums.piece);
  }
}

}  // namespace

template <typename T>
ColumnStatistics measure_columns(const T* data, const uint32_t* index, size_t rows, size_t columns, bool with_moments) {
  const auto row = [&](size_t i) { return data + (index != nullptr ? index[i] : i) * columns; };
  const size_t block_rows = std::max((rows + kMostBlocks - 1) / kMostBlocks, (kLeastValues + columns - 1) / columns);
  std::vector<Sums<T>> blocks((rows + block_rows - 1) / block_rows);
  for (Sums<T>& sums : blocks) {
    sums.least.resize(columns);
    sums.most.resize(columns);
    for (Moments* moments : {&sums.all, &sums.piece}) {
      moments->mean.resize(with_moments ? columns : 0);
      moments->squares.resize(with_moments ? columns : 0);
    }
  }
  parallel_for(blocks.size(), 1, rows * columns, [&](Range range) {
    for (size_t block = range.begin; block < range.end; ++block) {
      Sums<T>& sums = blocks[block];
      const Range own{block * block_rows, std::min(rows, (block + 1) * block_rows)};
      std::copy(row(own.begin), row(own.begin) + columns, sums.least.begin());
      std::copy(row(own.begin), row(own.begin) + columns, sums.most.begin());
      for (size_t i = own.begin; i < own.end; ++i) add_range(row(i), sums);
      if (with_moments) add_moments(own, row, sums);
    }
  });

  Sums<T>& all = blocks.front();
  for (size_t block = 1; block < blocks.size(); ++block) {
    const Sums<T>& sums = blocks[block];
    add_range(sums.least.data(), all);
    add_range(sums.most.data(), all);
    if (with_moments) merge(all, sums.rows, sums.all);
  }
  ColumnStatistics result;
  result.least.assign(all.least.begin(), all.least.end());
  result.most.assign(all.most.begin(), all.most.end());
  result.mean = std::move(all.all.mean);
  result.deviation = std::move(all.all.squares);
  for (double& value : result.deviation) value = std::sqrt(value / static_cast<double>(rows));
  return result;
}

template ColumnStatistics measure_columns(const float*, const uint32_t*, size_t, size_t, bool);
template ColumnStatistics measure_columns(const double*, const uint32_t*, size_t, size_t, bool);

}  // namespace chainrule
