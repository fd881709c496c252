// The products in bfloat16. Whole numbers are exact in it, and so are their sums: a wrong element, index or number of visits shows as
// a wrong number. Arbitrary ones may differ by the errors of rounding and summing. All of it only where this CPU has kernels for it.
#include <algorithm>
#include <cstring>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "check.h"
#include "kernels/dispatch.h"
#include "math/bf16_gemm.h"
#include "math/naive_gemm.h"
#include "math/thread_pool.h"
#include "matrices.h"

namespace chainrule {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

uint32_t bits_of(float x) {
  uint32_t bits = 0;
  std::memcpy(&bits, &x, sizeof(bits));
  return bits;
}

float from_bits(uint32_t bits) {
  float x = 0;
  std::memcpy(&x, &bits, sizeof(x));
  return x;
}

bool is_denormal(float x) { return std::fabs(x) < std::numeric_limits<float>::min(); }

/// Rounded to nearest, ties to even, in integers.
Bf16 rounded(float x) {
  const uint32_t bits = bits_of(x);
  if (std::isnan(x)) return static_cast<Bf16>((bits >> 16) | 0x40);
  return static_cast<Bf16>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

/// Denormals may be kept or become zero: the products take them for zero anyway.
bool is_rounded(Bf16 got, float x) { return got == rounded(x) || (is_denormal(x) && got == (bits_of(x) >> 16 & 0x8000)); }

float widened(Bf16 x) { return from_bits(static_cast<uint32_t>(x) << 16); }

struct Shape {
  size_t batch, in, units;
};

std::string describe(const char* what, const Shape& s) {
  return std::string(what) + ", batch " + std::to_string(s.batch) + ", in " + std::to_string(s.in) + ", units " + std::to_string(s.units) +
         ", threads " + std::to_string(ThreadPool::shared().size());
}

/// A function of the index, so that an element that is finished at a wrong index, twice or not at all is wrong. A whole number.
float factor(size_t row, size_t col) { return static_cast<float>(2 + (row * 31 + col * 17) % 7); }

void multiply_by_factors(const void*, size_t panel, size_t first_row, size_t rows, float* d) {
  for (size_t i = 0; i < rows; ++i)
    for (size_t lane = 0; lane < kLanes; ++lane) d[i * kLanes + lane] *= factor(first_row + i, panel * kLanes + lane);
}

void double_and_add_one(const float* z, float* out, size_t vectors) {
  for (size_t i = 0; i < vectors * kLanes; ++i) out[i] = z[i] * 2 + 1;
}

/// The matrices of a layer and a batch, and the three products in double precision of what they are after rounding. The
/// padding lanes of activations and gradients are never read: they hold NaN.
struct Case {
  Shape shape;
  const Bf16Kernels& kernels = *bf16_kernels();
  Guarded<float> a, w, dz;
  AlignedBuffer<float> bias;
  Bf16Matrix rounded_a, rounded_dz;

  template <typename Draw>
  Case(const Shape& s, const Draw& draw) : shape(s), a(s.batch, s.in), w(s.in, s.units), dz(s.batch, s.units), bias(padded(s.units)) {
    for (Guarded<float>* matrix : {&a, &w, &dz}) {
      matrix->clear();
      for (size_t i = 0; i < matrix->view().rows; ++i)
        for (size_t j = 0; j < matrix->view().cols; ++j) matrix->view().at(i, j) = draw();
    }
    for (size_t j = 0; j < s.units; ++j) bias.data()[j] = draw();
    a.set_padding(kNan);
    dz.set_padding(kNan);
    round();
  }

  void round() {
    rounded_a.resize(shape.batch, shape.in);
    rounded_dz.resize(shape.batch, shape.units);
    rounded_a.assign(kernels, a.view());
    rounded_dz.assign(kernels, dz.view());
  }

  bool inputs_alive() const { return a.canaries_alive() && w.canaries_alive() && dz.canaries_alive(); }

  void forward(PanelView<float> z, PanelView<float> out, bool biased, bool activated) const {
    ForwardProduct<float> p;
    p.w = w.view();
    p.bias = biased ? bias.data() : nullptr;
    p.z = z;
    p.out = out;
    p.activate = activated ? double_and_add_one : nullptr;
    bf16_forward_product(kernels, rounded_a, p);
  }
  void input_gradient(PanelView<float> da, bool finished) const {
    InputGradientProduct<float> p;
    p.w = w.view();
    p.da = da;
    p.finish = finished ? multiply_by_factors : nullptr;
    bf16_input_gradient_product(kernels, rounded_dz, p);
  }
  void weight_gradient(const WeightGradientProduct<float>& p) const { bf16_weight_gradient_product(kernels, rounded_a, rounded_dz, p); }
};

/// Every element of a matrix against wanted(i, j), and nothing written but the matrix with zeros in its padding.
template <typename Wanted>
bool is_right(const Guarded<float>& got, const std::string& what, bool padded_by_zero, const Wanted& wanted) {
  for (size_t i = 0; i < got.view().rows; ++i) {
    for (size_t j = 0; j < got.view().cols; ++j) {
      const auto [value, tolerance] = wanted(i, j);
      const double x = static_cast<double>(got.view().at(i, j));
      if (std::fabs(x - value) <= tolerance) continue;
      std::cout << what << ": element [" << i << ", " << j << "] is " << x << ", not " << value << std::endl;
      return false;
    }
  }
  if (!got.canaries_alive() || (padded_by_zero && !got.padding_is_zero())) {
    std::cout << what << ": wrote outside of the matrix, or into its padding" << std::endl;
    return false;
  }
  return true;
}

struct Expected {
  double value, tolerance;
};

/// The sum over k of x(k) y(k), rounded factors, in double precision; and the largest error of single precision. That is an ulp of the sum
/// of magnitudes for every addition, the bias included (half an ulp on x86, but Arm rounds to odd). Every denormal that was flushed
/// adds a smallest normal number.
template <typename X, typename Y>
Expected expected_sum(size_t depth, double bias, const X& x, const Y& y) {
  double sum = bias;
  double magnitude = std::fabs(bias);
  for (size_t k = 0; k < depth; ++k) {
    const double product = static_cast<double>(widened(rounded(x(k)))) * static_cast<double>(widened(rounded(y(k))));
    sum += product;
    magnitude += std::fabs(product);
  }
  const double steps = static_cast<double>(depth + 1);
  return {sum, steps * (magnitude * 0x1p-23 + 0x1p-126)};
}

/// All three products, in every way they can be asked for. `exact`: no rounding error is excused.
bool products_are_right(const Case& c, bool exact) {
  const Shape& s = c.shape;
  const auto a = [&](size_t i, size_t j) { return c.a.view().at(i, j); };
  const auto w = [&](size_t i, size_t j) { return c.w.view().at(i, j); };
  const auto dz = [&](size_t i, size_t j) { return c.dz.view().at(i, j); };
  const auto excuse = [&](Expected e, double factor, double shift) {
    return Expected{e.value * factor + shift, exact ? 0 : (e.tolerance + std::fabs(e.value) * 0x1p-23) * std::fabs(factor) + 0x1p-20};
  };
  const auto z_at = [&](size_t i, size_t j, bool biased) {
    return expected_sum(
        s.in, biased ? static_cast<double>(c.bias.data()[j]) : 0, [&](size_t k) { return a(i, k); }, [&](size_t k) { return w(k, j); });
  };
  bool good = true;
  for (const bool variant : {true, false}) {
    Guarded<float> z(s.batch, s.units);
    Guarded<float> out(s.batch, s.units);
    c.forward(z.view(), out.view(), variant, variant);
    good = good && is_right(z, describe("forward", s), true, [&](size_t i, size_t j) { return excuse(z_at(i, j, variant), 1, 0); });
    if (variant)
      good = good && is_right(out, describe("activated", s), false, [&](size_t i, size_t j) { return excuse(z_at(i, j, true), 2, 1); });
    Guarded<float> in_place(s.batch, s.units);
    c.forward(in_place.view(), in_place.view(), variant, true);
    good =
        good && is_right(in_place, describe("in place", s), false, [&](size_t i, size_t j) { return excuse(z_at(i, j, variant), 2, 1); });

    Guarded<float> da(s.batch, s.in);
    c.input_gradient(da.view(), variant);
    good = good && is_right(da, describe("input gradient", s), true, [&](size_t i, size_t j) {
             const Expected e = expected_sum(
                 s.units, 0, [&](size_t k) { return dz(i, k); }, [&](size_t k) { return w(j, k); });
             return excuse(e, variant ? static_cast<double>(factor(i, j)) : 1, 0);
           });
  }

  const auto dw_at = [&](size_t i, size_t j) {
    return expected_sum(
        s.batch, 0, [&](size_t k) { return a(k, i); }, [&](size_t k) { return dz(k, j); });
  };
  enum class Way { stored, scaled, updated };
  for (const Way way : {Way::stored, Way::scaled, Way::updated}) {
    Guarded<float> dw(s.in, s.units);
    const PanelView<float> view = dw.view();
    if (way != Way::stored) dw.clear();
    const float scale = -2;
    WeightGradientProduct<float> p;
    p.dw = view;
    if (way == Way::scaled) p.scale = &scale;
    if (way == Way::updated) {
      p.context = &view;
      p.update = [](const void* context, size_t panel, size_t first_row, size_t rows, const float* gradient) {
        float* to = static_cast<const PanelView<float>*>(context)->panel(panel) + first_row * kLanes;
        for (size_t i = 0; i < rows * kLanes; ++i) to[i] += gradient[i];
      };
      std::fill(std::begin(p.prefetch), std::end(p.prefetch), view.data);  // as with an optimizer of three states
    }
    c.weight_gradient(p);
    const double factor = way == Way::scaled ? -2 : 1;
    good = good && is_right(dw, describe("weight gradient", s), true, [&](size_t i, size_t j) { return excuse(dw_at(i, j), factor, 0); });
  }
  return good && c.inputs_alive();
}

bool whole_numbers_are_right(const Shape& s, uint64_t seed) {
  Numbers numbers(seed);
  return products_are_right(Case(s, [&] { return static_cast<float>(numbers.below(9)) - 4; }), true);
}

bool has_bf16() {
  const bool has = bf16_kernels() != nullptr;
  if (!has) std::cout << "no bf16 kernels here" << std::endl;
  return has;
}

TEST(bf16_rounds_to_nearest_even_in_both_forms) {
  if (!has_bf16()) return;
  std::vector<float> values = {
      0, -0.0F, 1, kInfinity, -kInfinity, kNan, -kNan, 3e38F, 3.4028e38F, -3.4e38F, from_bits(0x7f7f7fff), from_bits(0x7f7f8000)};
  for (const uint32_t upper : {0x3f80U, 0x3f81U, 0xbf80U, 0xbf81U, 0x0080U, 0x7f7eU, 0x0001U, 0x0000U, 0x8040U}) {
    for (const uint32_t lower : {0x0000U, 0x0001U, 0x7fffU, 0x8000U, 0x8001U, 0xffffU}) values.push_back(from_bits(upper << 16 | lower));
  }
  Numbers numbers(1);
  for (const auto& [rows, cols] : std::vector<std::pair<size_t, size_t>>{{1, 1}, {1, 16}, {2, 17}, {7, 31}, {8, 48}, {33, 5}}) {
    Guarded<float> in(rows, cols);
    in.set_padding(kNan);
    for (size_t i = 0; i < rows; ++i)
      for (size_t j = 0; j < cols; ++j) in.view().at(i, j) = values[numbers.below(values.size())];
    Bf16Matrix out;
    out.resize(rows, cols);
    out.assign(*bf16_kernels(), in.view());
    for (size_t i = 0; i < rows + rows % 2; ++i) {
      for (size_t j = 0; j < padded(cols); ++j) {
        const bool inside = i < rows && j < cols;
        const float x = inside ? in.view().at(i, j) : 0;
        const size_t panel = j / kLanes * out.stride();
        CHECK(is_rounded(out.plain()[panel + i * kLanes + j % kLanes], x));
        CHECK(is_rounded(out.paired()[panel + i / 2 * 2 * kLanes + j % kLanes * 2 + i % 2], x));
      }
    }
  }
}

TEST(bf16_products_of_whole_numbers_are_exact_at_every_awkward_size) {
  if (!has_bf16()) return;
  uint64_t seed = 0;
  for (const size_t n : {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 100, 127, 255, 256, 257, 511, 513}) {
    for (const Shape& s : {Shape{n, 17, 15}, {9, n, 33}, {7, 19, n}, {1, n, n % 70 + 1}}) CHECK(whole_numbers_are_right(s, ++seed));
  }
  for (size_t n = 1; n <= 20; ++n) {
    for (const Shape& s : {Shape{n, 34, 49}, {n, 70, 10}, {18, n, 47}, {33, 16, n}, {n, n, n}}) CHECK(whole_numbers_are_right(s, ++seed));
  }
}

TEST(bf16_products_of_whole_numbers_are_exact_at_random_sizes) {
  if (!has_bf16()) return;
  Numbers numbers(7);
  for (int i = 0; i < 40; ++i) {
    CHECK(whole_numbers_are_right({1 + numbers.below(90), 1 + numbers.below(150), 1 + numbers.below(150)}, numbers.next()));
  }
}

TEST(bf16_products_of_any_numbers_are_as_good_as_single_precision_sums) {
  if (!has_bf16()) return;
  for (const Shape& s : {Shape{33, 70, 49}, {1, 1, 1}, {5, 1040, 3}, {3, 2, 1040}, {1040, 5, 2}, {64, 64, 64}}) {
    Numbers numbers(s.batch);
    CHECK(products_are_right(Case(s, [&] { return numbers.value<float>(); }), false));
  }
}

/// Bytes of a matrix, padding included.
bool same_bytes(const PanelMatrix<float>& a, const PanelMatrix<float>& b) {
  return std::memcmp(a.view().data, b.view().data, a.view().panels() * a.view().stride * sizeof(float)) == 0;
}

TEST(bf16_same_bits_for_any_number_of_threads) {
  if (!has_bf16()) return;
  const int before = ThreadPool::shared().size();
  // Each has more than the 2^21 multiply-adds from which on work is shared out.
  for (const Shape& s : {Shape{257, 130, 65}, {65, 130, 257}, {1, 1500, 1500}, {20, 102, 1047}, {1050, 9, 233}}) {
    Numbers numbers(s.units);
    const Case c(s, [&] { return numbers.value<float>(); });
    std::vector<PanelMatrix<float>> first;
    for (const int threads : {1, 2, 3, 7}) {
      ThreadPool::shared().resize(threads);
      std::vector<PanelMatrix<float>> results;
      for (const auto& [rows, cols] : {std::pair{s.batch, s.units}, {s.batch, s.in}, {s.in, s.units}}) results.emplace_back(rows, cols);
      c.forward(results[0].view(), results[0].view(), true, true);
      c.input_gradient(results[1].view(), true);
      WeightGradientProduct<float> p;
      p.dw = results[2].view();
      c.weight_gradient(p);
      if (first.empty())
        first = std::move(results);
      else
        for (size_t i = 0; i < first.size(); ++i) CHECK(same_bytes(first[i], results[i]));
    }
  }
  ThreadPool::shared().resize(before);
}

TEST(bf16_a_row_has_the_same_bits_in_any_batch) {
  if (!has_bf16()) return;
  const Shape s{40, 300, 70};
  Numbers numbers(3);
  const Case all(s, [&] { return numbers.value<float>(); });
  PanelMatrix<float> z(s.batch, s.units);
  PanelMatrix<float> da(s.batch, s.in);
  all.forward(z.view(), z.view(), true, true);
  all.input_gradient(da.view(), false);
  for (const size_t row : {size_t{0}, size_t{9}, size_t{39}}) {
    Case one({1, s.in, s.units}, [] { return 0.0F; });
    for (size_t i = 0; i < s.in; ++i)
      for (size_t j = 0; j < s.units; ++j) one.w.view().at(i, j) = all.w.view().at(i, j);
    for (size_t j = 0; j < s.units; ++j) one.bias.data()[j] = all.bias.data()[j];
    for (size_t j = 0; j < s.in; ++j) one.a.view().at(0, j) = all.a.view().at(row, j);
    for (size_t j = 0; j < s.units; ++j) one.dz.view().at(0, j) = all.dz.view().at(row, j);
    one.round();
    PanelMatrix<float> z_one(1, s.units);
    PanelMatrix<float> da_one(1, s.in);
    one.forward(z_one.view(), z_one.view(), true, true);
    one.input_gradient(da_one.view(), false);
    for (size_t j = 0; j < s.units; ++j) CHECK(same_bits(z_one.at(0, j), z.at(row, j)));
    for (size_t j = 0; j < s.in; ++j) CHECK(same_bits(da_one.at(0, j), da.at(row, j)));
  }
}

TEST(bf16_what_is_not_finite_stays_so_and_in_its_row) {
  if (!has_bf16()) return;
  const Shape s{5, 33, 18};
  for (const float bad : {kNan, kInfinity}) {
    Case c(s, [] { return 1.0F; });
    c.a.view().at(2, 32) = bad;
    c.dz.view().at(2, 17) = bad;
    c.round();
    PanelMatrix<float> z(s.batch, s.units);
    PanelMatrix<float> da(s.batch, s.in);
    c.forward(z.view(), z.view(), false, false);
    c.input_gradient(da.view(), false);
    for (size_t i = 0; i < s.batch; ++i) {
      for (size_t j = 0; j < s.units; ++j) CHECK_EQ(std::isfinite(z.at(i, j)), i != 2);
      for (size_t j = 0; j < s.in; ++j) CHECK_EQ(std::isfinite(da.at(i, j)), i != 2);
    }
    CHECK_EQ(std::isnan(z.at(2, 0)), std::isnan(bad));
  }
}

}  // namespace
}  // namespace chainrule
