// A checked specification, compiled: the layers' plans, and the parameters that they have declared.
#pragma once
#include "nn/layers/sequence.h"
#include "nn/spec.h"

namespace chainrule {

struct Topology {
  /// Throws ContractViolation if the layers do not fit together, OutOfMemory if the parameters could not even be addressed.
  explicit Topology(const NetworkSpec& spec);

  size_t input_size;
  LossSpec loss;
  uint64_t seed;
  bool bf16_products;

  ParameterList parameters;  // declared by the sequence, so that it comes first
  SequencePlan sequence;
  size_t outputs;              ///< columns of the last layer
  size_t targets;              ///< columns of y, where it has values
  size_t outputs_per_target;   ///< 0: they do not belong together, and only a custom loss knows what to do with them
  Activation last_activation;  ///< and what it does to its logits

  size_t members() const { return sequence.out().members; }
  /// An estimate of the multiply-adds of a forward pass; too high where members have weights of their own.
  double work(size_t rows) const {
    return static_cast<double>(rows) * static_cast<double>(members()) * static_cast<double>(parameters.block_size());
  }
  /// Whether the loss takes the last layer's logits in place of its activations. (With any other last activation a loss that reads logits
  /// takes the outputs as such.)
  bool loss_fused() const;
  bool has_custom_loss() const { return loss.kind == Loss::custom; }
  const LossTraits& loss_traits() const { return kLossTraits[static_cast<size_t>(loss.kind)]; }
  /// The divisor of the summed loss of samples whose weights add up to `weight`: that, times outputs or targets where the loss is a mean
  /// over those too.
  double loss_divisor(double weight) const;
  /// Of samples that all have the weight 0 it is 0.
  double mean_loss(double sum, double weight) const { return weight == 0 ? 0 : sum / loss_divisor(weight); }

  template <typename T>
  Sequence<T> make_sequence(const KernelTable<T>& kernels, Mode mode, size_t shards = 1) const {
    const Bf16Kernels* bf16 = bf16_products && mode == Mode::training ? bf16_kernels() : nullptr;
    return Sequence<T>(sequence, Tools<T>{kernels, bf16, parameters, seed, mode, true, false, shards});
  }

 private:
  static SequencePlan compile(const NetworkSpec& spec, ParameterList& parameters);
};

}  // namespace chainrule
