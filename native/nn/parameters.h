// A network's parameters as a list of named tensors in one block.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "math/panel_matrix.h"
#include "nn/initialize.h"

namespace chainrule {

/// A tensor, as a matrix in panels: what has one dimension is one row, what has more has its last one along the columns.
struct Parameter {
  std::string name;  ///< as files name it: "layers.3.weights"
  size_t rows, cols;
  Initializer initializer;
  size_t fan_in, fan_out;     ///< that the initializer goes by
  uint32_t stream;            ///< of the random numbers that it draws,
  uint64_t step;              ///< and their step
  bool trained = true;        ///< moved by the optimizer; otherwise measured, like running statistics
  double momentum = 0;        ///< of what is measured: the part by which each training step moves it towards the batch's value
  size_t trained_before = 0;  ///< of what is measured: trained tensors in front of it; where the last one is frozen, it stays
  bool rows_alike = false;    ///< whether every row starts with the values of the first one
  size_t offset = 0;          ///< in the block, in elements

  size_t size() const { return rows * cols; }
  template <typename T>
  PanelView<T> view(T* block) const {
    return panel_view(block + offset, rows, cols);
  }
};

/// The order of the list is that of the tensors in the block, in files, and wherever all parameters go row-major: first the trained ones in
/// the order of the layers, then the others.
class ParameterList {
 public:
  /// For elements of this number of bytes.
  explicit ParameterList(size_t element_size) : element_size_(element_size) {}

  /// Adds a tensor; returns its handle for of(). Throws OutOfMemory if the block could not be addressed.
  size_t add(Parameter parameter);
  /// Settles order and offsets, when all have been added.
  void seal();

  const std::vector<Parameter>& all() const { return list_; }
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }
  const Parameter& of(size_t handle) const { return list_[position_[handle]]; }

  size_t block_size() const { return block_size_; }      ///< elements of a block, padding included
  size_t trained_size() const { return trained_size_; }  ///< those of them, from the first on, that the optimizer moves
  size_t count() const { return count_; }                ///< elements without padding
  size_t trained_count() const { return trained_count_; }

 private:
  size_t element_size_;
  std::vector<Parameter> list_;
  std::vector<size_t> position_;  // by handle
  size_t block_size_ = 0, trained_size_ = 0, count_ = 0, trained_count_ = 0;
};

}  // namespace chainrule
