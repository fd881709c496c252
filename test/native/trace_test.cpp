// The matrices between the layers: those of a prediction have its bits, and the gradients of a pass are products of what is shown of it.
#include "nn/trace.h"

#include <cstring>
#include <memory>
#include <vector>

#include "check.h"
#include "layers.h"
#include "nn/network_user.h"

using namespace chainrule;

namespace {

/// A trace, cut into its matrices.
template <typename T>
struct Matrices {
  Matrices(const Topology& topology, size_t rows, bool backward) : memory(rows * trace_columns(topology, backward)) {
    size_t first = 0;
    for (const SequencePlan::Step& step : topology.sequence.steps()) {
      if (!step.trains) continue;
      for (const size_t columns : {backward ? step.in.columns : step.out.columns, step.out.columns}) {
        starts.push_back(first);
        first += rows * columns;
      }
    }
    CHECK(first == memory.size());
  }
  const T* operator[](size_t index) const { return memory.data() + starts[index]; }
  std::vector<T> memory;
  std::vector<size_t> starts;
};

template <typename T>
void check_trace(size_t rows, size_t inputs, const std::vector<LayerSpec>& layers, double tolerance) {
  NetworkSpec spec{};
  spec.input_size = inputs;
  spec.layers = layers;
  spec.loss.kind = Loss::mse;
  spec.seed = 3;
  NetworkUser<T> user(std::make_shared<Network<T>>(spec));
  const Network<T>& network = *user.network;
  const Topology& topology = network.topology();
  std::vector<T> x(rows * inputs), y(rows * topology.outputs), predicted(y.size());
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(static_cast<int>(i * 7919 % 1009) - 504) / T{256};
  for (size_t i = 0; i < y.size(); ++i) y[i] = static_cast<T>(i * 31 % 7) / T{8};

  user.predictor.predict(x.data(), rows, predicted.data());
  Matrices<T> forward(topology, rows, false);
  trace_forward<T>(network, x.data(), rows, forward.memory.data());
  CHECK(std::memcmp(forward[forward.starts.size() - 1], predicted.data(), predicted.size() * sizeof(T)) == 0);

  std::vector<T> block(topology.parameters.count());
  network.backward(user.backprop, {x.data(), y.data(), nullptr, rows}, block.data(), {}, Backprop<T>::Way::by_layers);
  std::vector<const T*> gradients;
  for (const T* next = block.data(); const Parameter& parameter : topology.parameters) {
    gradients.push_back(next);
    next += parameter.size();
  }
  Matrices<T> backward(topology, rows, true);
  trace_backward<T>(network, user.backprop, backward.memory.data());
  for (size_t l = 0; l < topology.parameters.all().size() / 2; ++l) {
    const auto& [in, units] = std::pair(topology.parameters.all()[2 * l].rows, topology.parameters.all()[2 * l].cols);
    for (size_t j = 0; j < units; ++j) {
      double bias = 0;
      for (size_t s = 0; s < rows; ++s) bias += static_cast<double>(backward[2 * l + 1][s * units + j]);
      CHECK_NEAR(static_cast<double>(gradients[2 * l + 1][j]), bias, tolerance);
      for (size_t i = 0; i < in; ++i) {
        double weight = 0;
        for (size_t s = 0; s < rows; ++s)
          weight += static_cast<double>(backward[2 * l][s * in + i]) * static_cast<double>(backward[2 * l + 1][s * units + j]);
        CHECK_NEAR(static_cast<double>(gradients[2 * l][i * units + j]), weight, tolerance);
      }
    }
  }
}

}  // namespace

TEST(trace_of_wide_layers) {
  // More rows than a prediction takes at a time, and widths that leave parts of panels empty.
  const std::vector<LayerSpec> layers = {dropout(0.1), dense(33, Activation::gelu), dropout(0.25), dense(17, Activation::softmax),
                                         dense(5, Activation::linear)};
  check_trace<float>(261, 19, layers, 1e-5);
  check_trace<double>(261, 19, layers, 1e-13);
}

TEST(trace_of_small_layers) {
  const std::vector<LayerSpec> layers = {dense(16, Activation::tanh), dense(3, Activation::sigmoid), dense(1, Activation::relu)};
  check_trace<float>(7, 15, layers, 1e-5);
  check_trace<double>(7, 15, layers, 1e-13);
}
