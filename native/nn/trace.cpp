#include "nn/trace.h"

#include "math/gemm.h"
#include "nn/activate.h"
#include "nn/parameter_rows.h"

namespace chainrule {

template <typename T>
void trace_forward(const Network<T>& network, const T* x, size_t rows, std::span<T* const> out) {
  const KernelTable<T>& kernels = network.kernels();
  const Snapshot<T> parameters = network.snapshot();
  PanelMatrix<T> in(rows, network.topology().input_size);
  from_rows<T>(kernels, x, in.view());
  auto next = out.begin();
  for (const DenseLayer& layer : network.topology().layers) {
    PanelMatrix<T> units(rows, layer.units);
    ForwardProduct<T> p;
    p.a = in.view();
    p.w = layer.weights_in(parameters->data());
    p.bias = parameters->data() + layer.bias_offset;
    p.z = p.out = units.view();
    forward_product(kernels, p);
    to_rows<T>(kernels, units.view(), *next++);
    if (layer.activation != Activation::linear) activate_logits<T>(kernels, layer.activation, units.view(), units.view());
    to_rows<T>(kernels, units.view(), *next++);
    in = std::move(units);
  }
}

template <typename T>
void trace_backward(const Network<T>& network, const Backprop<T>& buffers, std::span<T* const> out) {
  for (size_t i = 0; i < network.topology().layers.size(); ++i) {
    to_rows<T>(network.kernels(), buffers.input_of(i), out[2 * i]);
    to_rows<T>(network.kernels(), buffers.gradient_of(i), out[2 * i + 1]);
  }
}

template void trace_forward(const Network<float>&, const float*, size_t, std::span<float* const>);
template void trace_forward(const Network<double>&, const double*, size_t, std::span<double* const>);
template void trace_backward(const Network<float>&, const Backprop<float>&, std::span<float* const>);
template void trace_backward(const Network<double>&, const Backprop<double>&, std::span<double* const>);

}  // namespace chainrule
