#include "math/random.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <numeric>
#include <type_traits>
#include <vector>

#include "check.h"
#include "isas.h"

using namespace chainrule;

namespace {

#include "kernels/philox.inl"

struct KnownAnswer {
  std::uint32_t key[2], counter[4], word[4];
};

// kat_vectors of Random123 (Salmon et al. 2011), philox4x32 with 10 rounds.
constexpr KnownAnswer kKnownAnswers[] = {
    {{0, 0}, {0, 0, 0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0xa4093822, 0x299f31d0}, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

struct Moments {
  double mean, variance, skew, excess;
};

Moments moments(const std::vector<double>& x) {
  const auto n = static_cast<double>(x.size());
  const double mean = std::accumulate(x.begin(), x.end(), 0.0) / n;
  double m2 = 0;
  double m3 = 0;
  double m4 = 0;
  for (const double value : x) {
    const double d = value - mean;
    m2 += d * d / n;
    m3 += d * d * d / n;
    m4 += d * d * d * d / n;
  }
  return {mean, m2, m3 / std::pow(m2, 1.5), m4 / (m2 * m2) - 3};
}

/// FNV-1a over the bits: freezes a sequence.
template <typename T>
std::uint64_t fingerprint(const std::vector<T>& values) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const T& value : values) {
    std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t> bits;
    std::memcpy(&bits, &value, sizeof(bits));
    for (int i = 0; i < 8; ++i) hash = (hash ^ ((std::uint64_t{bits} >> (8 * i)) & 0xff)) * 0x100000001b3;
  }
  return hash;
}

std::vector<std::uint32_t> permuted(std::uint64_t seed, std::uint64_t epoch, std::size_t size) {
  std::vector<std::uint32_t> order(size);
  permutation(seed, epoch, order);
  return order;
}

double chi_squared(const std::vector<double>& count, double expected) {
  double sum = 0;
  for (const double c : count) sum += (c - expected) * (c - expected) / expected;
  return sum;
}

}  // namespace

TEST(philox_known_answers) {
  for (const KnownAnswer& k : kKnownAnswers) {
    const PhiloxBlock block = philox(k.key[0], k.key[1], k.counter[0], k.counter[1], k.counter[2], k.counter[3]);
    for (int i = 0; i < 4; ++i) CHECK_EQ(block.word[i], k.word[i]);
  }
}

TEST(philox16_is_sixteen_times_philox) {
  std::uint32_t words[4][16];
  for (const std::uint32_t c0 : {0U, 16U, 0x7fffffffU, 0xfffffff8U}) {
    for (const Kernels* k : kernels_to_test()) {
      k->philox16(1, 2, c0, 3, 4, 5, words);
      for (std::uint32_t lane = 0; lane < 16; ++lane) {
        const PhiloxBlock block = philox(1, 2, c0 + lane, 3, 4, 5);
        for (int i = 0; i < 4; ++i) CHECK_EQ(words[i][lane], block.word[i]);
      }
    }
  }
}

TEST(random_counter_layout) {
  // The documented layout, so that it cannot change unnoticed.
  const std::uint64_t seed = 0x0123456789abcdef;
  const std::uint64_t step = 0x1111111122222222;
  const std::uint64_t element = 0x5599999999;
  const RandomStream random(seed, stream::kDropout + 3, step);
  CHECK_EQ(random.bits(element), philox(0x89abcdef, 0x01234567, 0x99999999, 0x55020003, 0x22222222, 0x11111111).word[0]);
  CHECK_EQ(RandomStream(0, 0, 0).bits(0), 0x6627e8d5U);
  CHECK_EQ(RandomStream(0, 0, 0).uniform(0), std::ldexp(static_cast<double>(0xe169c58d6627e8d5 >> 11), -53));
}

TEST(random_everything_matters) {
  const std::uint32_t base = RandomStream(1, 2, 3).bits(4);
  CHECK(base != RandomStream(2, 2, 3).bits(4));
  CHECK(base != RandomStream(1 + (1ULL << 32), 2, 3).bits(4));
  CHECK(base != RandomStream(1, 3, 3).bits(4));
  CHECK(base != RandomStream(1, 2, 4).bits(4));
  CHECK(base != RandomStream(1, 2, 3 + (1ULL << 32)).bits(4));
  CHECK(base != RandomStream(1, 2, 3).bits(5));
  CHECK(base != RandomStream(1, 2, 3).bits(4 + (1ULL << 32)));
}

TEST(random_fill_equals_one_by_one) {
  const RandomStream random(7, stream::kInitialWeights, 0);
  for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{5}, (std::uint64_t{1} << 32) - 19}) {
    for (const std::size_t size : std::initializer_list<std::size_t>{1, 2, 15, 16, 17, 33, 100}) {
      std::vector<double> uniform(size);
      std::vector<double> normal(size);
      random.fill_uniform(first, uniform);
      random.fill_normal(first, normal);
      for (std::size_t i = 0; i < size; ++i) {
        CHECK_EQ(uniform[i], random.uniform(first + i));
        CHECK_EQ(normal[i], random.normal(first + i));
      }
    }
  }
  random.fill_normal(0, {});
}

TEST(random_uniform_distribution) {
  std::vector<double> u(1 << 20);
  RandomStream(11, 0, 0).fill_uniform(0, u);
  const auto [low, high] = std::minmax_element(u.begin(), u.end());
  CHECK_LE(0.0, *low);
  CHECK(*high < 1.0);
  const Moments m = moments(u);
  CHECK_NEAR(m.mean, 0.5, 5 * std::sqrt(1.0 / 12 / (1 << 20)));
  CHECK_NEAR(m.variance, 1.0 / 12, 5e-4);
  CHECK_NEAR(m.excess, -1.2, 0.01);
  std::vector<double> count(256, 0);
  for (const double x : u) ++count[static_cast<std::size_t>(x * 256)];
  CHECK_NEAR(chi_squared(count, 4096), 255, 5 * std::sqrt(2 * 255.0));
}

TEST(random_normal_distribution) {
  constexpr int n = 1 << 20;
  std::vector<double> x(n);
  RandomStream(12, 0, 0).fill_normal(0, x);
  const Moments m = moments(x);
  CHECK_NEAR(m.mean, 0, 5 / std::sqrt(n));
  CHECK_NEAR(m.variance, 1, 5 * std::sqrt(2.0 / n));
  CHECK_NEAR(m.skew, 0, 5 * std::sqrt(6.0 / n));
  CHECK_NEAR(m.excess, 0, 5 * std::sqrt(24.0 / n));
  // Kolmogorov-Smirnov: sqrt(n) D < 2.2 but for one sample in ten thousand.
  std::sort(x.begin(), x.end());
  double distance = 0;
  for (int i = 0; i < n; ++i)
    distance = std::max(distance, std::fabs(0.5 * std::erfc(-x[static_cast<std::size_t>(i)] / std::sqrt(2)) - (i + 0.5) / n));
  CHECK_LE(distance * std::sqrt(n), 2.2);
}

TEST(normal_quantile_values) {
  // From Wichura's paper and mpmath with 40 digits.
  const double expected[][2] = {{0.25, -0.6744897501960817}, {0.001, -3.090232306167813}, {1e-20, -9.262340089798408},
                                {0.975, 1.959963984540054},  {0.9, 1.2815515655446004},   {0.075, -1.4395314709384563},
                                {1e-10, -6.361340902404056}, {1e-300, -37.0470962993612}, {0.6, 0.2533471031357997}};
  for (const auto& [p, x] : expected) CHECK_NEAR(normal_quantile(p), x, 4e-15 * std::fabs(x));
  CHECK_EQ(normal_quantile(0.5), 0.0);
  for (const double p : {0.0625, 0.125, 0.03125, std::ldexp(1.0, -40)}) CHECK_EQ(normal_quantile(p), -normal_quantile(1 - p));
  double last = -100;
  for (double p = 1e-6; p < 1; p += 1e-4) {  // no step backwards, in particular where the polynomials meet
    const double x = normal_quantile(p);
    CHECK_LE(last, x);
    last = x;
  }
}

TEST(random_bits_are_frozen) {
  // Same seed, same bits, on every platform and in every later version: a change here breaks users' seeds. The uniform numbers and the
  // orders were confirmed by an independent program.
  std::vector<double> normal(4096);
  RandomStream(42, stream::kInitialWeights + 1, 0).fill_normal(0, normal);
  if (chainrule::fuses(chainrule::kernels())) CHECK_EQ(fingerprint(normal), 13612101393461890968ULL);
  std::vector<double> uniform(4096);
  RandomStream(42, stream::kInitialWeights + 1, 0).fill_uniform(0, uniform);
  CHECK_EQ(fingerprint(uniform), 14303136305441507862ULL);
  CHECK_EQ(fingerprint(permuted(42, 7, 1000)), 7572112102119996101ULL);
  CHECK((permuted(42, 0, 8) == std::vector<std::uint32_t>{4, 5, 2, 0, 1, 7, 6, 3}));
}

TEST(permutation_is_one) {
  for (const std::size_t size : std::initializer_list<std::size_t>{0, 1, 2, 3, 4, 5, 15, 64, 65, 66, 129, 1000, 100000}) {
    std::vector<std::uint32_t> order = permuted(3, size, size);
    std::sort(order.begin(), order.end());
    for (std::size_t i = 0; i < size; ++i) CHECK_EQ(order[i], static_cast<std::uint32_t>(i));
  }
  CHECK(permuted(1, 0, 100) != permuted(1, 1, 100));
  CHECK(permuted(1, 0, 100) != permuted(2, 0, 100));
}

TEST(permutation_is_unbiased) {
  std::vector<double> orders(24, 0);  // all 24 orders of 4
  for (std::uint64_t epoch = 0; epoch < 24000; ++epoch) {
    const std::vector<std::uint32_t> p = permuted(5, epoch, 4);
    std::size_t rank = 0;  // Lehmer code
    for (std::size_t i = 0; i < 4; ++i) {
      std::size_t smaller = 0;
      for (std::size_t j = i + 1; j < 4; ++j) smaller += p[j] < p[i] ? 1 : 0;
      rank = rank * (4 - i) + smaller;
    }
    ++orders[rank];
  }
  CHECK_NEAR(chi_squared(orders, 1000), 23, 5 * std::sqrt(2 * 23.0));

  std::vector<double> places(70 * 70, 0);  // where each of 70 goes: beyond one batch of random words
  for (std::uint64_t epoch = 0; epoch < 14000; ++epoch) {
    const std::vector<std::uint32_t> p = permuted(6, epoch, 70);
    for (std::size_t i = 0; i < 70; ++i) ++places[i * 70 + p[i]];
  }
  CHECK_NEAR(chi_squared(places, 200), 69 * 69, 5 * std::sqrt(2 * 69.0 * 69.0));
}

// Prints rather than checks.
TEST(random_speed) {
  const auto best = [](int calls, auto call) {
    double ns = 1e30;
    for (int round = 0; round < 5; ++round) {
      const auto start = std::chrono::steady_clock::now();
      for (int i = 0; i < calls; ++i) call(i);
      ns = std::min(ns, std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / calls);
    }
    return ns;
  };
  std::vector<std::uint32_t> four(4);
  std::vector<std::uint32_t> million(1 << 20);
  std::vector<double> x(1 << 16);
  const RandomStream random(1, 0, 0);
  std::printf("random: permutation of 4 %.0f ns, of 2^20 %.2f ns per element; normal %.1f ns, filled %.1f ns; uniform filled %.1f ns\n",
              best(10000, [&](int i) { permutation(1, static_cast<std::uint64_t>(i), four); }),
              best(1, [&](int) { permutation(1, 1, million); }) / (1 << 20),
              best(10000, [&](int i) { x[0] = random.normal(static_cast<std::uint64_t>(i)); }),
              best(1, [&](int) { random.fill_normal(0, x); }) / (1 << 16), best(1, [&](int) { random.fill_uniform(0, x); }) / (1 << 16));
  std::fflush(stdout);
}
