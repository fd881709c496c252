// Embeddings, one-hot columns and periodic features against plain loops, at every kind of offset.
#include "kernel_tables.h"

namespace chainrule {
namespace {

constexpr size_t kRows = 29;
constexpr size_t kCategories = 11;
constexpr size_t kWidths[] = {1, 4, 15, 16, 17, 32, 40};
constexpr size_t kOffsets[] = {0, 1, 13, 16, 32, 37};

std::vector<int32_t> random_categories(Numbers& numbers) {
  std::vector<int32_t> index(kRows);
  for (int32_t& i : index) i = static_cast<int32_t>(numbers.below(kCategories - 1));  // the last one never occurs
  return index;
}

/// The columns before and behind the ones that are written.
constexpr size_t kBehind = 3;

template <typename T>
struct Embedding {
  Guarded<T> table, d_table, out, d_out;
  std::vector<int32_t> index;
  size_t width, offset;

  Embedding(size_t width_in, size_t offset_in)
      : table(kCategories, width_in),
        d_table(kCategories, width_in),
        out(kRows, offset_in + width_in + kBehind),
        d_out(kRows, offset_in + width_in + kBehind),
        width(width_in),
        offset(offset_in) {
    Numbers numbers(width * 100 + offset);
    table.fill(numbers);
    out.fill(numbers);
    d_out.fill(numbers);
    index = random_categories(numbers);
  }

  void embed(const KernelTable<T>& t, Range rows) {
    t.embed({table.view().data, out.view().data, index.data(), width, offset, table.view().stride, out.view().stride, rows});
  }
  void gradient(const KernelTable<T>& t, Range categories, Range panels) {
    t.embed_gradient({d_out.view().data, d_table.view().data, index.data(), kRows, width, offset, d_table.view().stride,
                      d_out.view().stride, categories, panels});
  }
};

template <typename F>
void for_every_shape(const F& f) {
  for (const size_t width : kWidths)
    for (const size_t offset : kOffsets) f(width, offset);
}

}  // namespace

TEST(embeddings_are_rows_of_the_table) {
  for_all_tables([](const Kernels&, const auto& t, auto type) {
    using T = decltype(type);
    for_every_shape([&](size_t width, size_t offset) {
      Embedding<T> e(width, offset);
      const Embedding<T> before(width, offset);
      e.embed(t, {0, 10});
      e.embed(t, {10, kRows});
      CHECK(e.out.padding_is_zero());
      CHECK(e.out.canaries_alive());
      for (size_t row = 0; row < kRows; ++row) {
        for (size_t c = 0; c < offset + width + kBehind; ++c) {
          const bool inside = c >= offset && c < offset + width;
          const T expected = inside ? e.table.view().at(static_cast<size_t>(e.index[row]), c - offset) : before.out.view().at(row, c);
          CHECK(same_bits(e.out.view().at(row, c), expected));
        }
      }
    });
  });
}

TEST(embedding_gradients_are_sums_in_ascending_order_however_they_are_shared_out) {
  for_all_tables([](const Kernels&, const auto& t, auto type) {
    using T = decltype(type);
    for_every_shape([&](size_t width, size_t offset) {
      Guarded<T> expected(kCategories, width);
      expected.clear();
      const size_t panels = panels_of(width);
      for (const size_t panel_cut : {size_t{0}, panels / 2, panels}) {
        for (const size_t category_cut : {size_t{0}, size_t{4}}) {
          Embedding<T> e(width, offset);
          for (const Range categories : {Range{0, category_cut}, Range{category_cut, kCategories}}) {
            e.gradient(t, categories, {0, panel_cut});
            e.gradient(t, categories, {panel_cut, panels});
          }
          expected.clear();
          for (size_t row = 0; row < kRows; ++row)
            for (size_t c = 0; c < width; ++c)
              expected.view().at(static_cast<size_t>(e.index[row]), c) += e.d_out.view().at(row, offset + c);
          CHECK(e.d_table.padding_is_zero());
          CHECK(e.d_table.canaries_alive());
          for (size_t category = 0; category < kCategories; ++category)
            for (size_t c = 0; c < width; ++c) CHECK(same_bits(e.d_table.view().at(category, c), expected.view().at(category, c)));
        }
      }
    });
  });
}

TEST(one_hot_columns) {
  for_all_tables([](const Kernels&, const auto& t, auto type) {
    using T = decltype(type);
    for (const size_t offset : kOffsets) {
      Embedding<T> e(kCategories, offset);
      const Embedding<T> before(kCategories, offset);
      for (const Range rows : {Range{0, 10}, Range{10, kRows}})
        t.one_hot({e.out.view().data, e.index.data(), kCategories, offset, e.out.view().stride, rows});
      CHECK(e.out.padding_is_zero());
      CHECK(e.out.canaries_alive());
      for (size_t row = 0; row < kRows; ++row) {
        for (size_t c = 0; c < offset + kCategories + kBehind; ++c) {
          const bool inside = c >= offset && c < offset + kCategories;
          const T expected = inside ? T(c - offset == static_cast<size_t>(e.index[row])) : before.out.view().at(row, c);
          CHECK(same_bits(e.out.view().at(row, c), expected));
        }
      }
    }
  });
}

namespace {

template <typename T>
struct Periodic {
  Guarded<T> x, out, d_out;
  std::vector<T> frequencies, d_frequencies;
  size_t count, offset;

  Periodic(size_t count_in, size_t offset_in)
      : x(kRows, 5),
        out(kRows, offset_in + 2 * count_in + kBehind),
        d_out(kRows, offset_in + 2 * count_in + kBehind),
        d_frequencies(padded(count_in), T{7}),
        count(count_in),
        offset(offset_in) {
    Numbers numbers(count * 100 + offset);
    x.fill(numbers);
    out.fill(numbers);
    d_out.fill(numbers);
    frequencies = column_vector<T>(count, numbers);
  }

  /// Of the third column of x.
  void run(const KernelTable<T>& t) {
    for (const Range rows : {Range{0, 10}, Range{10, kRows}})
      t.periodic({x.view().data + 2, frequencies.data(), out.view().data, kLanes, count, offset, out.view().stride, rows});
    t.periodic_gradient({x.view().data + 2, out.view().data, d_out.view().data, d_frequencies.data(), kRows, kLanes, count, offset,
                         out.view().stride, d_out.view().stride});
  }
};

}  // namespace

TEST(periodic_features_and_the_gradient_of_their_frequencies) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    for_every_shape([&](size_t count, size_t offset) {
      Periodic<T> p(count, offset);
      const Periodic<T> before(count, offset);
      p.run(t);
      CHECK(p.out.padding_is_zero());
      CHECK(p.out.canaries_alive());
      for (size_t row = 0; row < kRows; ++row) {
        for (size_t c = 0; c < offset + 2 * count + kBehind; ++c)
          if (c < offset || c >= offset + 2 * count) CHECK(same_bits(p.out.view().at(row, c), before.out.view().at(row, c)));
      }
      const double tau = 2 * std::acos(-1.0);
      for (size_t j = 0; j < count; ++j) {
        double gradient = 0;
        for (size_t row = 0; row < kRows; ++row) {
          const auto x = static_cast<double>(p.x.view().at(row, 2));
          const double angle = tau * static_cast<double>(p.frequencies[j]) * x;
          check_close("cosine", k, p.out.view().at(row, offset + j), std::cos(angle), 1e-6, 1e-14);
          check_close("sine", k, p.out.view().at(row, offset + count + j), std::sin(angle), 1e-6, 1e-14);
          gradient -= static_cast<double>(p.d_out.view().at(row, offset + j)) * tau * x * std::sin(angle);
          gradient += static_cast<double>(p.d_out.view().at(row, offset + count + j)) * tau * x * std::cos(angle);
        }
        check_close("frequency's gradient", k, p.d_frequencies[j], gradient, 2e-5, 1e-13);
      }
      for (size_t j = count; j < p.d_frequencies.size(); ++j) CHECK(same_bits(p.d_frequencies[j], T{0}));
    });
  });
}

TEST(periodic_features_have_the_same_bits_on_every_isa) {
  for_every_shape([](size_t count, size_t offset) {
    check_same_bits("periodic", [&](const auto& t, auto type) {
      using T = decltype(type);
      Periodic<T> p(count, offset);
      p.run(t);
      std::vector<T> all;
      append(all, p.out);
      append(all, p.d_frequencies, count);
      return all;
    });
  });
}

}  // namespace chainrule
