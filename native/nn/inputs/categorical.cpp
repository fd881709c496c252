// Categories, each the index of a row: of a trained table (an embedding), or of the unit matrix (one-hot).
#include <cmath>

#include "math/out_of_memory.h"
#include "nn/inputs/input.h"
#include "nn/inputs/rows_by_category.h"
#include "nn/limits.h"

namespace chainrule {
namespace {

/// The indices that a float32 can hold, each exactly.
constexpr uint64_t kMaxCategories = uint64_t{1} << 24;

template <typename T>
class Categorical;

class CategoricalPlan : public InputPlanOf<CategoricalPlan, Categorical> {
 public:
  explicit CategoricalPlan(Numbers numbers)
      : count(numbers.size(kMaxWidth)),
        categories(numbers.size(kMaxCategories)),
        embedding_width(static_cast<size_t>(numbers.whole(0, kMaxWidth))) {
    numbers.end();
  }

  uint64_t columns() const override { return count; }
  uint64_t width() const override { return uint64_t{count} * one_width(); }
  /// Each column has rows of its own in the one table.
  void declare(Planner& planner) override {
    if (embedding_width == 0) return;
    Initializer normal;
    normal.kind = InitializerKind::normal;
    normal.stddev = 1 / std::sqrt(static_cast<double>(embedding_width));
    const uint64_t rows = uint64_t{count} * categories;
    require(rows <= kMaxWidth, "an embedding has too many categories");
    table = planner.add("embedding", static_cast<size_t>(rows), embedding_width, normal);
  }

  /// The number of columns that one column becomes.
  size_t one_width() const { return embedding_width == 0 ? categories : embedding_width; }

  const size_t count, categories;
  const size_t embedding_width;  // 0: one-hot
  size_t table = 0;              // handle
};

template <typename T>
class Categorical : public Input<T> {
 public:
  Categorical(const CategoricalPlan& plan, const Tools<T>& tools, InputColumns at)
      : plan_(plan),
        kernels_(tools.kernels),
        at_(at),
        trains_(tools.mode == Mode::training && plan.embedding_width > 0),
        sharded_(tools.shards > 1) {
    if (plan.embedding_width > 0) table_ = &tools.parameters.of(plan.table);
  }

  void set_rows(size_t rows) override {
    if (!trains_) return;
    rows_ = 0;
    if (index_.size() < rows * plan_.count) index_ = AlignedBuffer<int32_t>(rows * plan_.count);
    if (gradient_.size() == 0) gradient_ = AlignedBuffer<T>(table_->rows * padded(table_->cols));
    if (sharded_ && (sorted_.empty() || rows > sorted_rows_)) {
      sorted_rows_ = 0;
      sorted_.clear();
      asking_for<uint32_t>(plan_.count * (rows + plan_.categories), [&] {
        for (size_t column = 0; column < plan_.count; ++column) sorted_.emplace_back(plan_.categories, rows);
      });
      sorted_rows_ = rows;
    }
    rows_ = rows;
  }
  size_t bytes() const override {
    size_t sum = index_.size() * sizeof(int32_t) + gradient_.size() * sizeof(T);
    for (const RowsByCategory& column : sorted_) sum += column.bytes();
    return sum;
  }

  void forward(const Pass<T>& pass, PanelView<const T> x, PanelView<T> out, Range rows) override {
    for (size_t column = 0; column < plan_.count; ++column) {
      int32_t some[kSome];
      for (size_t first = rows.begin, count; first < rows.end; first += count) {
        count = std::min(kSome, rows.end - first);
        int32_t* const index = trains_ ? index_.data() + column * rows_ + first : some;
        for (size_t i = 0; i < count; ++i) index[i] = category(x.at(first + i, at_.in + column));
        write(pass, column, index, out.data + first * kLanes, out.stride, count);
      }
    }
  }

  /// d_table[category] = the sum of the rows of d_out with that category, in ascending order. Threads share categories.
  void backward(const Pass<T>& pass, PanelView<const T>, PanelView<const T>, PanelView<const T> d_out,
                const GradientSink<T>& sink) override {
    if (table_ == nullptr || !sink.wants(table_->offset)) return;
    shards_ = sharded_ ? pass.shards : nullptr;
    for (size_t column = 0; column < sorted_.size(); ++column) sorted_[column].sort(index_.data() + column * rows_, d_out.rows);
    // An optimizer's step of a number takes as long as some 50 multiply-adds.
    parallel_for(table_->rows, kLanes, table_->rows * table_->cols * 50, [&](Range rows) {
      for (size_t row = rows.begin, end; row < rows.end; row = end) {
        const size_t column = row / plan_.categories;
        end = std::min({rows.end, (column + 1) * plan_.categories, row + kAtOnce});
        column_gradient(d_out, sink, column, {row - column * plan_.categories, end - column * plan_.categories});
      }
    });
  }

 private:
  static constexpr size_t kSome = 256;     // rows whose categories are read at a time, where they are not kept
  static constexpr size_t kAtOnce = 2048;  // categories whose gradients stay in the second-level cache until the optimizer reads them

  /// Values were checked where they came from, but shared memory may have changed since. Every index is within the table.
  int32_t category(T value) const {
    if (!(value > 0)) return 0;
    if (value >= static_cast<T>(plan_.categories)) return static_cast<int32_t>(plan_.categories - 1);
    return static_cast<int32_t>(value);
  }

  void write(const Pass<T>& pass, size_t column, const int32_t* index, T* out, size_t out_stride, size_t rows) const {
    const size_t offset = at_.out + column * plan_.one_width();
    if (table_ == nullptr) return kernels_.one_hot({out, index, plan_.categories, offset, out_stride, {0, rows}});
    const PanelView<const T> table = table_->view(pass.parameters);
    const T* own = table.data + column * plan_.categories * kLanes;
    kernels_.embed({own, out, index, table.cols, offset, table.stride, out_stride, {0, rows}});
  }

  void column_gradient(PanelView<const T> d_out, const GradientSink<T>& sink, size_t column, Range categories) {
    const size_t stride = table_->rows * kLanes;
    const size_t begin = column * plan_.categories * kLanes;
    EmbeddingGradientBlock<T> b{};
    b.d_out = d_out.data;
    b.d_table = (sink.stores() ? sink.gradients + table_->offset : gradient_.data()) + begin;
    b.index = index_.data() + column * rows_;
    b.rows = d_out.rows;
    b.width = table_->cols;
    b.offset = at_.out + column * table_->cols;
    b.table_stride = stride;
    b.d_out_stride = d_out.stride;
    b.categories = categories;
    b.panels = {0, panels_of(table_->cols)};
    if (shards_ == nullptr) {
      kernels_.embed_gradient(b);
    } else {
      sharded_gradient(b, d_out, sorted_[column]);
    }
    if (sink.stores()) return;
    for (size_t panel = 0; panel < b.panels.end; ++panel) {
      const size_t from = begin + panel * stride + categories.begin * kLanes;
      sink.take(kernels_, table_->offset + from, gradient_.data() + from, categories.end - categories.begin);
    }
  }

  /// The same as the kernel, category by category.
  void sharded_gradient(const EmbeddingGradientBlock<T>& b, PanelView<const T> d_out, const RowsByCategory& sorted) const {
    for (size_t category = b.categories.begin; category < b.categories.end; ++category) {
      for (size_t panel = 0; panel < b.panels.end; ++panel) {
        const size_t first = panel * kLanes;
        const size_t width = std::min<size_t>(kLanes, b.width - first);
        sum_of_rows(shards_->ranges, sorted.of(category), b.d_table + panel * b.table_stride + category * kLanes, [&](size_t row, T* sum) {
          for_column_runs(b.offset + first, 0, width, [&](size_t from, size_t to, size_t lanes) {
            const T* const d = &d_out.at(row, from);
            for (size_t i = 0; i < lanes; ++i) sum[to + i] += d[i];
          });
        });
      }
    }
  }

  const CategoricalPlan& plan_;
  const KernelTable<T>& kernels_;
  const InputColumns at_;
  const bool trains_, sharded_;
  const Parameter* table_ = nullptr;  // null: one-hot
  AlignedBuffer<int32_t> index_;      // [columns][rows], of the last forward()
  AlignedBuffer<T> gradient_;         // of the table, on its way to the optimizer
  size_t rows_ = 0;
  std::vector<RowsByCategory> sorted_;  // of each column, with shards
  size_t sorted_rows_ = 0;
  const BatchShards* shards_ = nullptr;  // of the last backward()
};

}  // namespace

std::unique_ptr<InputPlan> categorical_input(Numbers settings) { return std::make_unique<CategoricalPlan>(settings); }

}  // namespace chainrule
