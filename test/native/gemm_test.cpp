// The three products against naive_gemm.h, bit for bit: each element is one chain of fused multiply-adds in ascending k, whatever the
// instruction set, the tile it falls into and the number of threads. Matrices lie between canaries, with gaps between their panels.
#include "math/gemm.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "check.h"
#include "isas.h"
#include "math/naive_gemm.h"
#include "math/thread_pool.h"
#include "matrices.h"

namespace chainrule {
namespace {

/// Sizes of a layer and a batch.
struct Shape {
  size_t batch, in, units;

  /// Large shapes are tested in the one way that does everything.
  bool large() const { return batch * in * units > 300000; }
};

template <typename T>
std::string describe(const char* what, const char* isa, const Shape& s) {
  return std::string(what) + ' ' + isa + (sizeof(T) == 4 ? " f32" : " f64") + " batch " + std::to_string(s.batch) + ", in " +
         std::to_string(s.in) + ", units " + std::to_string(s.units) + ", threads " + std::to_string(ThreadPool::shared().size());
}

bool report(bool good, const std::string& what, const char* problem) {
  if (!good) std::printf("%s: %s\n", what.c_str(), problem);
  return good;
}

template <typename T>
bool equal(PanelView<const T> got, PanelView<const T> wanted, const std::string& what) {
  for (size_t i = 0; i < wanted.rows; ++i) {
    for (size_t j = 0; j < wanted.cols; ++j) {
      if (same_bits(got.at(i, j), wanted.at(i, j))) continue;
      std::printf("%s: element [%zu, %zu] is %.17g, not %.17g\n", what.c_str(), i, j, static_cast<double>(got.at(i, j)),
                  static_cast<double>(wanted.at(i, j)));
      return false;
    }
  }
  return true;
}

/// A function of the index, so that an element that is finished at a wrong index, twice or not at all is wrong.
template <typename T>
T factor(size_t row, size_t col) {
  return static_cast<T>(1 + (row * 31 + col * 17) % 64) / static_cast<T>(32);
}

/// Counts how often each element is handed over.
class Visits {
 public:
  Visits(size_t rows, size_t cols) : rows_(rows), counts_(rows * panels_of(cols)) {}
  /// Of rows of one panel; false if they are not of the matrix.
  void add(size_t panel, size_t first_row, size_t rows) {
    for (size_t i = first_row; i < first_row + rows; ++i) {
      if (i >= rows_ || panel * rows_ + i >= counts_.size()) {
        outside_ = true;
      } else {
        ++counts_[panel * rows_ + i];
      }
    }
  }
  bool once_each() const {
    return !outside_ && std::all_of(counts_.begin(), counts_.end(), [](unsigned char n) { return n == 1; });
  }

 private:
  size_t rows_;
  std::vector<unsigned char> counts_;  // each is written by the one thread that does its tile
  bool outside_ = false;
};

/// naive_gemm as the kernels in use have to do it.
template <typename T>
void naive(PanelView<const T> a, PanelView<const T> b, const T* bias, PanelView<T> c, Transposed transposed = Transposed::none) {
  naive_gemm<T>(a, b, bias, c, transposed, fuses(kernels()));
}

/// One shape's matrices, and what the products should give.
template <typename T>
struct Case {
  Shape shape;
  Guarded<T> a, w, dz, dz_t;
  AlignedBuffer<T> bias;
  PanelMatrix<T> z, da, dw;

  Case(const Shape& s, Numbers& numbers)
      : shape(s),
        a(s.batch, s.in),
        w(s.in, s.units),
        dz(s.batch, s.units),
        dz_t(s.units, s.batch),
        bias(padded(s.units)),
        z(s.batch, s.units),
        da(s.batch, s.in),
        dw(s.in, s.units) {
    a.fill(numbers);
    w.fill(numbers);
    dz.fill(numbers);
    dz_t.clear();
    for (size_t i = 0; i < s.batch; ++i)
      for (size_t j = 0; j < s.units; ++j) dz_t.view().at(j, i) = dz.view().at(i, j);
    for (size_t j = 0; j < s.units; ++j) bias.data()[j] = numbers.value<T>();
    // The padding lanes of the left-hand matrices are never read.
    a.set_padding(std::numeric_limits<T>::quiet_NaN());

    naive<T>(a.view(), w.view(), bias.data(), z.view());
    naive<T>(dz.view(), w.view(), nullptr, da.view(), Transposed::b);
    naive<T>(a.view(), dz.view(), nullptr, dw.view(), Transposed::a);
  }

  bool inputs_alive() const { return a.canaries_alive() && w.canaries_alive() && dz.canaries_alive() && dz_t.canaries_alive(); }
};

template <typename T>
void scale_and_shift(const T* z, T* out, size_t vectors) {
  for (size_t i = 0; i < vectors * kLanes; ++i) out[i] = z[i] * T{2} - T{1};
}

/// The forward product: linear; with an activation in place; with one out of place.
template <typename T>
bool forward_is_right(const Kernels& k, const Case<T>& c) {
  const Shape& s = c.shape;
  const std::string what = describe<T>("forward", k.isa, s);
  bool good = true;
  for (const bool biased : {true, false}) {
    for (const bool activated : {true, false}) {
      for (const bool in_place : {false, true}) {
        Guarded<T> z(s.batch, s.units);
        Guarded<T> out(s.batch, s.units);
        ForwardProduct<T> p;
        p.a = c.a.view();
        p.w = c.w.view();
        p.bias = biased ? c.bias.data() : nullptr;
        p.z = z.view();
        p.out = in_place ? z.view() : out.view();
        p.activate = activated ? scale_and_shift<T> : nullptr;
        forward_product(table<T>(k), p);

        PanelMatrix<T> wanted(s.batch, s.units);
        if (biased) {
          std::copy_n(c.z.view().data, s.batch * padded(s.units), wanted.view().data);
        } else {
          naive<T>(c.a.view(), c.w.view(), nullptr, wanted.view());
        }
        if (!activated || !in_place) {
          good = good && equal<T>(z.view(), wanted.view(), what) && report(z.padding_is_zero(), what, "padding of Z");
        }
        if (activated) {
          scale_and_shift(wanted.view().data, wanted.view().data, s.batch * panels_of(s.units));
          good = good && equal<T>(p.out, wanted.view(), what + " (activated)");
        }
        good = good && report(z.canaries_alive() && out.canaries_alive() && c.inputs_alive(), what, "wrote outside of the matrix");
        if (s.large()) return good;
      }
    }
  }
  return good;
}

template <typename T>
struct FinishContext {
  Visits* visits;

  static void finish(const void* context, size_t panel, size_t first_row, size_t rows, T* d) {
    static_cast<const FinishContext*>(context)->visits->add(panel, first_row, rows);
    for (size_t i = 0; i < rows; ++i)
      for (size_t lane = 0; lane < kLanes; ++lane) d[i * kLanes + lane] *= factor<T>(first_row + i, panel * kLanes + lane);
  }
};

template <typename T>
bool input_gradient_is_right(const Kernels& k, const Case<T>& c) {
  const Shape& s = c.shape;
  const std::string what = describe<T>("input gradient", k.isa, s);
  bool good = true;
  for (const bool finished : {true, false}) {
    for (const bool transposed : {true, false}) {
      Guarded<T> da(s.batch, s.in);
      Guarded<T> da_t(padded(s.in), s.batch);
      Visits visits(s.batch, s.in);
      const FinishContext<T> context{&visits};
      InputGradientProduct<T> p;
      p.w = c.w.view();
      p.dz_t = c.dz_t.view();
      p.da_t = da_t.view();
      p.da_t.rows = s.in;
      p.da = da.view();
      p.transposed = transposed;
      if (finished) {
        p.finish = FinishContext<T>::finish;
        p.context = &context;
      }
      input_gradient_product(table<T>(k), p);

      PanelMatrix<T> wanted(s.batch, s.in);
      PanelMatrix<T> wanted_t(s.in, s.batch);
      for (size_t i = 0; i < s.batch; ++i) {
        for (size_t j = 0; j < s.in; ++j) {
          wanted.at(i, j) = c.da.view().at(i, j) * (finished ? factor<T>(i, j) : T{1});
          wanted_t.at(j, i) = wanted.at(i, j);
        }
      }
      good = good && equal<T>(da.view(), wanted.view(), what) && report(da.padding_is_zero(), what, "padding of dA");
      if (transposed) {
        good = good && equal<T>(da_t.view(), wanted_t.view(), what + " (transposed)") &&
               report(da_t.padding_is_zero(), what, "padding of dA transposed");
      }
      if (finished) good = good && report(visits.once_each(), what, "`finish` was not called once for every element");
      good = good && report(da.canaries_alive() && da_t.canaries_alive() && c.inputs_alive(), what, "wrote outside of the matrix");
      if (s.large()) return good;
    }
  }
  return good;
}

template <typename T>
struct UpdateContext {
  Visits* visits;
  PanelView<T> updated;

  static void update(const void* context, size_t panel, size_t first_row, size_t rows, const T* gradient) {
    const UpdateContext& self = *static_cast<const UpdateContext*>(context);
    self.visits->add(panel, first_row, rows);
    if (rows <= kGradientRows && first_row + rows <= self.updated.rows) {
      std::copy_n(gradient, rows * kLanes, self.updated.panel(panel) + first_row * kLanes);
    }
  }
};

template <typename T>
bool weight_gradient_is_right(const Kernels& k, const Case<T>& c) {
  const Shape& s = c.shape;
  const std::string what = describe<T>("weight gradient", k.isa, s);
  bool good = true;
  for (const bool updates : {true, false}) {
    Guarded<T> dw(s.in, s.units);
    Visits visits(s.in, s.units);
    const UpdateContext<T> context{&visits, dw.view()};
    WeightGradientProduct<T> p;
    p.a = c.a.view();
    p.dz = c.dz.view();
    p.dw = dw.view();
    if (updates) {
      p.update = UpdateContext<T>::update;
      p.context = &context;
      std::fill(std::begin(p.prefetch), std::end(p.prefetch), dw.view().data);  // as with an optimizer of three states
    }
    weight_gradient_product(table<T>(k), p);
    good = good && equal<T>(dw.view(), c.dw.view(), what) && report(dw.padding_is_zero(), what, "padding of dW");
    if (updates) good = good && report(visits.once_each(), what, "`update` was not called once for every element");
    good = good && report(dw.canaries_alive() && c.inputs_alive(), what, "wrote outside of the matrix");
    if (s.large()) return good;
  }
  return good;
}

/// dw += scale * dW: one more fused multiply-add per element, onto a matrix that holds dW already.
template <typename T>
bool scaled_weight_gradient_is_right(const Kernels& k, const Case<T>& c) {
  const Shape& s = c.shape;
  const std::string what = describe<T>("scaled weight gradient", k.isa, s);
  const T scale = static_cast<T>(-0.3);
  Guarded<T> dw(s.in, s.units);
  PanelMatrix<T> expected(s.in, s.units);
  const PanelView<T> view = dw.view();
  for (size_t i = 0; i < s.in; ++i) {
    for (size_t j = 0; j < padded(s.units); ++j) view.at(i, j) = j < s.units ? c.dw.view().at(i, j) : T{0};
    for (size_t j = 0; j < s.units; ++j)
      expected.at(i, j) = fuses(k) ? std::fma(scale, view.at(i, j), view.at(i, j)) : scale * view.at(i, j) + view.at(i, j);
  }
  WeightGradientProduct<T> p;
  p.a = c.a.view();
  p.dz = c.dz.view();
  p.dw = view;
  p.scale = &scale;
  weight_gradient_product(table<T>(k), p);
  return equal<T>(dw.view(), expected.view(), what) && report(dw.padding_is_zero(), what, "padding of dW") &&
         report(dw.canaries_alive() && c.inputs_alive(), what, "wrote outside of the matrix");
}

template <typename T>
void check_shape(const Shape& shape, uint64_t seed, const std::vector<int>& threads) {
  Numbers numbers(seed);
  const Case<T> c(shape, numbers);
  const int before = ThreadPool::shared().size();
  for (const int count : threads) {
    ThreadPool::shared().resize(count);
    for (const Kernels* k : kernels_to_test()) {
      CHECK(forward_is_right(*k, c));
      CHECK(input_gradient_is_right(*k, c));
      CHECK(weight_gradient_is_right(*k, c));
      CHECK(scaled_weight_gradient_is_right(*k, c));
    }
  }
  ThreadPool::shared().resize(before);
}

void check_shapes(const std::vector<Shape>& shapes, const std::vector<int>& threads = {1}) {
  for (size_t i = 0; i < shapes.size(); ++i) {
    check_shape<float>(shapes[i], i, threads);
    check_shape<double>(shapes[i], i, threads);
  }
}

constexpr size_t kAwkward[] = {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 100, 127, 130, 255, 257};

TEST(gemm_every_awkward_size_in_every_place) {
  std::vector<Shape> shapes;
  for (const size_t n : kAwkward) shapes.insert(shapes.end(), {{n, 17, 15}, {9, n, 33}, {7, 19, n}, {1, n, n}});
  check_shapes(shapes);
}

TEST(gemm_one_to_twenty_of_everything) {
  std::vector<Shape> shapes;
  for (size_t n = 1; n <= 20; ++n) shapes.insert(shapes.end(), {{n, 34, 49}, {n, 70, 10}, {18, n, 47}, {33, 16, n}, {n, n, n}});
  check_shapes(shapes);
}

TEST(gemm_awkward_sizes_together) {
  Numbers numbers(2024);
  std::vector<Shape> shapes;
  while (shapes.size() < 40) {
    const auto draw = [&] { return kAwkward[numbers.below(std::size(kAwkward))]; };
    const Shape s{draw(), draw(), draw()};
    if (s.batch * s.in * s.units < 300000) shapes.push_back(s);
  }
  check_shapes(shapes);
}

TEST(gemm_random_sizes) {
  Numbers numbers(7);
  std::vector<Shape> shapes;
  while (shapes.size() < 40) {
    const Shape s{1 + numbers.below(90), 1 + numbers.below(150), 1 + numbers.below(150)};
    if (s.batch * s.in * s.units < 300000) shapes.push_back(s);
  }
  check_shapes(shapes);
}

TEST(gemm_deep_narrow_and_long) {
  check_shapes({{3, 1040, 5}, {2, 5, 1040}, {1040, 3, 5}, {1, 2100, 1}, {1, 1, 2100}, {2100, 1, 1}, {530, 18, 3}, {19, 2, 790}});
}

TEST(gemm_same_bits_for_any_number_of_threads) {
  // Each has just more than the 2^20 multiply-adds from which on work is shared out.
  check_shapes({{257, 130, 33}, {33, 130, 257}, {1, 1025, 1025}, {20, 52, 1047}, {1050, 9, 113}}, {1, 2, 3, 7});
}

}  // namespace
}  // namespace chainrule
