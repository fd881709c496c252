// Dropout against Philox: the same masks in any pieces, and masks that are independent.
#include <algorithm>
#include <cmath>
#include <vector>

#include "tables.h"

namespace chainrule {
namespace {

#include "kernels/philox.inl"

template <typename T>
DropoutBlock<T> dropout_block(size_t panels, double rate) {
  DropoutBlock<T> d{};
  d.panels = panels;
  d.seed = 0x0123456789abcdef;
  d.step = 0xfedcba9876543210;
  d.stream = 0x020003;
  d.threshold = static_cast<uint32_t>(rate * 0x1p32);
  d.scale = static_cast<T>(1 / (1 - rate));
  return d;
}

TEST(dropout_drops_by_philox_whatever_the_pieces) {
  constexpr size_t rows = 37;
  constexpr size_t panels = 3;
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    using T = decltype(type);
    const double rate = 0.3;
    for (size_t panel = 0; panel < panels; ++panel) {
      std::vector<T> in(rows * kLanes);
      std::vector<T> whole(rows * kLanes);
      for (size_t i = 0; i < in.size(); ++i) in[i] = static_cast<T>(i + 1);
      DropoutBlock<T> d = dropout_block<T>(panels, rate);
      d.panel = panel;
      d.in = in.data();
      d.out = whole.data();
      d.rows = rows;
      t.dropout(d);
      for (size_t row = 0; row < rows; ++row) {
        for (size_t lane = 0; lane < kLanes; ++lane) {
          const size_t counter = (row / 4 * panels + panel) * kLanes + lane;
          const PhiloxBlock block = philox(0x89abcdef, 0x01234567, static_cast<uint32_t>(counter), 0x020003, 0x76543210, 0xfedcba98);
          const T wanted = block.word[row % 4] < d.threshold ? T{0} : in[row * kLanes + lane] * d.scale;
          check_true(same_bits(whole[row * kLanes + lane], wanted), "dropout", k);
        }
      }
      for (const size_t piece : {1, 2, 3, 4, 5, 16, 36}) {
        std::vector<T> pieces = in;  // in place
        for (size_t row = 0; row < rows; row += piece) {
          DropoutBlock<T> part = d;
          part.in = part.out = pieces.data() + row * kLanes;
          part.first_row = row;
          part.rows = std::min(piece, rows - row);
          t.dropout(part);
        }
        check_true(same(pieces, whole), "dropout in pieces", k);
      }
    }
  });
}

TEST(dropout_drops_the_right_share_and_other_keys_drop_others) {
  constexpr size_t rows = 4096;
  const Kernels& k = kernels();
  const std::vector<float> ones(rows * kLanes, 1.0F);
  const auto mask = [&](const DropoutBlock<float>& settings) {
    std::vector<float> out(ones.size());
    DropoutBlock<float> d = settings;
    d.in = ones.data();
    d.out = out.data();
    d.rows = rows;
    k.f32.dropout(d);
    return out;
  };
  const auto share = [](const std::vector<float>& m) {
    return static_cast<double>(std::count(m.begin(), m.end(), 0.0F)) / static_cast<double>(m.size());
  };
  const auto differ = [](const std::vector<float>& a, const std::vector<float>& b) {
    size_t different = 0;
    for (size_t i = 0; i < a.size(); ++i) different += a[i] != b[i] ? 1U : 0U;
    return static_cast<double>(different) / static_cast<double>(a.size());
  };
  for (const double rate : {0.0, 0.1, 0.5, 0.9}) {
    const std::vector<float> m = mask(dropout_block<float>(2, rate));
    const double deviation = std::sqrt(rate * (1 - rate) / static_cast<double>(m.size()));
    CHECK_NEAR(share(m), rate, 4 * deviation);
    for (const float x : m) CHECK(x == 0 || x == static_cast<float>(1 / (1 - rate)));
  }
  // Independent masks of one half differ in half of the elements.
  const DropoutBlock<float> base = dropout_block<float>(2, 0.5);
  const std::vector<float> m = mask(base);
  DropoutBlock<float> other = base;
  other.step += 1;
  CHECK_NEAR(differ(m, mask(other)), 0.5, 0.01);
  other = base;
  other.step += uint64_t{1} << 40;
  CHECK_NEAR(differ(m, mask(other)), 0.5, 0.01);
  other = base;
  other.seed += 1;
  CHECK_NEAR(differ(m, mask(other)), 0.5, 0.01);
  other = base;
  other.stream += 1;
  CHECK_NEAR(differ(m, mask(other)), 0.5, 0.01);
  other = base;
  other.panel = 1;
  CHECK_NEAR(differ(m, mask(other)), 0.5, 0.01);
}

}  // namespace
}  // namespace chainrule
