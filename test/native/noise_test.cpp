// Gaussian noise: Box and Muller's formula on the words of Philox, its distribution, and that sharing out changes nothing.
#include "kernel_tables.h"

namespace chainrule {
namespace {

#include "kernels/philox.inl"

constexpr uint64_t kSeed = 0x123456789abcdef;
constexpr uint64_t kStep = 0x1111111122222222;
constexpr uint32_t kStream = 0x30007;

/// The noise of one element.
double reference(size_t row, size_t column, size_t columns) {
  const auto counter = static_cast<uint32_t>((row / 4 * panels_of(columns) + column / kLanes) * kLanes + column % kLanes);
  const PhiloxBlock block = philox(static_cast<uint32_t>(kSeed), static_cast<uint32_t>(kSeed >> 32), counter, kStream,
                                   static_cast<uint32_t>(kStep), static_cast<uint32_t>(kStep >> 32));
  const size_t pair = row % 4 / 2 * 2;
  const double radius = std::sqrt(-2 * std::log((block.word[pair] + 0.5) * 0x1p-32));
  const double angle = 2 * std::acos(-1.0) * block.word[pair + 1] * 0x1p-32;
  return radius * (row % 2 == 0 ? std::cos(angle) : std::sin(angle));
}

/// `in` plus noise, in two parts that are cut at row `cut`.
template <typename T>
Guarded<T> noisy(const KernelTable<T>& t, const Guarded<T>& in, T stddev, size_t cut) {
  const size_t rows = in.view().rows;
  Guarded<T> out(rows, in.view().cols);
  for (size_t p = 0; p < in.view().panels(); ++p) {
    for (const Range part : {Range{0, cut}, Range{cut, rows}}) {
      t.gaussian_noise({in.view().panel(p) + part.begin * kLanes, out.view().panel(p) + part.begin * kLanes, p, in.view().cols, part.begin,
                        part.end - part.begin, kSeed, kStep, kStream, stddev});
    }
  }
  return out;
}

}  // namespace

TEST(noise_is_box_and_muller_of_philox) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    for (const size_t columns : {1, 16, 37}) {
      Guarded<T> in(23, columns);
      Numbers numbers(columns);
      in.fill(numbers);
      const Guarded<T> out = noisy<T>(t, in, T{0.5}, 0);
      CHECK(out.padding_is_zero());
      CHECK(out.canaries_alive());
      for (size_t row = 0; row < 23; ++row) {
        for (size_t c = 0; c < columns; ++c)
          check_close("noise", k, out.view().at(row, c), static_cast<double>(in.view().at(row, c)) + 0.5 * reference(row, c, columns), 2e-6,
                      1e-14);
      }
    }
  });
}

TEST(noise_has_the_same_bits_however_it_is_shared_out) {
  for (const size_t cut : {0, 1, 4, 7, 22}) {
    check_same_bits("noise", [&](const auto& t, auto type) {
      using T = decltype(type);
      Guarded<T> in(23, 37);
      Numbers numbers(1);
      in.fill(numbers);
      std::vector<T> out;
      std::vector<T> whole;
      append(out, noisy<T>(t, in, T{0.1F}, cut));
      append(whole, noisy<T>(t, in, T{0.1F}, 0));
      for (size_t i = 0; i < out.size(); ++i) CHECK(same_bits(out[i], whole[i]));
      return out;
    });
  }
}

TEST(noise_is_normally_distributed) {
  Guarded<float> in(4096, 64);
  in.clear();
  std::vector<float> x;
  append(x, noisy<float>(available_kernels().front()->f32, in, 1, 0));
  double moment[5] = {};
  for (const float v : x)
    for (int i = 1; i <= 4; ++i) moment[i] += std::pow(static_cast<double>(v), i) / static_cast<double>(x.size());
  const double error = 5 / std::sqrt(static_cast<double>(x.size()));
  CHECK_NEAR(moment[1], 0, error);
  CHECK_NEAR(moment[2], 1, error * std::sqrt(2));
  CHECK_NEAR(moment[3], 0, error * std::sqrt(15));
  CHECK_NEAR(moment[4], 3, error * std::sqrt(96));
  // Kolmogorov-Smirnov: sqrt(n) D < 2.2 but for one sample in ten thousand.
  std::sort(x.begin(), x.end());
  const auto n = static_cast<double>(x.size());
  double distance = 0;
  for (size_t i = 0; i < x.size(); ++i)
    distance =
        std::max(distance, std::abs(0.5 * std::erfc(-static_cast<double>(x[i]) / std::sqrt(2)) - (static_cast<double>(i) + 0.5) / n));
  CHECK_LE(distance * std::sqrt(n), 2.2);
}

}  // namespace chainrule
