// JavaScript values -> plain structs. TypeScript has checked everything; what is checked here again is what could corrupt memory.
#pragma once
#include <napi.h>

#include "addon/arrays.h"
#include "nn/limits.h"
#include "nn/trainer.h"

namespace chainrule {

/// A whole number from 1 to `max`.
size_t count_of(const Napi::Value& value, const char* name, uint64_t max);
/// A whole number up to 2^53; 0 for undefined.
uint64_t count_if_given(const Napi::Value& value, const char* name);

/// An object's properties, each of the type asked for. Reading one may run JavaScript (getters).
class Fields {
 public:
  Fields(const Napi::Value& value, const char* name);

  Napi::Value operator[](const char* field) const;
  double number(const char* field) const;
  size_t count(const char* field, uint64_t max) const { return count_of((*this)[field], field, max); }

 private:
  Napi::Object object_;
};

/// A Float64Array's numbers, for nn/wire.h. They are copied, as other threads may write to shared memory.
std::vector<double> parse_numbers(const Napi::Value& value, const char* name);

/// The elements of an array, with no more than `max` of them.
std::vector<Napi::Value> parse_array(const Napi::Value& value, const char* name, uint32_t max);

/// The rows of x that are used, of all that it has.
struct Rows {
  /// Without an index (undefined), the first `count` rows. Throws unless the index has `count` elements, each of them a row of x.
  Rows(size_t count, const Napi::Value& x, size_t columns, const Napi::Value& index);
  size_t count;
  size_t all;                   ///< rows of x that may be read
  std::vector<uint32_t> index;  ///< empty: the first ones; otherwise `count`, in memory of our own
  const uint32_t* named() const { return index.empty() ? nullptr : index.data(); }
};

/// Samples whose properties have been read, but not their memory.
struct SamplesFields {
  explicit SamplesFields(const Fields& fields);
  Napi::Value x, y, weights, index;
  size_t rows;
};

/// Samples for the duration of a call. Labels are copied even so: in shared memory they could change after they were found to be in range.
template <typename T>
class BorrowedSamples {
 public:
  BorrowedSamples(const SamplesFields& fields, const Topology& topology);
  Samples<T> view() const;

 private:
  Samples<T> view_;
  std::vector<int32_t> labels_;
};

/// Samples that outlive the call; what they share with JavaScript is in `held` and must stay there.
template <typename T>
class LastingSamples {
 public:
  LastingSamples() = default;
  LastingSamples(const SamplesFields& fields, const Topology& topology, Held& held);
  Samples<T> view() const {
    const T* const values = labels_.empty() ? values_.data() : nullptr;
    return {x_.data(), values,          labels_.empty() ? nullptr : labels_.data(),
            rows_,     weights_.data(), index_.empty() ? nullptr : index_.data()};
  }
  size_t bytes_copied() const {
    return x_.bytes_copied() + values_.bytes_copied() + weights_.bytes_copied() + labels_.size() * sizeof(int32_t) +
           index_.size() * sizeof(uint32_t);
  }

 private:
  LastingElements<T> x_, values_, weights_;
  std::vector<int32_t> labels_;
  std::vector<uint32_t> index_;
  size_t rows_ = 0;
};

}  // namespace chainrule
