// The arguments of the kernels of layers other than dense. Matrices are [rows, columns] in panels; a stride is the elements from one panel
// to the next. Vectors of columns are padded with zeros to whole panels. Padding lanes must be zero in inputs, and are zero in outputs.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace chainrule {

/// A range [begin, end).
struct Range {
  size_t begin, end;
};

/// The rows of a batch as shards: a sum over rows is a chain of its own for each, and one binary tree over the chains.
struct Shards {
  const Range* ranges;  ///< of rows: `ranges_each` for each shard, which are one chain, in the order of the shards; may be empty
  size_t ranges_each;
  size_t count;  ///< a power of two
};

/// The levels of the tree over the most shards.
constexpr size_t kMostLevels = 10;
constexpr size_t kMostShards = size_t{1} << kMostLevels;

/// Layer normalisation (Ba, Kiros & Hinton 2016; PyTorch's LayerNorm) of rows: out = (in - mean) * inverse_deviation * scale + bias. Rows
/// are independent, so any share of them gives the same bits.
template <typename T>
struct LayerNormBlock {
  const T* in;           ///< [rows, columns]
  T* out;                ///< [rows, columns], may be in
  const T* scale;        ///< [columns]
  const T* bias;         ///< [columns]
  T* mean;               ///< [rows], for the gradients; null if they are not wanted
  T* inverse_deviation;  ///< [rows] 1 / sqrt(variance + epsilon), the variance with divisor `columns`; null likewise
  size_t columns, in_stride, out_stride;
  Range rows;
  T epsilon;
};

/// Gradients of LayerNormBlock. Each of the two kernels reads only what it needs.
template <typename T>
struct LayerNormGradientBlock {
  const T* in;                 ///< [rows, columns], as in the forward pass
  const T* d_out;              ///< [rows, columns]
  T* d_in;                     ///< [rows, columns], may be d_out
  const T* scale;              ///< [columns]
  const T* mean;               ///< [rows]
  const T* inverse_deviation;  ///< [rows]
  T* d_scale;                  ///< [columns] sum over `rows` of d_out * normalised in
  T* d_bias;                   ///< [columns] sum over `rows` of d_out
  size_t columns, in_stride, d_out_stride, d_in_stride;
  Range rows;
  Range panels;  ///< of d_scale and d_bias; d_in has all of them
  bool add;      ///< d_in += … instead of d_in = …
};

/// Batch normalisation in training (Ioffe & Szegedy 2015; PyTorch's BatchNorm1d) of panels of columns:
/// out = (in - mean) * inverse_deviation * scale + bias. In prediction it is an affine ColumnBlock.
template <typename T>
struct BatchNormBlock {
  const T* in;           ///< [rows, columns]
  T* out;                ///< [rows, columns], may be in
  const T* scale;        ///< [columns]
  const T* bias;         ///< [columns]
  T* mean;               ///< [columns]
  T* square_sum;         ///< [columns] sum of (in - mean)^2: the variance times rows, or PyTorch's running variance times rows - 1
  T* inverse_deviation;  ///< [columns] 1 / sqrt(square_sum / rows + epsilon)
  size_t rows, columns, in_stride, out_stride;
  Range panels;
  T epsilon;
};

/// Gradients of BatchNormBlock.
template <typename T>
struct BatchNormGradientBlock {
  const T* in;                 ///< [rows, columns], as in the forward pass
  const T* d_out;              ///< [rows, columns]
  T* d_in;                     ///< [rows, columns], may be d_out; null if it is not wanted
  const T* scale;              ///< [columns]
  const T* mean;               ///< [columns]
  const T* inverse_deviation;  ///< [columns]
  T* d_scale;                  ///< [columns] sum of d_out * normalised in
  T* d_bias;                   ///< [columns] sum of d_out
  size_t rows, columns, in_stride, d_out_stride, d_in_stride;
  Range panels;
  bool add;  ///< d_in += … instead of d_in = …
};

/// One factor and one shift for each column. `in` and `out` point at the first row, which need not be the matrix' first.
template <typename T>
struct ColumnBlock {
  const T* in;     ///< [rows, columns]
  T* out;          ///< [rows, columns], may be in
  const T* scale;  ///< [columns]
  const T* shift;  ///< [columns], or null for zero
  size_t rows, in_stride, out_stride;
  Range panels;
  bool add;  ///< out += … instead of out = …
};

/// Sums over rows, in ascending order. `a` and `b` point at the first row.
template <typename T>
struct ColumnSumBlock {
  const T* a;  ///< [rows, columns]
  const T* b;  ///< [rows, columns]
  T* out;      ///< [columns]
  size_t rows, a_stride, b_stride;
  Range panels;
};

/// out = in + stddev * a standard normal number, for rows of one panel; the number depends only on (seed, stream, step, row, column), never
/// on how the matrix is shared out.
template <typename T>
struct NoiseBlock {
  const T* in;
  T* out;                  ///< may be in
  size_t panel, columns;   ///< this panel of a matrix of `columns`
  size_t first_row, rows;  ///< in and out point at first_row
  uint64_t seed, step;
  uint32_t stream;
  T stddev;
};

/// Copies row index[row] of `table` to the columns [offset, offset + width) of row `row` of `out`, whose other columns stay.
template <typename T>
struct EmbeddingBlock {
  const T* table;        ///< [categories, width]
  T* out;                ///< [rows, at least offset + width]
  const int32_t* index;  ///< [rows], each in [0, categories): not checked here
  size_t width, offset, table_stride, out_stride;
  Range rows;
};

/// The gradient of EmbeddingBlock: d_table[category] = the sum of the rows of d_out with that index, in ascending order; 0 if there are
/// none. Threads share categories, panels or both.
template <typename T>
struct EmbeddingGradientBlock {
  const T* d_out;        ///< [rows, at least offset + width]
  T* d_table;            ///< [categories, width]
  const int32_t* index;  ///< [rows]
  size_t rows, width, offset, table_stride, d_out_stride;
  Range categories;  ///< of d_table
  Range panels;      ///< of d_table
};

/// Writes 1 to the column offset + index[row] and 0 to the others of [offset, offset + categories).
template <typename T>
struct OneHotBlock {
  T* out;                ///< [rows, at least offset + categories]
  const int32_t* index;  ///< [rows], each in [0, categories): not checked here
  size_t categories, offset, out_stride;
  Range rows;
};

/// Periodic features of one numeric column x (Gorishniy, Rubachev & Babenko 2022, "On Embeddings for Numerical Features in Tabular Deep
/// Learning"): cos(2 pi c x) for all `count` frequencies c, then sin(2 pi c x), in the columns [offset, offset + 2 count) of `out`.
template <typename T>
struct PeriodicBlock {
  const T* x;            ///< x of row r is x[r * x_step]
  const T* frequencies;  ///< [count]
  T* out;                ///< [rows, at least offset + 2 count]; other columns stay
  size_t x_step, count, offset, out_stride;
  Range rows;
};

/// The gradient of PeriodicBlock with respect to the frequencies: the sum over rows, in ascending order, of
/// 2 pi x (d_sin cos - d_cos sin).
template <typename T>
struct PeriodicGradientBlock {
  const T* x;        ///< x of row r is x[r * x_step]
  const T* out;      ///< what the forward pass wrote
  const T* d_out;    ///< [rows, at least offset + 2 count]
  T* d_frequencies;  ///< [count]
  size_t rows, x_step, count, offset, out_stride, d_out_stride;
};

}  // namespace chainrule
