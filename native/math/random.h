// Random numbers that are a function of (seed, stream, step, element) and of nothing else. The order in which they are drawn,
// the number of threads, the platform and the layout of a matrix have no part in them. Not for cryptography.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace chainrule {

/// The purposes of random numbers; each purpose, and each layer within it, has a stream of its own. A stream is a number below 2^24.
namespace stream {
constexpr std::uint32_t kInitialWeights = 0x000000;  ///< + layer
constexpr std::uint32_t kShuffle = 0x010000;         ///< + part
constexpr std::uint32_t kSplit = 0x018000;           ///< of lib/splits/permutation.ts
constexpr std::uint32_t kDropout = 0x020000;         ///< + layer
constexpr std::uint32_t kMaxLayers = 0x010000;
constexpr std::uint32_t kOwn = 0x100000;  ///< + running number: what does not go by the number of a dense layer
constexpr std::uint32_t kMaxOwn = 0x800000;
}  // namespace stream

/// The random numbers of one step of one stream: a Philox4x32-10 block per element. The key is the seed (low word first); the counter is
/// { element's low 32 bits, stream + 2^24 * (element's upper bits), step's low word, step's high word }, so elements are below 2^40.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::uint32_t stream, std::uint64_t step) noexcept;

  /// 32 random bits: the block's first word.
  std::uint32_t bits(std::uint64_t element) const noexcept;

  /// Evenly distributed over the multiples of 2^-53 in [0, 1).
  double uniform(std::uint64_t element) const noexcept;

  /// Standard normal, by inversion of the distribution function: within +-8.3, symmetric, good to about 1e-15.
  double normal(std::uint64_t element) const;

  /// The same numbers for the elements first, first + 1, …: several at once, and so faster.
  void fill_uniform(std::uint64_t first, std::span<double> out) const noexcept;
  void fill_normal(std::uint64_t first, std::span<double> out) const;

 private:
  template <double (*convert)(std::uint32_t, std::uint32_t)>
  void fill(std::uint64_t first, double* out, std::size_t count) const noexcept;

  std::uint32_t key_[2];
  std::uint32_t stream_;
  std::uint32_t step_[2];
};

/// Writes the numbers 0 to size - 1 in an order that depends on seed, epoch and part (below 2^14) only: Fisher-Yates with unbiased choices.
/// size < 2^32.
void permutation(std::uint64_t seed, std::uint64_t epoch, std::span<std::uint32_t> out, std::uint32_t part = 0) noexcept;

/// The bound that a standard normal variable stays below with probability p, 0 < p < 1.
double normal_quantile(double p);

}  // namespace chainrule
