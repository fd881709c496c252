// Looking inside a network: the matrices between its layers, row-major, for following backpropagation step by step.
#pragma once
#include "nn/network.h"

namespace chainrule {

/// Elements that a trace has for each row of a batch.
size_t trace_columns(const Topology& topology, bool backward);

/// Of what the inputs become, if they are encoded, and then of each layer in turn that does something in prediction: its pre-activations,
/// if it has some, and its output, into `out`, one matrix behind the other. They have the bits that a prediction has, but for
/// those of a layer into which the next one is folded: there they are as if it were not. Throws std::bad_alloc.
template <typename T>
void trace_forward(const Network<T>& network, const T* x, size_t rows, T* out);

/// Of the batch that `buffers` went through by_layers: the input, dropout included, and the gradient of each layer with trained
/// parameters, in order. For a dense layer that is dLoss/dZ.
template <typename T>
void trace_backward(const Network<T>& network, const Backprop<T>& buffers, T* out);

}  // namespace chainrule
