// Softmax and its gradient against the plain formulas.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "tables.h"

namespace chainrule {
namespace {

TEST(softmax_is_the_plain_formula) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    Numbers numbers(1);
    for (const size_t units : kUnits) {
      for (const double magnitude : {0.0, 1.0, 30.0, 1e4}) {
        Guarded<T> z(kRows, units);
        Guarded<T> a(kRows, units);
        z.fill(numbers);
        z.set_padding(T{123});  // an activation may have left something there
        for (size_t i = 0; i < kRows; ++i)
          for (size_t j = 0; j < units; ++j) z.view().at(i, j) *= static_cast<T>(magnitude);
        t.softmax({z.view().data, a.view().data, nullptr, units, z.view().stride, kSome});
        for (size_t i = kSome.begin; i < kSome.end; ++i) {
          double max = -1e300;
          double sum = 0;
          double total = 0;
          for (size_t j = 0; j < units; ++j) max = std::max(max, static_cast<double>(z.view().at(i, j)));
          for (size_t j = 0; j < units; ++j) sum += std::exp(static_cast<double>(z.view().at(i, j)) - max);
          for (size_t j = 0; j < units; ++j) {
            check_near(a.view().at(i, j), std::exp(static_cast<double>(z.view().at(i, j)) - max) / sum, 1e-30, "softmax", k);
            total += static_cast<double>(a.view().at(i, j));
          }
          check_near(static_cast<T>(total), 1, 1, "sum of softmax", k);
        }
        check_true(outside_untouched(a) && some_padding_is_zero(a), "softmax beyond its rows and units", k);

        Guarded<T> alone(kRows, units);
        for (size_t i = kSome.begin; i < kSome.end; ++i) {
          t.softmax({z.view().data, alone.view().data, nullptr, units, z.view().stride, {i, i + 1}});
          for (size_t j = 0; j < units; ++j) check_true(same_bits(a.view().at(i, j), alone.view().at(i, j)), "softmax of a row alone", k);
        }

        Guarded<T> in_place(kRows, units);
        std::memcpy(in_place.view().data, z.view().data, z.view().panels() * z.view().stride * sizeof(T));
        t.softmax({in_place.view().data, in_place.view().data, nullptr, units, z.view().stride, kSome});
        for (size_t i = kSome.begin; i < kSome.end; ++i)
          for (size_t j = 0; j < units; ++j) check_true(same_bits(in_place.view().at(i, j), a.view().at(i, j)), "softmax in place", k);
      }
    }
  });
}

TEST(softmax_gradient_is_the_plain_formula) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    Numbers numbers(2);
    for (const size_t units : kUnits) {
      Guarded<T> a(kRows, units);
      Guarded<T> d(kRows, units);
      a.fill(numbers);
      for (size_t i = kSome.begin; i < kSome.end; ++i) {
        for (size_t p = 0; p < d.view().panels(); ++p) std::fill_n(d.view().panel(p) + i * kLanes, kLanes, T{0});
        for (size_t j = 0; j < units; ++j) d.view().at(i, j) = numbers.value<T>();
      }
      std::vector<double> wanted;
      for (size_t i = kSome.begin; i < kSome.end; ++i) {
        double dot = 0;
        for (size_t j = 0; j < units; ++j) dot += static_cast<double>(a.view().at(i, j)) * static_cast<double>(d.view().at(i, j));
        for (size_t j = 0; j < units; ++j)
          wanted.push_back(static_cast<double>(a.view().at(i, j)) * (static_cast<double>(d.view().at(i, j)) - dot));
      }
      t.softmax_gradient({nullptr, a.view().data, d.view().data, units, d.view().stride, kSome});
      size_t next = 0;
      for (size_t i = kSome.begin; i < kSome.end; ++i)
        for (size_t j = 0; j < units; ++j) check_near(d.view().at(i, j), wanted[next++], static_cast<double>(units), "softmax gradient", k);
      check_true(outside_untouched(d) && some_padding_is_zero(d), "softmax gradient beyond its rows and units", k);
    }
  });
}

}  // namespace
}  // namespace chainrule
