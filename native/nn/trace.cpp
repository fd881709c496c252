#include "nn/trace.h"

#include "nn/parameter_rows.h"

namespace chainrule {
namespace {

size_t elements_of(Shape shape) { return shape.members * shape.columns; }

/// Writes a matrix row-major; returns what is behind it.
template <typename T>
T* write(const KernelTable<T>& kernels, PanelView<const T> matrix, T* out) {
  to_rows<T>(kernels, matrix, out);
  return out + matrix.rows * matrix.cols;
}

}  // namespace

size_t trace_columns(const Topology& topology, bool backward) {
  size_t sum = 0;
  const auto& steps = topology.sequence.steps();
  for (const SequencePlan::Step& step : steps) {
    const bool is_front = topology.sequence.has_front() && &step == &steps.front();
    if (backward) {
      if (step.trains && !is_front) sum += elements_of(step.in) + elements_of(step.out);
    } else if (step.plan->predicts()) {
      sum += elements_of(step.out) * (step.plan->last_activation() != nullptr ? 2 : 1);
    }
  }
  return sum;
}

template <typename T>
void trace_forward(const Network<T>& network, const T* x, size_t rows, T* out) {
  const KernelTable<T>& kernels = network.kernels();
  const Topology& topology = network.topology();
  const Snapshot<T> parameters = network.snapshot();
  const Snapshot<T> prepared = network.prepared(parameters);
  const Pass<T> pass{prepared->data()};
  const Pass<T> unfolded{parameters->data()};
  Sequence<T> sequence = topology.make_sequence(kernels, Mode::prediction);
  sequence.set_rows(rows);
  PanelMatrix<T> in(rows, topology.input_size);
  from_rows<T>(kernels, x, in.view());
  const auto& steps = topology.sequence.steps();
  for (size_t i = 0, at_work = 0; i < steps.size(); ++i) {
    if (!steps[i].works_in(Mode::prediction)) continue;
    Layer<T>& layer = sequence.layer(at_work++);
    const bool with_next = i + 1 < steps.size() && steps[i + 1].folded;
    const Pass<T>& own = with_next ? unfolded : pass;
    PanelMatrix<T> result(rows * steps[i].out.members, steps[i].out.columns);
    if (layer.forward_logits(own, in.view(), result.view())) out = write<T>(kernels, result.view(), out);
    layer.forward(own, in.view(), result.view());
    out = write<T>(kernels, result.view(), out);
    if (with_next) {
      layer.forward(pass, in.view(), result.view());
      out = write<T>(kernels, result.view(), out);
    }
    in = std::move(result);
  }
}

template <typename T>
void trace_backward(const Network<T>& network, const Backprop<T>& buffers, T* out) {
  const auto& steps = network.topology().sequence.steps();
  for (size_t i = network.topology().sequence.has_front() ? 1 : 0; i < steps.size(); ++i) {
    if (!steps[i].trains) continue;
    out = write<T>(network.kernels(), buffers.input_of(i), out);
    out = write<T>(network.kernels(), buffers.gradient_of(i), out);
  }
}

template void trace_forward(const Network<float>&, const float*, size_t, float*);
template void trace_forward(const Network<double>&, const double*, size_t, double*);
template void trace_backward(const Network<float>&, const Backprop<float>&, float*);
template void trace_backward(const Network<double>&, const Backprop<double>&, double*);

}  // namespace chainrule
