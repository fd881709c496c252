#include "math/random.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "kernels/dispatch.h"

namespace chainrule {
namespace {

#include "kernels/philox.inl"

constexpr std::size_t kAtOnce = 16;

std::uint64_t join(std::uint32_t low, std::uint32_t high) { return (std::uint64_t{high} << 32) | low; }

/// 53 bits: [0, 1).
double to_uniform(std::uint32_t low, std::uint32_t high) { return static_cast<double>(join(low, high) >> 11) * 0x1p-53; }

/// 52 bits and a half: the middle of one of 2^52 equal pieces of (0, 1). Never 0 or 1, exact, and symmetric about 1/2.
double to_open_uniform(std::uint32_t low, std::uint32_t high) { return (static_cast<double>(join(low, high) >> 12) + 0.5) * 0x1p-52; }

template <std::size_t n>
double polynomial(const double (&coefficient)[n], double x) {
  double sum = coefficient[n - 1];
  for (std::size_t i = n - 1; i-- > 0;) sum = sum * x + coefficient[i];
  return sum;
}

// M. J. Wichura, "Algorithm AS 241: The percentage points of the normal distribution", Applied Statistics 37 (1988) 477-484: PPND16.
// Three pairs of polynomials, lowest coefficients first.
constexpr double kCentreP[] = {3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
                               4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3};
constexpr double kCentreQ[] = {1.0,
                               4.2313330701600911252e+1,
                               6.8718700749205790830e+2,
                               5.3941960214247511077e+3,
                               2.1213794301586595867e+4,
                               3.9307895800092710610e+4,
                               2.8729085735721942674e+4,
                               5.2264952788528545610e+3};
constexpr double kNearTailP[] = {1.42343711074968357734e0, 4.63033784615654529590e0,  5.76949722146069140550e0,  3.64784832476320460504e0,
                                 1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr double kNearTailQ[] = {1.0,
                                 2.05319162663775882187e0,
                                 1.67638483018380384940e0,
                                 6.89767334985100004550e-1,
                                 1.48103976427480074590e-1,
                                 1.51986665636164571966e-2,
                                 5.47593808499534494600e-4,
                                 1.05075007164441684324e-9};
constexpr double kFarTailP[] = {6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,  2.96560571828504891230e-1,
                                2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr double kFarTailQ[] = {1.0,
                                5.99832206555887937690e-1,
                                1.36929880922735805310e-1,
                                1.48753612908506148525e-2,
                                7.86869131145613259100e-4,
                                1.84631831751005468180e-5,
                                1.42151175831644588870e-7,
                                2.04426310338993978564e-15};

constexpr double kCentre = 0.425;  ///< |p - 1/2| up to here needs no logarithm
constexpr double kNearTail = 5.0;

/// Normal quantile; `log_tail` is log(min(p, 1 - p)), which the caller has only to know outside the centre.
double quantile(double p, double log_tail) {
  const double q = p - 0.5;
  if (std::fabs(q) <= kCentre) {
    const double r = 0.180625 - q * q;
    return q * polynomial(kCentreP, r) / polynomial(kCentreQ, r);
  }
  const double r = std::sqrt(-log_tail);
  const double x = r <= kNearTail ? polynomial(kNearTailP, r - 1.6) / polynomial(kNearTailQ, r - 1.6)
                                  : polynomial(kFarTailP, r - kNearTail) / polynomial(kFarTailQ, r - kNearTail);
  return q < 0 ? -x : x;
}

/// Turns probabilities into normal quantiles, in place. The logarithm is the kernels' and not the platform's, so that the bits are the same
/// everywhere.
void to_quantiles(double* p, std::size_t count) {
  double tail[kAtOnce];
  double log_tail[kAtOnce];
  for (std::size_t i = 0; i < count; ++i) tail[i] = std::min(p[i], 1.0 - p[i]);
  kernels().f64.log(tail, log_tail, count);
  for (std::size_t i = 0; i < count; ++i) p[i] = quantile(p[i], log_tail[i]);
}

std::uint32_t low_word(std::uint64_t a) { return static_cast<std::uint32_t>(a); }
std::uint32_t high_word(std::uint64_t a) { return static_cast<std::uint32_t>(a >> 32); }

/// The second word of the counter: see RandomStream.
std::uint32_t second_word(std::uint32_t stream, std::uint64_t element) { return stream + (high_word(element) << 24); }

/// Calls use(first element, out, count) for pieces of at most kAtOnce in which the element's low word does not wrap.
template <typename Use>
void for_chunks(std::uint64_t first, std::span<double> out, Use use) {
  for (std::size_t done = 0; done < out.size();) {
    const std::uint64_t element = first + done;
    const std::uint64_t before_wrap = (std::uint64_t{1} << 32) - low_word(element);
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>({kAtOnce, out.size() - done, before_wrap}));
    use(element, out.data() + done, count);
    done += count;
  }
}

/// The shuffle's random words, one after another: word i % 4 of block i / 4.
class ShuffleWords {
 public:
  ShuffleWords(std::uint64_t seed, std::uint64_t epoch, std::uint32_t part, std::size_t expected)
      : seed_(seed), epoch_(epoch), stream_(stream::kShuffle + part), expected_(expected) {}

  std::uint32_t next() {
    if (at_ == size_) refill();
    const std::uint32_t word = buffer_[at_ % 4][at_ / 4];
    ++at_;
    return word;
  }

 private:
  /// Sixteen blocks while that many words are expected, else one: a small shuffle needs no more.
  void refill() {
    const std::uint32_t c0 = low_word(block_);
    const std::uint32_t c1 = second_word(stream_, block_);
    if (expected_ >= 4 * kAtOnce) {
      kernels().philox16(low_word(seed_), high_word(seed_), c0, c1, low_word(epoch_), high_word(epoch_), buffer_);
      block_ += kAtOnce;
      size_ = 4 * kAtOnce;
      expected_ -= size_;
    } else {
      const PhiloxBlock block = philox(low_word(seed_), high_word(seed_), c0, c1, low_word(epoch_), high_word(epoch_));
      for (int i = 0; i < 4; ++i) buffer_[i][0] = block.word[i];
      ++block_;
      size_ = 4;
    }
    at_ = 0;
  }

  std::uint64_t seed_, epoch_, block_ = 0;
  std::uint32_t stream_;
  std::size_t expected_;  ///< words still to come, rejected ones not counted
  std::size_t at_ = 0, size_ = 0;
  std::uint32_t buffer_[4][kAtOnce];
};

/// A number in [0, range), all equally likely. D. Lemire, "Fast random integer generation in an interval", ACM TOMACS 29 (2019).
std::uint32_t bounded(ShuffleWords& words, std::uint32_t range) {
  std::uint64_t product = std::uint64_t{words.next()} * range;
  if (static_cast<std::uint32_t>(product) < range) {
    const std::uint32_t threshold = (0U - range) % range;
    while (static_cast<std::uint32_t>(product) < threshold) product = std::uint64_t{words.next()} * range;
  }
  return static_cast<std::uint32_t>(product >> 32);
}

}  // namespace

RandomStream::RandomStream(std::uint64_t seed, std::uint32_t stream, std::uint64_t step) noexcept
    : key_{low_word(seed), high_word(seed)}, stream_(stream), step_{low_word(step), high_word(step)} {}

std::uint32_t RandomStream::bits(std::uint64_t element) const noexcept {
  return philox(key_[0], key_[1], low_word(element), second_word(stream_, element), step_[0], step_[1]).word[0];
}

double RandomStream::uniform(std::uint64_t element) const noexcept {
  double u = 0;
  fill<to_uniform>(element, &u, 1);
  return u;
}

double RandomStream::normal(std::uint64_t element) const {
  double p = 0;
  fill<to_open_uniform>(element, &p, 1);
  to_quantiles(&p, 1);
  return p;
}

void RandomStream::fill_uniform(std::uint64_t first, std::span<double> out) const noexcept {
  for_chunks(first, out, [&](std::uint64_t element, double* u, std::size_t count) { fill<to_uniform>(element, u, count); });
}

void RandomStream::fill_normal(std::uint64_t first, std::span<double> out) const {
  for_chunks(first, out, [&](std::uint64_t element, double* x, std::size_t count) {
    fill<to_open_uniform>(element, x, count);
    to_quantiles(x, count);
  });
}

template <double (*convert)(std::uint32_t, std::uint32_t)>
void RandomStream::fill(std::uint64_t first, double* out, std::size_t count) const noexcept {
  const std::uint32_t c0 = low_word(first);
  const std::uint32_t c1 = second_word(stream_, first);
  if (count == 1) {
    const PhiloxBlock block = philox(key_[0], key_[1], c0, c1, step_[0], step_[1]);
    *out = convert(block.word[0], block.word[1]);
    return;
  }
  std::uint32_t words[4][kAtOnce];
  kernels().philox16(key_[0], key_[1], c0, c1, step_[0], step_[1], words);
  for (std::size_t i = 0; i < count; ++i) out[i] = convert(words[0][i], words[1][i]);
}

void permutation(std::uint64_t seed, std::uint64_t epoch, std::span<std::uint32_t> out, std::uint32_t part) noexcept {
  std::iota(out.begin(), out.end(), 0U);
  ShuffleWords words(seed, epoch, part, out.size());
  for (std::size_t left = out.size(); left > 1; --left) {
    const std::uint32_t chosen = bounded(words, static_cast<std::uint32_t>(left));
    std::swap(out[left - 1], out[chosen]);
  }
}

double normal_quantile(double p) {
  to_quantiles(&p, 1);
  return p;
}

}  // namespace chainrule
