// Copies between rows and panels move every element, and no other.
#include <algorithm>
#include <vector>

#include "tables.h"

namespace chainrule {
namespace {

TEST(gather_scatter_and_transpose_move_every_element) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    Numbers numbers(6);
    for (const size_t columns : kUnits) {
      for (const size_t rows : {size_t{1}, size_t{3}, size_t{15}, size_t{16}, size_t{17}, size_t{33}}) {
        std::vector<T> plain(rows * columns);
        for (T& x : plain) x = numbers.value<T>();

        Guarded<T> panels(rows, columns);
        t.gather({plain.data(), panels.view().data, columns, panels.view().stride, nullptr, {0, rows / 2}});  // in two pieces
        t.gather({plain.data(), panels.view().data, columns, panels.view().stride, nullptr, {rows / 2, rows}});
        bool right = panels.padding_is_zero() && panels.canaries_alive();
        for (size_t i = 0; i < rows; ++i)
          for (size_t j = 0; j < columns; ++j) right = right && same_bits(panels.view().at(i, j), plain[i * columns + j]);
        check_true(right, "gather", k);

        std::vector<uint32_t> index(rows);
        for (uint32_t& i : index) i = static_cast<uint32_t>(numbers.below(rows));
        Guarded<T> chosen(rows, columns);
        t.gather({plain.data(), chosen.view().data, columns, chosen.view().stride, index.data(), {0, rows}});
        right = chosen.padding_is_zero() && chosen.canaries_alive();
        for (size_t i = 0; i < rows; ++i)
          for (size_t j = 0; j < columns; ++j) right = right && same_bits(chosen.view().at(i, j), plain[index[i] * columns + j]);
        check_true(right, "gather by index", k);

        std::vector<T> back(plain.size() + 1, T{7});
        t.scatter({panels.view().data, back.data(), columns, panels.view().stride, nullptr, {0, rows}});
        check_true(back.back() == 7, "scatter beyond its end", k);
        back.pop_back();
        check_true(same(back, plain), "scatter", k);

        Guarded<T> transposed(padded(columns), rows);
        t.transpose(panels.view().data, panels.view().stride, transposed.view().data, transposed.view().stride, rows,
                    {0, panels.view().panels()});
        right = transposed.canaries_alive() && transposed.padding_is_zero();
        for (size_t i = 0; i < rows; ++i) {
          for (size_t j = 0; j < padded(columns); ++j)
            right = right && same_bits(transposed.view().at(j, i), j < columns ? plain[i * columns + j] : T{0});
        }
        check_true(right, "transpose", k);

        T sums[kLanes];
        t.sum_rows(panels.view().panel(0), rows, sums);
        for (size_t j = 0; j < std::min<size_t>(columns, kLanes); ++j) {
          T sum = 0;
          for (size_t i = 0; i < rows; ++i) sum += plain[i * columns + j];
          check_true(same_bits(sums[j], sum), "sum_rows", k);
        }
      }
    }
  });
}

}  // namespace
}  // namespace chainrule
