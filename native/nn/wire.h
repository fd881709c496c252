// Specifications as rows of numbers -> plain structs: the one wire of the addon and of WebAssembly. lib/native/wire.ts writes it.
//
//   network    columns of x, seed, loss, layers, inputs
//   loss       kind, then its settings in the order of loss_settings.inc, columns of y, which of a target's outputs metrics compare, and
//              the number of numbers for the outputs, then these
//   layers     their number, then for each: kind, number of settings, settings, layers inside it
//   inputs     their number, then for each: kind, number of settings, settings
//   tensors    for each trained tensor: factor of the learning rate, whether it decays, l1, l2, whether it is frozen; or none
//   optimizer  number of rows of tensors, tensors, kind, then its settings in the order of settings.inc
//   trainer    batch size, shuffle, metrics, whether to drop the last batch, batches of a step, largest norm and largest value of a
//              gradient (0: no limit), decay of the average of the parameters (0: none), L-BFGS, optimizer
//   L-BFGS     most iterations of a step (0: none, and no other numbers), most evaluations, tolerances of gradient and change, size of the
//              history, whether there is a line search
//
// A name crosses as its index in the list of names (names.h), a flag as 0 or 1.
#pragma once
#include <span>

#include "nn/trainer.h"

namespace chainrule {

/// Layers in one another, at the most.
constexpr int kMaxNesting = 16;

/// Inputs of a network, at the most.
constexpr uint64_t kMaxInputs = 4096;

/// Each throws ContractViolation unless the numbers are one whole specification. The settings of layers are checked where
/// they are read, in layers/.
NetworkSpec read_network(std::span<const double> numbers);
std::vector<TensorSettings> read_tensors(std::span<const double> numbers);
OptimizerSpec read_optimizer(std::span<const double> numbers);
TrainerSpec read_trainer(std::span<const double> numbers);

/// Learning rate, weight decay and dropout factor of each step.
std::vector<StepValues> read_steps(std::span<const double> numbers);

}  // namespace chainrule
