// The kernels of elements and rows give the same bits on every instruction set.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "optimizer_specs.h"
#include "tables.h"

namespace chainrule {
namespace {

/// Everything that one table computes from fixed numbers, one after the other.
template <typename T>
std::vector<T> everything(const KernelTable<T>& t) {
  std::vector<T> all;
  const auto add = [&](const T* values, size_t count) { all.insert(all.end(), values, values + count); };
  Numbers numbers(8);
  std::vector<T> z = arguments<T>();
  z[5] = std::numeric_limits<T>::infinity();
  z[6] = -std::numeric_limits<T>::infinity();
  z[7] = std::numeric_limits<T>::denorm_min();
  z[8] = std::numeric_limits<T>::max();
  for (size_t i = 0; i < 4096; ++i) z.push_back(numbers.value<T>() * static_cast<T>(std::exp(numbers.value<double>() * 8)));
  std::vector<T> out(z.size());
  for (const auto f : {t.exp, t.expm1, t.log, t.log1p_unit, t.tanh, t.erf, t.sigmoid}) {
    f(z.data(), out.data(), z.size());
    add(out.data(), out.size());
  }
  for (size_t n = 0; n < kActivationCount; ++n) {
    if (t.activate[n] == nullptr) continue;
    t.activate[n](z.data(), out.data(), z.size() / kLanes);
    add(out.data(), out.size());
    std::vector<T> d(z.size(), T{0.375});
    t.derivative[n](kDerivativeReads[n] == DerivativeReads::output ? out.data() : z.data(), d.data(), z.size() / kLanes);
    add(d.data(), d.size());
  }
  for (const size_t units : kUnits) {
    PanelMatrix<T> output(kRows, units);
    PanelMatrix<T> target(kRows, units);
    PanelMatrix<T> result(kRows, units);
    const size_t size = kRows * padded(units);
    const size_t stride = output.view().stride;
    for (size_t i = 0; i < kRows; ++i) {
      for (size_t j = 0; j < units; ++j) {
        output.at(i, j) = numbers.value<T>() * 9;
        target.at(i, j) = std::abs(numbers.value<T>());
      }
    }
    t.softmax({output.view().data, result.view().data, nullptr, units, stride, {0, kRows}});
    add(result.view().data, size);
    PanelMatrix<T> d(kRows, units);
    std::copy_n(target.view().data, size, d.view().data);
    t.softmax_gradient({nullptr, result.view().data, d.view().data, units, stride, {0, kRows}});
    add(d.view().data, size);
    for (const auto loss : t.loss) {
      T row_loss[kRows];
      LossBlock<T> block{};
      block.output = output.view().data;
      block.target = target.view().data;
      block.gradient = result.view().data;
      block.row_loss = row_loss;
      block.units = units;
      block.stride = stride;
      block.rows = {0, kRows};
      const std::vector<T> eighths(kRows + 2 * kLanes + units, T{0.125});
      block.row_scale = block.per_output = eighths.data();
      block.settings = {T{0.75}, T{0.125}, T{1.5}, T{0.25}, T{0.75}};
      loss(block);
      add(row_loss, kRows);
      add(result.view().data, size);
    }
    T sums[kLanes];
    t.sum_rows(output.view().data, kRows, sums);
    add(sums, kLanes);
  }
  std::vector<T> weights(16 * kLanes), gradients(weights.size());
  for (size_t i = 0; i < weights.size(); ++i) {
    weights[i] = numbers.value<T>();
    gradients[i] = numbers.value<T>() * 9;
  }
  t.adjust({gradients.data(), weights.data(), weights.data(), 16, T{0.75}, T{2}, T{0.0625}, T{0.03125}});
  add(weights.data(), weights.size());
  for (const OptimizerSpec& spec : optimizer_specs()) {
    OptimizerState<T> state(spec, 4 * kLanes);
    state.begin();
    std::vector<T> w(4 * kLanes);
    std::vector<T> g(4 * kLanes);
    for (int step = 0; step < 3; ++step) {
      for (T& x : g) x = numbers.value<T>();
      state.begin_step(spec.learning_rate);
      state.apply(t, w.data(), 0, g.data(), 4);
    }
    add(w.data(), w.size());
  }
  return all;
}

TEST(every_instruction_set_gives_the_same_bits) {
  const std::vector<float> f32 = everything(reference_kernels().f32);
  const std::vector<double> f64 = everything(reference_kernels().f64);
  for (const Kernels* k : fusing(kernels_to_test())) {
    check_true(same(everything(k->f32), f32), "f32 bits", *k);
    check_true(same(everything(k->f64), f64), "f64 bits", *k);
  }
}

}  // namespace
}  // namespace chainrule
