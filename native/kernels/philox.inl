// Philox4x32-10: a random number generator that is a function. Key and counter in, four random words out; no state, so any element of any
// step can be had by any thread on its own. J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as
// 1, 2, 3", SC11, 2011. Included inside an unnamed namespace, also by the ISA files, hence without includes of its own: the including
// file has kernels.h.

constexpr uint32_t kPhiloxMultiplier0 = 0xd2511f53;
constexpr uint32_t kPhiloxMultiplier1 = 0xcd9e8d57;
constexpr uint32_t kPhiloxWeyl0 = 0x9e3779b9;  // golden ratio
constexpr uint32_t kPhiloxWeyl1 = 0xbb67ae85;  // sqrt(3) - 1
constexpr int kPhiloxRounds = 10;

struct PhiloxBlock {
  uint32_t word[4];
};

/// The vocabulary that Philox needs of an ISA: registers of kWidth 64-bit lanes of which only the lower 32 bits mean anything, except that
/// `high` reads the upper 32 bits of a product.
struct PlainPhilox {
  using Reg = uint64_t;
  static constexpr int kWidth = 1;
  static Reg set(uint32_t a) { return a; }
  static Reg ascending(uint32_t first) { return first; }  ///< first + lane
  static Reg multiply(Reg a, Reg b) { return uint64_t{static_cast<uint32_t>(a)} * static_cast<uint32_t>(b); }
  static Reg high(Reg a) { return a >> 32; }
  static Reg exclusive_or(Reg a, Reg b, Reg c) { return a ^ b ^ c; }
  static void store(uint32_t* p, Reg a) { *p = static_cast<uint32_t>(a); }
};

/// The vocabulary of an instruction set: R::Philox, or the plain one.
template <class R>
struct PhiloxOf {
  using Type = PlainPhilox;
};
template <class R>
  requires requires { typename R::Philox; }
struct PhiloxOf<R> {
  using Type = typename R::Philox;
};

/// One counter per lane, in as many registers as it takes for `kCounters` of them: out[word][counter] of (c0 + counter, c1, c2, c3), where
/// c0 + counter wraps and does not carry. The registers are independent chains, so the multiplier's latency is hidden.
template <class P, int kCounters>
CHAINRULE_INLINE void philox_counters(uint32_t key0, uint32_t key1, uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3,
                                      uint32_t (*out)[kCounters]) {
  constexpr int kRegs = kCounters / P::kWidth;
  using Reg = typename P::Reg;
  const Reg multiplier0 = P::set(kPhiloxMultiplier0);
  const Reg multiplier1 = P::set(kPhiloxMultiplier1);
  Reg x[4][kRegs];
  CHAINRULE_UNROLL
  for (int i = 0; i < kRegs; ++i) {
    x[0][i] = P::ascending(c0 + static_cast<uint32_t>(i * P::kWidth));
    x[1][i] = P::set(c1);
    x[2][i] = P::set(c2);
    x[3][i] = P::set(c3);
  }
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const Reg k0 = P::set(key0);
    const Reg k1 = P::set(key1);
    CHAINRULE_UNROLL
    for (int i = 0; i < kRegs; ++i) {
      const Reg product0 = P::multiply(x[0][i], multiplier0);
      const Reg product1 = P::multiply(x[2][i], multiplier1);
      x[0][i] = P::exclusive_or(P::high(product1), x[1][i], k0);
      x[1][i] = product1;
      x[2][i] = P::exclusive_or(P::high(product0), x[3][i], k1);
      x[3][i] = product0;
    }
    key0 += kPhiloxWeyl0;
    key1 += kPhiloxWeyl1;
  }
  CHAINRULE_UNROLL
  for (int word = 0; word < 4; ++word) {
    CHAINRULE_UNROLL
    for (int i = 0; i < kRegs; ++i) P::store(&out[word][i * P::kWidth], x[word][i]);
  }
}

/// The four words of one counter.
template <class P = PlainPhilox>
CHAINRULE_INLINE PhiloxBlock philox(uint32_t key0, uint32_t key1, uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3) {
  uint32_t out[4][1];
  philox_counters<P, 1>(key0, key1, c0, c1, c2, c3, out);
  return {{out[0][0], out[1][0], out[2][0], out[3][0]}};
}

/// The words of sixteen consecutive counters: out[word][lane].
template <class P = PlainPhilox>
CHAINRULE_INLINE void philox16(uint32_t key0, uint32_t key1, uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3, uint32_t out[4][16]) {
  philox_counters<P, 16>(key0, key1, c0, c1, c2, c3, out);
}
