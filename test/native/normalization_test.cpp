// Layer and batch normalisation against their definition, their gradients against central differences of it.
#include "kernel_tables.h"

namespace chainrule {
namespace {

constexpr size_t kRowCounts[] = {1, 2, 3, 8, 17, 37};
constexpr size_t kColumnCounts[] = {1, 2, 15, 16, 17, 33, 100, 160};
constexpr double kEpsilon = 1e-5;

using Series = std::vector<double>;

/// (x - mean) / sqrt(variance + epsilon), the variance with divisor n.
Series standardized(Series x) {
  const auto n = static_cast<double>(x.size());
  double mean = 0;
  for (const double v : x) mean += v / n;
  double variance = 0;
  for (const double v : x) variance += (v - mean) * (v - mean) / n;
  for (double& v : x) v = (v - mean) / std::sqrt(variance + kEpsilon);
  return x;
}

/// The gradient of sum(weight * standardized(x)) by central differences.
Series gradient(Series x, const Series& weight) {
  const auto loss = [&] {
    const Series y = standardized(x);
    double sum = 0;
    for (size_t i = 0; i < x.size(); ++i) sum += weight[i] * y[i];
    return sum;
  };
  Series d(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    const double at = x[i];
    const double h = 1e-5;
    x[i] = at + h;
    const double above = loss();
    x[i] = at - h;
    d[i] = (above - loss()) / (2 * h);
    x[i] = at;
  }
  return d;
}

/// One matrix through forward and backward. `series(i)` of the reference are the rows or the columns.
template <typename T>
struct Pass {
  Guarded<T> in, out, d_out, d_in;
  std::vector<T> scale, bias, d_scale, d_bias;
  std::vector<T> mean, inverse, square_sum;  ///< of rows or columns, padded

  Pass(size_t rows, size_t columns, size_t statistics)
      : in(rows, columns),
        out(rows, columns),
        d_out(rows, columns),
        d_in(rows, columns),
        d_scale(padded(columns)),
        d_bias(padded(columns)),
        mean(statistics),
        inverse(statistics),
        square_sum(statistics) {
    Numbers numbers(rows * 1000 + columns);
    in.fill(numbers);
    d_out.fill(numbers);
    scale = column_vector<T>(columns, numbers);
    bias = column_vector<T>(columns, numbers);
  }

  std::vector<T> results() const {
    const size_t columns = in.view().cols;
    std::vector<T> all;
    append(all, out);
    append(all, d_in);
    append(all, d_scale, columns);
    append(all, d_bias, columns);
    all.insert(all.end(), mean.begin(), mean.end());
    all.insert(all.end(), inverse.begin(), inverse.end());
    all.insert(all.end(), square_sum.begin(), square_sum.end());
    return all;
  }
};

template <typename T>
LayerNormBlock<T> layer_norm_block(Pass<T>& p, Range rows) {
  return {p.in.view().data, p.out.view().data,  p.scale.data(),      p.bias.data(), p.mean.data(),           p.inverse.data(),
          p.in.view().cols, p.in.view().stride, p.out.view().stride, rows,          static_cast<T>(kEpsilon)};
}

template <typename T>
LayerNormGradientBlock<T> layer_norm_gradient_block(Pass<T>& p, Range rows, Range panels, bool add = false) {
  return {p.in.view().data,
          p.d_out.view().data,
          p.d_in.view().data,
          p.scale.data(),
          p.mean.data(),
          p.inverse.data(),
          p.d_scale.data(),
          p.d_bias.data(),
          p.in.view().cols,
          p.in.view().stride,
          p.d_out.view().stride,
          p.d_in.view().stride,
          rows,
          panels,
          add};
}

/// Forward and backward, the rows and panels shared out in two unequal parts.
template <typename T>
Pass<T> layer_norm_pass(const KernelTable<T>& t, size_t rows, size_t columns, bool shared) {
  Pass<T> p(rows, columns, rows);
  const size_t cut = shared ? rows / 3 : 0;
  const size_t panel_cut = shared ? panels_of(columns) / 2 : 0;
  for (const Range part : {Range{0, cut}, Range{cut, rows}}) t.layer_norm(layer_norm_block(p, part));
  for (const Range part : {Range{0, cut}, Range{cut, rows}})
    t.layer_norm_input_gradient(layer_norm_gradient_block(p, part, {0, panels_of(columns)}));
  for (const Range part : {Range{0, panel_cut}, Range{panel_cut, panels_of(columns)}})
    t.layer_norm_parameter_gradient(layer_norm_gradient_block(p, {0, rows}, part));
  return p;
}

template <typename T>
BatchNormGradientBlock<T> batch_norm_gradient_block(Pass<T>& p, Range panels, bool add = false) {
  return {p.in.view().data,   p.d_out.view().data,   p.d_in.view().data,   p.scale.data(),   p.mean.data(),
          p.inverse.data(),   p.d_scale.data(),      p.d_bias.data(),      p.in.view().rows, p.in.view().cols,
          p.in.view().stride, p.d_out.view().stride, p.d_in.view().stride, panels,           add};
}

template <typename T>
Pass<T> batch_norm_pass(const KernelTable<T>& t, size_t rows, size_t columns, bool shared) {
  Pass<T> p(rows, columns, padded(columns));
  const size_t cut = shared ? panels_of(columns) / 2 : 0;
  for (const Range part : {Range{0, cut}, Range{cut, panels_of(columns)}}) {
    t.batch_norm({p.in.view().data, p.out.view().data, p.scale.data(), p.bias.data(), p.mean.data(), p.square_sum.data(), p.inverse.data(),
                  rows, columns, p.in.view().stride, p.out.view().stride, part, static_cast<T>(kEpsilon)});
    t.batch_norm_gradient(batch_norm_gradient_block(p, part));
  }
  return p;
}

template <typename T>
void check_pass(const char* subject, const Kernels& k, const Pass<T>& p, bool along_rows) {
  const size_t rows = p.in.view().rows;
  const size_t columns = p.in.view().cols;
  Series d_scale(columns);
  Series d_bias(columns);
  for (size_t s = 0; s < (along_rows ? rows : columns); ++s) {
    const size_t length = along_rows ? columns : rows;
    const auto row = [&](size_t i) { return along_rows ? s : i; };
    const auto column = [&](size_t i) { return along_rows ? i : s; };
    Series x(length);
    Series weight(length);
    for (size_t i = 0; i < length; ++i) {
      x[i] = static_cast<double>(p.in.view().at(row(i), column(i)));
      weight[i] = static_cast<double>(p.d_out.view().at(row(i), column(i))) * static_cast<double>(p.scale[column(i)]);
    }
    const Series y = standardized(x);
    const Series d = gradient(x, weight);
    for (size_t i = 0; i < length; ++i) {
      const size_t c = column(i);
      const double expected = y[i] * static_cast<double>(p.scale[c]) + static_cast<double>(p.bias[c]);
      check_close(subject, k, p.out.view().at(row(i), c), expected, 2e-5, 1e-13);
      check_close("its input gradient", k, p.d_in.view().at(row(i), c), d[i], 2e-3, 1e-6);
      const auto d_out = static_cast<double>(p.d_out.view().at(row(i), c));
      d_scale[c] += d_out * y[i];
      d_bias[c] += d_out;
    }
  }
  for (size_t c = 0; c < columns; ++c) {
    check_close("its scale's gradient", k, p.d_scale[c], d_scale[c], 1e-4, 1e-12);
    check_close("its bias' gradient", k, p.d_bias[c], d_bias[c], 1e-5, 1e-13);
  }
}

template <typename F>
void for_every_size(const F& f) {
  for (const size_t rows : kRowCounts)
    for (const size_t columns : kColumnCounts) f(rows, columns);
}

}  // namespace

TEST(layer_norm_is_its_definition) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    for_every_size(
        [&](size_t rows, size_t columns) { check_pass("layer_norm", k, layer_norm_pass<decltype(type)>(t, rows, columns, false), true); });
  });
}

TEST(layer_norm_has_the_same_bits_however_it_is_shared_out) {
  for_every_size([](size_t rows, size_t columns) {
    for (const bool shared : {false, true}) {
      check_same_bits("layer_norm", [&](const auto& t, auto type) {
        using T = decltype(type);
        std::vector<T> all = layer_norm_pass<T>(t, rows, columns, shared).results();
        const std::vector<T> whole = layer_norm_pass<T>(t, rows, columns, false).results();
        for (size_t i = 0; i < all.size(); ++i) CHECK(same_bits(all[i], whole[i]));
        return all;
      });
    }
  });
}

TEST(batch_norm_is_its_definition) {
  for_all_tables([](const Kernels& k, const auto& t, auto type) {
    for_every_size([&](size_t rows, size_t columns) {
      const auto p = batch_norm_pass<decltype(type)>(t, rows, columns, false);
      check_pass("batch_norm", k, p, false);
      for (size_t c = 0; c < columns; ++c) {
        double square_sum = 0;
        for (size_t row = 0; row < rows; ++row)
          square_sum += std::pow(static_cast<double>(p.in.view().at(row, c)) - static_cast<double>(p.mean[c]), 2);
        check_close("its square_sum", k, p.square_sum[c], square_sum, 1e-5, 1e-13);
      }
    });
  });
}

TEST(batch_norm_has_the_same_bits_however_it_is_shared_out) {
  for_every_size([](size_t rows, size_t columns) {
    for (const bool shared : {false, true}) {
      check_same_bits("batch_norm", [&](const auto& t, auto type) {
        using T = decltype(type);
        std::vector<T> all = batch_norm_pass<T>(t, rows, columns, shared).results();
        const std::vector<T> whole = batch_norm_pass<T>(t, rows, columns, false).results();
        for (size_t i = 0; i < all.size(); ++i) CHECK(same_bits(all[i], whole[i]));
        return all;
      });
    }
  });
}

TEST(normalization_gradients_can_be_added_and_work_in_place) {
  for_all_tables([](const Kernels&, const auto& t, auto type) {
    using T = decltype(type);
    const size_t rows = 11;
    const size_t columns = 37;
    const Range panels{0, panels_of(columns)};
    for (const bool layer : {true, false}) {
      Pass<T> once = layer ? layer_norm_pass<T>(t, rows, columns, false) : batch_norm_pass<T>(t, rows, columns, false);
      Pass<T> twice = layer ? layer_norm_pass<T>(t, rows, columns, false) : batch_norm_pass<T>(t, rows, columns, false);
      if (layer)
        t.layer_norm_input_gradient(layer_norm_gradient_block(twice, {0, rows}, panels, true));
      else
        t.batch_norm_gradient(batch_norm_gradient_block(twice, panels, true));
      Pass<T> in_place = layer ? layer_norm_pass<T>(t, rows, columns, false) : batch_norm_pass<T>(t, rows, columns, false);
      const PanelView<T> d = in_place.d_out.view();
      if (layer) {
        LayerNormGradientBlock<T> block = layer_norm_gradient_block(in_place, {0, rows}, panels);
        block.d_in = d.data;
        t.layer_norm_input_gradient(block);
      } else {
        BatchNormGradientBlock<T> block = batch_norm_gradient_block(in_place, panels);
        block.d_in = d.data;
        t.batch_norm_gradient(block);
      }
      CHECK(twice.d_in.padding_is_zero());
      for (size_t row = 0; row < rows; ++row) {
        for (size_t c = 0; c < columns; ++c) {
          const T gradient = once.d_in.view().at(row, c);
          CHECK(same_bits(twice.d_in.view().at(row, c), gradient + gradient));
          CHECK(same_bits(d.at(row, c), gradient));
        }
      }
    }
  });
}

TEST(layer_norm_without_statistics_gives_the_same_output) {
  for_all_tables([](const Kernels&, const auto& t, auto type) {
    using T = decltype(type);
    Pass<T> p = layer_norm_pass<T>(t, 9, 20, false);
    Pass<T> prediction(9, 20, 9);
    LayerNormBlock<T> block = layer_norm_block(prediction, {0, 9});
    block.mean = block.inverse_deviation = nullptr;
    t.layer_norm(block);
    for (size_t row = 0; row < 9; ++row)
      for (size_t c = 0; c < 20; ++c) CHECK(same_bits(prediction.out.view().at(row, c), p.out.view().at(row, c)));
  });
}

}  // namespace chainrule
