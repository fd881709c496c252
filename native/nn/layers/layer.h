// The contract of all layers. A kind is a file in this folder, with a plan (plan.h) and a layer, and a row in layers.inc.
#pragma once
#include "kernels/dispatch.h"
#include "nn/layers/batch_shards.h"
#include "nn/layers/gradient.h"
#include "nn/parameters.h"
#include "nn/spec.h"

namespace chainrule {

/// A matrix between two layers: for each of `members` as many rows as the batch has, one member behind the other, of `columns`.
struct Shape {
  size_t columns;
  size_t members = 1;
  bool ensemble = false;  ///< whether a layer has made members, be it one
};

/// Training keeps what the way back reads; prediction keeps nothing.
enum class Mode : uint8_t { training, prediction };

/// One pass over a batch.
template <typename T>
struct Pass {
  const T* parameters;                    ///< the whole block
  uint64_t step = 0;                      ///< of training, that random masks depend on
  bool logits_only = false;               ///< whether the last layer stops before its activation, as the loss takes the logits
  double dropout = 1;                     ///< a factor of all dropout rates
  const TensorGroups* tensors = nullptr;  ///< of training; null: all tensors have the default settings
  const BatchShards* shards = nullptr;    ///< of training; null: all sums over the rows are one chain

  bool is_frozen(const Parameter& tensor) const { return tensors != nullptr && tensors->is_frozen(tensor.offset); }
};

/// One layer at work on batches. It knows nothing of its neighbours.
template <typename T>
class Layer {
 public:
  Layer() = default;
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  /// Makes room for batches of `rows` rows, members not counted, until the next call. Throws std::bad_alloc; then
  /// the next call begins afresh.
  virtual void set_rows(size_t) {}
  /// Memory that is kept from batch to batch.
  virtual size_t bytes() const { return 0; }

  /// Both matrices stay as they are until backward() is done.
  virtual void forward(const Pass<T>& pass, const PanelView<const T>& in, const PanelView<T>& out) = 0;
  /// The pre-activations, if the layer has some; false otherwise.
  virtual bool forward_logits(const Pass<T>&, PanelView<const T>, PanelView<T>) { return false; }

  /// The work on dLoss/dOutput before backward(), or in its place. Valid until the next forward(). Whether it is empty is the same for all
  /// passes that agree in logits_only, and known before the first.
  virtual Epilogue<T> epilogue(const Pass<T>&) { return {}; }
  /// Whether the epilogue is all of the way back: the layer keeps the shape and has nothing to train, and backward() is never called.
  virtual bool is_elementwise() const { return false; }
  /// Whether backward() reads the transposed gradient. Layers inside a layer may do so where the gradient of its input is not wanted.
  virtual bool reads_transposed() const { return false; }
  /// From dLoss/dOutput, to which the epilogue has been applied, to the gradients of input and parameters. In this order, since the sink
  /// may change the parameters.
  virtual void backward(const Pass<T>&, PanelView<const T>, const Gradient<T>&, const GradientTarget<T>&, const GradientSink<T>&) {}
};

/// The arguments of a layer's constructor.
template <typename T>
struct Tools {
  const KernelTable<T>& kernels;
  const Bf16Kernels* bf16;  ///< what products of training are computed by, or null for products in T; in f32 only
  const ParameterList& parameters;
  uint64_t seed;
  Mode mode;
  bool is_last = false;         ///< whether the layer is the network's last one, which stops at its logits if the pass says so
  bool input_gradient = false;  ///< whether backward() may be asked for the gradient of the input
  size_t shards = 1;            ///< of a batch in training; 1: a pass has none
};

}  // namespace chainrule
