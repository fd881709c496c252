// Periodic embeddings of numbers (Gorishniy, Rubachev & Babenko 2022, "On Embeddings for Numerical Features in Tabular Deep Learning",
// PLR): relu(P W + b) with P = [cos(2 pi c x), sin(2 pi c x)]; each column has frequencies c, weights and a bias of its own, all trained.
#include <limits>

#include "math/out_of_memory.h"
#include "nn/inputs/input.h"
#include "nn/layers/dense_products.h"
#include "nn/limits.h"

namespace chainrule {
namespace {

template <typename T>
class Periodic;

class PeriodicPlan : public InputPlanOf<PeriodicPlan, Periodic> {
 public:
  explicit PeriodicPlan(Numbers numbers)
      : count(numbers.size(kMaxWidth)),
        frequencies(numbers.size(kMaxWidth / 2)),
        units(numbers.size(kMaxWidth)),
        sigma(numbers.number(0, 1e300)) {
    require(sigma > 0, "sigma is out of range");
    numbers.end();
  }

  uint64_t columns() const override { return count; }
  uint64_t width() const override { return uint64_t{count} * units; }
  /// A cosine and a sine take about 30 multiply-adds.
  size_t work() const override { return count * 2 * frequencies * (padded(units) + 30); }
  void declare(Planner& planner) override {
    require(uint64_t{count} * 2 * frequencies <= kMaxWidth, "there are too many frequencies");
    Initializer normal, he;
    normal.kind = InitializerKind::normal;
    normal.stddev = sigma;
    he.kind = InitializerKind::heNormal;
    frequency_tensor = planner.add("frequencies", count, frequencies, normal);
    weights = planner.add("weights", count * features(), units, he, features(), units, planner.own_stream(), 0);
    bias = planner.add("bias", count, units, Initializer{});
  }

  /// A number's cosines and sines.
  size_t features() const { return 2 * frequencies; }

  const size_t count, frequencies, units;
  const double sigma;
  size_t frequency_tensor = 0, weights = 0, bias = 0;  // handles
};

template <typename T>
class Periodic : public Input<T> {
 public:
  Periodic(const PeriodicPlan& plan, const Tools<T>& tools, InputColumns at)
      : plan_(plan),
        kernels_(tools.kernels),
        products_(tools.kernels),
        at_(at),
        training_(tools.mode == Mode::training),
        sharded_(tools.shards > 1),
        lanes_(training_ ? std::min(plan.count, kMaxLanes) : 0),
        frequencies_(tools.parameters.of(plan.frequency_tensor)),
        weights_(tools.parameters.of(plan.weights)),
        bias_(tools.parameters.of(plan.bias)) {}

  void set_rows(size_t rows) override {
    rows_ = 0;
    const uint64_t features = uint64_t{rows} * padded(plan_.features());
    const uint64_t units = uint64_t{rows} * padded(plan_.units);
    const uint64_t transposed = uint64_t{padded(rows)} * (padded(plan_.features()) + padded(plan_.units));
    const uint64_t frequencies = plan_.count * padded(plan_.frequencies);
    const uint64_t bias = plan_.count * padded(plan_.units);
    const uint64_t all_features = (training_ ? plan_.count : 1) * features;
    const uint64_t lane = features + units + transposed + (sharded_ ? 1 + kWaitingSums : 1) * padded(plan_.frequencies);
    const uint64_t size = frequencies + bias + units + all_features + lanes_ * lane;
    if (size > std::numeric_limits<size_t>::max() / sizeof(T)) throw OutOfMemory(size, sizeof(T));
    if (memory_.size() < size) memory_ = AlignedBuffer<T>(static_cast<size_t>(size));
    own_frequencies_ = memory_.data();
    own_bias_ = own_frequencies_ + frequencies;
    z_ = own_bias_ + bias;
    features_ = z_ + units;
    lane_memory_ = features_ + all_features;
    lane_size_ = static_cast<size_t>(lane);
    rows_ = rows;
  }
  size_t bytes() const override { return memory_.size() * sizeof(T); }

  /// The kernels read a column's frequencies and bias as one row, which in panels they are not.
  void begin(const Pass<T>& pass) override {
    const auto gather = [&](const Parameter& tensor, T* to) {
      const PanelView<const T> from = tensor.view(pass.parameters);
      for (size_t column = 0; column < from.rows; ++column, to += padded(from.cols)) {
        for (size_t panel = 0; panel < from.panels(); ++panel)
          std::copy_n(from.panel(panel) + column * kLanes, kLanes, to + panel * kLanes);
      }
    };
    gather(frequencies_, own_frequencies_);
    gather(bias_, own_bias_);
  }

  void forward(const Pass<T>& pass, PanelView<const T> x, PanelView<T> out, Range rows) override {
    for (size_t column = 0; column < plan_.count; ++column) {
      const PanelView<T> p = features_of(column);
      if (p.cols % kLanes != 0) std::fill_n(p.panel(p.panels() - 1) + rows.begin * kLanes, (rows.end - rows.begin) * kLanes, T{0});
      kernels_.periodic({&x.at(0, at_.in + column), own_frequencies_ + column * padded(plan_.frequencies), p.data, kLanes,
                         plan_.frequencies, 0, p.stride, rows});
      const PanelView<T> z = panel_view(z_, rows_, plan_.units);
      ForwardProduct<T> product;
      product.a = part(p, rows);
      product.w = weights_of(column, pass.parameters);
      product.bias = own_bias_ + column * padded(plan_.units);
      product.z = product.out = part(z, rows);
      product.activate = kernels_.activate[static_cast<size_t>(Activation::relu)];
      products_.forward(product);
      for_column_runs(0, first_unit(column), plan_.units, [&](size_t from, size_t to, size_t lanes) {
        for (size_t row = rows.begin; row < rows.end; ++row) std::copy_n(&z.at(row, from), lanes, &out.at(row, to));
      });
    }
  }

  /// Threads share columns.
  void backward(const Pass<T>& pass, PanelView<const T> x, PanelView<const T> out, PanelView<const T> d_out,
                const GradientSink<T>& sink) override {
    parallel_for(lanes_, 1, d_out.rows * plan_.work() * 2, [&](Range lanes) {
      for (size_t lane = lanes.begin; lane < lanes.end; ++lane) {
        for (size_t column = lane; column < plan_.count; column += lanes_) {
          column_gradient(pass, {x, out, d_out}, column, lane_memory_ + lane * lane_size_, sink);
        }
      }
    });
  }

 private:
  static constexpr size_t kMaxLanes = 16;  // columns on their way back at the same time

  struct Matrices {
    PanelView<const T> x, out, d_out;
  };

  size_t first_unit(size_t column) const { return at_.out + column * plan_.units; }

  /// cos and sin of a column, [rows, 2 k]: kept for the way back in training, and otherwise only until the next column.
  PanelView<T> features_of(size_t column) const {
    const size_t size = rows_ * padded(plan_.features());
    return panel_view(features_ + (training_ ? column * size : 0), rows_, plan_.features());
  }

  template <typename U>
  PanelView<U> weights_of(size_t column, U* block) const {
    const PanelView<U> all = weights_.view(block);
    return {all.data + column * plan_.features() * kLanes, plan_.features(), all.cols, all.stride};
  }

  static PanelView<T> part(PanelView<T> matrix, Range rows) {
    return {matrix.data + rows.begin * kLanes, rows.end - rows.begin, matrix.cols, matrix.stride};
  }

  void column_gradient(const Pass<T>& pass, const Matrices& m, size_t column, T* memory, const GradientSink<T>& sink) {
    const size_t rows = m.d_out.rows;
    const PanelView<T> dz = panel_view(memory, rows, plan_.units);
    memory += rows * padded(plan_.units);
    const PanelView<T> dp = panel_view(memory, rows, plan_.features());
    memory += rows * padded(plan_.features());
    const PanelView<T> dz_t{memory, plan_.units, rows, padded(plan_.units) * kLanes};
    memory += padded(plan_.units) * padded(rows);
    const PanelView<T> dp_t{memory, plan_.features(), rows, padded(plan_.features()) * kLanes};
    memory += padded(plan_.features()) * padded(rows);

    relu_gradient(m, column, dz);
    kernels_.transpose(dz.data, dz.stride, dz_t.data, dz_t.stride, rows, {0, dz.panels()});
    InputGradientProduct<T> product;
    product.w = weights_of(column, pass.parameters);
    product.dz_t = dz_t;
    product.da_t = dp_t;
    product.da = dp;
    products_.input_gradient(product);

    const size_t offset = weights_.offset + column * plan_.features() * kLanes;
    products_.weight_gradient(features_of(column), dz, weights_of(column, block_of(sink)), offset, sink, pass.shards);
    bias_gradient<T>(kernels_, pass.shards, dz, bias_.offset + column * kLanes, bias_.rows * kLanes, sink);
    const PanelView<const T> p = features_of(column);
    const size_t vectors = panels_of(plan_.frequencies);
    sum_over_shards(kernels_, pass.shards, rows, memory, vectors, memory + vectors * kLanes, [&](Range range, T* sums) {
      const size_t first = range.begin * kLanes;
      kernels_.periodic_gradient({&m.x.at(range.begin, at_.in + column), p.data + first, dp.data + first, sums, range.end - range.begin,
                                  kLanes, plan_.frequencies, 0, p.stride, dp.stride});
    });
    for (size_t panel = 0; panel < vectors; ++panel) take_row(frequencies_, column, panel, memory + panel * kLanes, sink);
  }

  /// dZ [rows, units] = d_out where the output is above 0.
  void relu_gradient(const Matrices& m, size_t column, PanelView<T> dz) const {
    const size_t last = dz.panels() - 1;
    if (dz.cols % kLanes != 0) std::fill_n(dz.panel(last), dz.rows * kLanes, T{0});
    for_column_runs(first_unit(column), 0, plan_.units, [&](size_t from, size_t to, size_t lanes) {
      for (size_t row = 0; row < dz.rows; ++row) {
        const T* out = &m.out.at(row, from);
        const T* d = &m.d_out.at(row, from);
        T* result = &dz.at(row, to);
        for (size_t i = 0; i < lanes; ++i) result[i] = out[i] > 0 ? d[i] : 0;
      }
    });
  }

  /// Sixteen columns of a row of a tensor.
  void take_row(const Parameter& tensor, size_t row, size_t panel, const T* gradient, const GradientSink<T>& sink) const {
    sink.take(kernels_, tensor.offset + (panel * tensor.rows + row) * kLanes, gradient, 1);
  }

  const PeriodicPlan& plan_;
  const KernelTable<T>& kernels_;
  DenseProducts<T> products_;
  const InputColumns at_;
  const bool training_, sharded_;
  const size_t lanes_;
  const Parameter &frequencies_, &weights_, &bias_;
  AlignedBuffer<T> memory_;
  T *own_frequencies_ = nullptr, *own_bias_ = nullptr;  // [columns][padded]
  T *z_ = nullptr, *features_ = nullptr, *lane_memory_ = nullptr;
  size_t lane_size_ = 0, rows_ = 0;
};

}  // namespace

std::unique_ptr<InputPlan> periodic_input(Numbers settings) { return std::make_unique<PeriodicPlan>(settings); }

}  // namespace chainrule
