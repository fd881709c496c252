// The columns of training data, measured for warnings in one pass over all rows, on all threads if they are many.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace chainrule {

/// Of each column of a matrix.
struct ColumnStatistics {
  std::vector<double> least, most;
  std::vector<double> mean, deviation;  ///< of the population; empty unless they were asked for
};

/// Measures `rows` rows of `data` [.., columns], at least one: the first ones, or those that `index` names. All values are finite. The sums
/// are of fixed blocks of rows, in order. Throws std::bad_alloc.
template <typename T>
ColumnStatistics measure_columns(const T* data, const uint32_t* index, size_t rows, size_t columns, bool with_moments);

}  // namespace chainrule
