// Looking inside a network: the matrices between its layers, row-major, for following backpropagation step by step.
#pragma once
#include <span>

#include "nn/network.h"

namespace chainrule {

/// The pre-activations and the activations of each dense layer in turn, [rows, units] each, into `out`: two arrays for each layer. They
/// have the bits that a prediction has. Throws std::bad_alloc.
template <typename T>
void trace_forward(const Network<T>& network, const T* x, size_t rows, std::span<T* const> out);

/// Of the batch that `buffers` went through in Network::backward: for each dense layer in turn its input, dropout included, [rows, in], and
/// dLoss/dZ, [rows, units].
template <typename T>
void trace_backward(const Network<T>& network, const Backprop<T>& buffers, std::span<T* const> out);

}  // namespace chainrule
