// Factors, shifts and sums of columns against plain loops.
#include "kernel_tables.h"

namespace chainrule {
namespace {

constexpr size_t kRowCounts[] = {1, 3, 16, 35};
constexpr size_t kColumnCounts[] = {1, 15, 16, 17, 33, 100};

template <typename T>
struct Operands {
  Guarded<T> a, b, out;
  std::vector<T> scale, shift;

  Operands(size_t rows, size_t columns) : a(rows, columns), b(rows, columns), out(rows, columns) {
    Numbers numbers(rows * 1000 + columns);
    a.fill(numbers);
    b.fill(numbers);
    scale = column_vector<T>(columns, numbers);
    shift = column_vector<T>(columns, numbers);
  }

  /// All panels, from row `first` on.
  ColumnBlock<T> block(size_t first, bool shifted, bool add) const {
    return {a.view().data + first * kLanes,
            out.view().data + first * kLanes,
            scale.data(),
            shifted ? shift.data() : nullptr,
            a.view().rows - first,
            a.view().stride,
            out.view().stride,
            {0, a.view().panels()},
            add};
  }
};

template <typename F>
void for_every_size(const F& f) {
  for (const size_t rows : kRowCounts)
    for (const size_t columns : kColumnCounts) f(rows, columns);
}

/// Everything that the kernels of this file's subject compute of one matrix.
template <typename T>
std::vector<T> all_results(const KernelTable<T>& t, size_t rows, size_t columns) {
  std::vector<T> all;
  for (const auto kernel : {t.affine, t.normalize}) {
    for (const bool shifted : {false, true}) {
      for (const bool add : {false, true}) {
        Operands<T> o(rows, columns);
        o.out.clear();
        Numbers numbers(5);
        if (add) o.out.fill(numbers);
        kernel(o.block(0, shifted, add));
        append(all, o.out);
      }
    }
  }
  const Operands<T> o(rows, columns);
  std::vector<T> sums(padded(columns), T{7});
  t.column_products({o.a.view().data, o.b.view().data, sums.data(), rows, o.a.view().stride, o.b.view().stride, {0, o.a.view().panels()}});
  append(all, sums, columns);
  std::vector<T> average = o.scale;
  t.move_average(average.data(), T{0.9F}, o.shift.data(), T{0.1F}, average.size() / kLanes);
  append(all, average, columns);
  return all;
}

}  // namespace

TEST(columns_are_scaled_and_shifted) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    for_every_size([&](size_t rows, size_t columns) {
      const std::vector<T> all = all_results<T>(t, rows, columns);
      const Operands<T> o(rows, columns);
      Guarded<T> before(rows, columns);
      Numbers numbers(5);
      before.fill(numbers);
      size_t at = 0;
      for (const bool normalize : {false, true}) {
        for (const bool shifted : {false, true}) {
          for (const bool add : {false, true}) {
            for (size_t row = 0; row < rows; ++row) {
              for (size_t c = 0; c < columns; ++c) {
                const auto x = static_cast<double>(o.a.view().at(row, c));
                const auto scale = static_cast<double>(o.scale[c]);
                const double shift = shifted ? static_cast<double>(o.shift[c]) : 0;
                const double y = normalize ? (x - shift) * scale : x * scale + shift;
                check_close("columns", k, all[at++], add ? static_cast<double>(before.view().at(row, c)) + y : y, 1e-6, 1e-14);
              }
            }
          }
        }
      }
      for (size_t c = 0; c < columns; ++c) {
        double sum = 0;
        for (size_t row = 0; row < rows; ++row)
          sum += static_cast<double>(o.a.view().at(row, c)) * static_cast<double>(o.b.view().at(row, c));
        check_close("column_products", k, all[at++], sum, 1e-5, 1e-14);
      }
      for (size_t c = 0; c < columns; ++c)
        check_close("move_average", k, all[at++], 0.9F * static_cast<double>(o.scale[c]) + 0.1F * static_cast<double>(o.shift[c]), 1e-6,
                    1e-14);
      CHECK_EQ(at, all.size());
    });
  });
}

TEST(columns_have_the_same_bits_on_every_isa) {
  for_every_size([](size_t rows, size_t columns) {
    check_same_bits("columns", [&](const auto& t, auto type) { return all_results<decltype(type)>(t, rows, columns); });
  });
}

TEST(columns_of_some_rows_and_panels_leave_the_others) {
  for_all_tables([](const Kernels&, const auto& t, auto type) {
    using T = decltype(type);
    Operands<T> o(9, 40);
    Operands<T> whole(9, 40);
    whole.out.clear();
    t.affine(whole.block(0, true, false));
    o.out.clear();
    ColumnBlock<T> block = o.block(2, true, false);
    block.rows = 4;
    block.panels = {1, 2};
    t.affine(block);
    for (size_t row = 0; row < 9; ++row) {
      for (size_t c = 0; c < 40; ++c) {
        const bool inside = row >= 2 && row < 6 && c / kLanes == 1;
        CHECK(same_bits(o.out.view().at(row, c), inside ? whole.out.view().at(row, c) : T{0}));
      }
    }
  });
}

TEST(arrays_are_added_in_place_too) {
  for_all_tables([](const Kernels&, const auto& t, auto type) {
    using T = decltype(type);
    Numbers numbers(3);
    const std::vector<T> a = column_vector<T>(48, numbers);
    const std::vector<T> b = column_vector<T>(48, numbers);
    std::vector<T> out(64, T{7});
    t.add(a.data(), b.data(), out.data(), 3);
    std::vector<T> in_place = a;
    t.add(in_place.data(), b.data(), in_place.data(), 3);
    for (size_t i = 0; i < 64; ++i) CHECK_EQ(out[i], i < 48 ? a[i] + b[i] : T{7});
    for (size_t i = 0; i < 48; ++i) CHECK_EQ(in_place[i], out[i]);
  });
}

}  // namespace chainrule
