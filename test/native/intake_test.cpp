// Arrays from outside are converted as JavaScript does it, and refused where a plain loop would refuse them.
#include "nn/intake.h"

#include <limits>
#include <vector>

#include "tables.h"

namespace chainrule {
namespace {

constexpr size_t kCounts[] = {0, 1, 2, 15, 16, 17, 31, 1023, 1024, 1025, 2050};

template <typename T>
constexpr Bounds<T> kFinite = {std::numeric_limits<T>::lowest(), std::numeric_limits<T>::max()};

template <typename T>
bool plainly_within(const std::vector<T>& values, Bounds<T> bounds) {
  for (const T x : values)
    if (!(x >= bounds.low && x <= bounds.high)) return false;
  return true;
}

/// Values of every size that the type has: its ends, and random bits.
template <typename From>
std::vector<From> values_of(size_t count, Numbers& numbers) {
  std::vector<From> values(count);
  for (size_t i = 0; i < count; ++i) {
    if constexpr (std::is_integral_v<From>) {
      values[i] = i % 5 == 0   ? std::numeric_limits<From>::max()
                  : i % 5 == 1 ? std::numeric_limits<From>::min()
                               : static_cast<From>(numbers.next());
    } else {
      values[i] = numbers.value<From>() * static_cast<From>(i % 7 == 0 ? 1e-44 : i % 7 == 1 ? 1e38 : 1e3);
    }
  }
  return values;
}

template <typename From, typename T>
void check_take(const Kernels& k, const KernelTable<T>& t, Element element, Bounds<T> bounds, const std::vector<From>& from) {
  std::vector<T> expected(from.size());
  for (size_t i = 0; i < from.size(); ++i) expected[i] = static_cast<T>(from[i]);
  std::vector<T> got(from.size() + 1, T{7});
  const bool within = take(t, element, from.data(), got.data(), from.size(), bounds);
  check_true(got.back() == 7, "take beyond its end", k);
  got.pop_back();
  check_true(same(got, expected), "take", k);
  check_true(within == plainly_within(expected, bounds), "take's verdict", k);
}

template <typename From, typename T>
void check_element(const Kernels& k, const KernelTable<T>& t, Element element) {
  Numbers numbers(3);
  for (const size_t count : kCounts) {
    const std::vector<From> values = values_of<From>(count, numbers);
    check_take<From, T>(k, t, element, kFinite<T>, values);
    check_take<From, T>(k, t, element, {T{-100}, T{100}}, values);
  }
}

TEST(every_element_type_is_taken_as_a_plain_loop_takes_it) {
  for_all_tables([](const Kernels& k, const auto& t, auto) {
#define ELEMENT(name, type) check_element<type>(k, t, Element::name);
#include "kernels/elements.inc"
#undef ELEMENT
  });
}

TEST(one_value_out_of_bounds_is_found_wherever_it_is) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    constexpr T kInfinity = std::numeric_limits<T>::infinity();
    const T wrong[] = {kInfinity, -kInfinity, std::numeric_limits<T>::quiet_NaN(), T{1.5}, T{-1e-30f}};
    for (const size_t count : kCounts) {
      std::vector<T> values(count, T{1});
      check_true(t.within(values.data(), count, T{0}, T{1}), "within", k);
      for (size_t i = 0; i < count; i += i < 40 || i + 40 > count ? 1 : 17) {
        for (const T x : wrong) {
          values[i] = x;
          check_true(!t.within(values.data(), count, T{0}, T{1}), "within: one is outside", k);
          check_true(t.within(values.data(), count, kFinite<T>.low, kFinite<T>.high) == std::isfinite(x), "within: finite", k);
          check_take<T, T>(k, t, sizeof(T) == 4 ? Element::f32 : Element::f64, {T{0}, T{1}}, values);
        }
        values[i] = T{-0.0};
        check_true(t.within(values.data(), count, T{0}, T{1}), "within: -0", k);
        values[i] = T{1};
      }
    }
  });
}

TEST(doubles_that_no_float_holds_are_out_of_bounds) {
  for (const Kernels* k : kernels_to_test()) {
    for (const double x : {1e39, -1e39, 3.4028235677973366e38}) check_take<double, float>(*k, k->f32, Element::f64, kFinite<float>, {0, x});
    check_take<double, float>(*k, k->f32, Element::f64, kFinite<float>, {3.4028235677973362e38, 1e-46, 1e-40});
  }
}

TEST(large_arrays_are_shared_out_whole) {
  Numbers numbers(5);
  const Kernels& k = kernels();
  std::vector<uint8_t> pixels(3'000'001);
  for (uint8_t& x : pixels) x = static_cast<uint8_t>(numbers.next());
  check_take<uint8_t, float>(k, k.f32, Element::u8, {0, 255}, pixels);
  check_take<uint8_t, float>(k, k.f32, Element::u8, {0, 254}, pixels);
}

TEST(categories_are_whole_numbers_in_range) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    constexpr size_t kColumns = 5, kMany = 70'001;
    const CategoryColumns groups[] = {{1, 1, 3}, {3, 2, size_t{1} << 24}};
    for (const size_t rows : {size_t{1}, size_t{7}, kMany}) {
      std::vector<T> x(rows * kColumns, T{2});
      const auto right = [&] { return are_within<T>(t, x.data(), rows, kColumns, kFinite<T>, groups); };
      check_true(right(), "categories", k);
      const size_t last = (rows - 1) * kColumns;
      for (const T wrong : {T{3}, T{-1}, T{0.5}, std::numeric_limits<T>::infinity()}) {
        x[last + 1] = wrong;
        check_true(!right(), "categories: one is wrong", k);
      }
      x[last + 1] = T{0};
      x[last + 4] = static_cast<T>(1 << 24);
      check_true(!right(), "categories: one is too large", k);
      x[last + 4] = static_cast<T>((1 << 24) - 1);
      x[last] = T{-7.5};  // a column of numbers
      check_true(right(), "categories: the last one", k);
    }
  });
}

}  // namespace
}  // namespace chainrule
