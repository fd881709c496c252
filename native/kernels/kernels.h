// The whole contract between the kernels and everybody else: plain structs in, contiguous memory out. No kernel allocates, throws, or
// knows of threads; whoever shares out work gives each thread its own ranges. One table per instruction set, found by dispatch.h.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "kernels/layer_blocks.h"

// CHAINRULE_SMALL: where copies of everything would only make a slow file a large one too (scalar.cpp).
#if defined(CHAINRULE_SMALL)
#define CHAINRULE_INLINE inline
#define CHAINRULE_UNROLL
#elif defined(_MSC_VER) && !defined(__clang__)
#define CHAINRULE_INLINE __forceinline
#define CHAINRULE_UNROLL
#else
#define CHAINRULE_INLINE inline __attribute__((always_inline))
#define CHAINRULE_UNROLL _Pragma("GCC unroll 32")
#endif

// Into the first-level cache, or into the second level.
#if !defined(_MSC_VER) || defined(__clang__)
#define CHAINRULE_PREFETCH(address) __builtin_prefetch(address)
#define CHAINRULE_PREFETCH_L2(address) __builtin_prefetch(address, 0, 2)
#elif defined(_M_X64) && !defined(CHAINRULE_SMALL)
#define CHAINRULE_PREFETCH(address) _mm_prefetch(reinterpret_cast<const char*>(address), _MM_HINT_T0)
#define CHAINRULE_PREFETCH_L2(address) _mm_prefetch(reinterpret_cast<const char*>(address), _MM_HINT_T1)
#else
#define CHAINRULE_PREFETCH(address) static_cast<void>(address)
#define CHAINRULE_PREFETCH_L2(address) static_cast<void>(address)
#endif

namespace chainrule {

/// Columns of a panel, and lanes of every vector: PanelMatrix [ceil(cols / 16)][rows][16].
constexpr int kLanes = 16;

/// The most k of one block: three panels of as many rows (96 KB) stay in the second-level cache while the rows of the other side pass by.
/// Deeper than what the first-level cache holds, since a block has to load and store its sums.
template <typename T>
constexpr size_t kDepth = 2048 / sizeof(T);

/// The most samples that a weight gradient adds up at once: a stripe of kGradientRows rows takes 384 KB then.
template <typename T>
constexpr size_t kBatchDepth = 8192 / sizeof(T);

/// State arrays that an optimizer keeps at the most, each laid out as the weights.
constexpr int kMaxStateArrays = 3;

/// Activations, losses and optimizers are numbered in the order of their lists.
enum class Activation : uint8_t {
#define ACTIVATION(name, ...) name,
#define ROW_ACTIVATION(name) name,
#include "kernels/activations.inc"
#undef ACTIVATION
#undef ROW_ACTIVATION
};

enum class Loss : uint8_t {
#define LOSS(name, ...) name,
#define ROW_LOSS(name, ...) name,
#include "kernels/losses.inc"
#undef LOSS
#undef ROW_LOSS
  custom,  // has no kernel: nn/custom_loss.h
};

enum class Optimizer : uint8_t {
#define OPTIMIZER(name, ...) name,
#include "kernels/optimizers.inc"
#undef OPTIMIZER
};

/// Element types of arrays from outside.
enum class Element : uint8_t {
#define ELEMENT(name, type) name,
#include "kernels/elements.inc"
#undef ELEMENT
};

constexpr size_t kElementCount = static_cast<size_t>(Element::f64) + 1;

constexpr const char* kActivationNames[] = {
#define ACTIVATION(name, ...) #name,
#define ROW_ACTIVATION(name) #name,
#include "kernels/activations.inc"
#undef ACTIVATION
#undef ROW_ACTIVATION
};

constexpr const char* kLossNames[] = {
#define LOSS(name, ...) #name,
#define ROW_LOSS(name, ...) #name,
#include "kernels/losses.inc"
#undef LOSS
#undef ROW_LOSS
    "custom",
};

constexpr const char* kOptimizerNames[] = {
#define OPTIMIZER(name, ...) #name,
#include "kernels/optimizers.inc"
#undef OPTIMIZER
};

constexpr size_t kActivationCount = sizeof(kActivationNames) / sizeof(kActivationNames[0]);
constexpr size_t kLossCount = sizeof(kLossNames) / sizeof(kLossNames[0]);
constexpr size_t kLossKernelCount = kLossCount - 1;  // the first ones have a kernel
constexpr size_t kOptimizerCount = sizeof(kOptimizerNames) / sizeof(kOptimizerNames[0]);

/// The source of an activation's derivative: nothing (it is 1), the activation's output, or its input; or it mixes a row.
enum class DerivativeReads : uint8_t { nothing, output, input, row };

constexpr DerivativeReads kDerivativeReads[] = {
#define ACTIVATION(name, formula, derivative, reads) DerivativeReads::reads,
#define ROW_ACTIVATION(name) DerivativeReads::row,
#include "kernels/activations.inc"
#undef ACTIVATION
#undef ROW_ACTIVATION
};

/// The meaning of the outputs to a loss, and what the loss of a batch is the mean over: see losses.inc. From logits on, they are what a
/// link makes probabilities or rates of.
enum class LossReads : uint8_t { numbers, scores, logits, log_rates, class_logits };
enum class LossMean : uint8_t { rows, targets, outputs };

struct LossTraits {
  LossReads reads;
  Activation link;
  LossMean mean;
  bool less_entropy;  ///< whether the entropy of the targets is taken off
};

constexpr LossTraits kLossTraits[] = {
#define LOSS(name, reads, link, mean, ...) {LossReads::reads, Activation::link, LossMean::mean, false},
#define ROW_LOSS(name, reads, link, mean, body, less_entropy) {LossReads::reads, Activation::link, LossMean::mean, less_entropy},
#include "kernels/losses.inc"
#undef LOSS
#undef ROW_LOSS
    {LossReads::numbers, Activation::linear, LossMean::rows, false},  // custom
};

/// One block of Z[rows, units] = A[rows, k] W[k, units] + bias, then the activation. All matrices in panels.
/// Blocks are over rows (batch), panels (of units) and k; the blocks of one element must be done in ascending k.
template <typename T>
struct ForwardBlock {
  const T* a;
  const T* w;
  const T* bias;    ///< [units, padded to 16], or null for zero; read by the first k-block
  size_t units;     ///< columns of W
  T* z;             ///< where the logits are kept (and partial sums meanwhile)
  T* out;           ///< where the activations go; may be z itself
  size_t a_stride;  ///< elements from one panel of A to the next
  size_t w_stride;
  size_t z_stride;                                       ///< for z and out alike
  Range rows, panels, k;                                 ///< k.begin is a multiple of 16
  bool last;                                             ///< whether this block ends at the last k, so that the activation can be applied
  void (*activate)(const T* z, T* out, size_t vectors);  ///< null: linear
};

/// One block of dA[batch, in] = dZ[batch, units] W[in, units]ᵀ, computed as dAᵀ = W dZᵀ and turned around tile by tile.
/// Blocks are over in (16-aligned), batch (16-aligned) and k (units). In the last k-block `finish` applies the layers between
/// dA and the dZ of the layer below (dropout, activation). Then the result is stored both ways.
template <typename T>
struct InputGradientBlock {
  const T* w;
  const T* dz_t;  ///< dZᵀ [units, batch] in panels of 16 samples
  T* da_t;        ///< dAᵀ [in, batch], the same layout; partial sums until the last k-block
  T* da;          ///< dA [batch, in]
  size_t w_stride, dz_t_stride, da_t_stride, da_stride;
  Range in, batch, k;  ///< as above
  bool first, last;
  bool transposed;  ///< whether da_t is wanted in the end (not below the second layer)
  /// Turns `rows` samples from row `first_row` on, sixteen columns of panel `panel`, from dA to dZ, in place; null if they are the same.
  void (*finish)(const void* context, size_t panel, size_t first_row, size_t rows, T* d);
  const void* context;
};

/// One block of dW[in, units] = A[batch, in]ᵀ dZ[batch, units]; the k of this product is the whole batch.
template <typename T>
struct WeightGradientBlock {
  const T* a;
  const T* dz;
  size_t a_stride, dz_stride;
  size_t batch, units;
  const Shards* shards;  ///< of the batch; null: it is one chain
  Range in, panels;      ///< in.begin is a multiple of 16
  T* dw;                 ///< where dW goes when `update` is null
  const T* scale;        ///< null: dW is stored; otherwise dw += scale * dW, which is what a plain SGD step is
  size_t dw_stride;
  /// Called with up to kGradientRows rows of one panel while they are in the first-level cache.
  void (*update)(const void* context, size_t panel, size_t first_row, size_t rows, const T* gradient);
  const void* context;
  const T* prefetch[2 + kMaxStateArrays];  ///< arrays laid out as dw that `update` is going to touch, then nulls
};
/// Rows that its update is called with at the most.
constexpr size_t kGradientRows = 48;

/// The settings of all losses (loss_settings.inc); T may be a vector.
template <typename T>
struct LossSettings {
#define LOSS_SETTING(name, typescript) T name;
#include "kernels/loss_settings.inc"
#undef LOSS_SETTING
};

/// Losses of rows [rows.begin, rows.end) and their gradients with respect to `output`, times `row_scale`.
template <typename T>
struct LossBlock {
  const T* output;        ///< [rows, units] in panels: activations, or logits where the loss takes logits
  const T* target;        ///< [rows, units] in panels; null if labels are given
  const int32_t* labels;  ///< [rows] class indices, for losses that read class logits
  T* gradient;            ///< [rows, units] in panels, or null if only the loss is wanted
  T* row_loss;            ///< [rows] sums over units, not scaled
  const T* row_scale;     ///< [rows], and 15 more that are read but do not matter
  const T* per_output;    ///< [units, padded to 16]
  size_t units, stride;
  Range rows;
  LossSettings<T> settings;
};

/// A dense layer of at most one panel in SmallPass.
template <typename T>
struct SmallLayer {
  size_t in, units;                                    ///< at most 16 each
  size_t weights_offset, bias_offset;                  ///< in the parameters, and in the gradients likewise
  T *z, *a, *d;                                        ///< [rows, 16]: logits, activations (may be z), gradient
  void (*activate)(const T* z, T* a, size_t vectors);  ///< null: linear, or the loss takes the logits; then a is z
  void (*derivative)(const T* saved, T* d, size_t vectors);
  const T* derivative_from;
};

/// Forward, loss and backward through a few small layers without dropout, from the input to the gradients of all parameters. Forward alone
/// uses the first five members only.
template <typename T>
struct SmallPass {
  const SmallLayer<T>* layers;
  size_t count;
  size_t rows;
  const T* input;  ///< [rows, 16]
  const T* parameters;
  T* gradients;                       ///< of all parameters, laid out as the parameters
  void (*loss)(const LossBlock<T>&);  ///< writes the last layer's d
  LossBlock<T> loss_block;
};

/// softmax of whole rows, or its gradient: d becomes a * (d - sum(a * d)).
template <typename T>
struct SoftmaxBlock {
  const T* z;  ///< logits
  T* a;        ///< probabilities: written by softmax, read by its gradient
  T* d;
  size_t units, stride;
  Range rows;
};

/// The kinds of settings and coefficients, in the precision of T; T may be a vector.
template <typename T>
struct KindsOf {
  using number = T;
  using flag = bool;
};

/// The settings of all optimizers (settings.inc); one that an optimizer does not have is 0 or false.
template <typename T>
struct OptimizerSettings {
#define SETTING(name, typescript, kind) typename KindsOf<T>::kind name;
#include "kernels/settings.inc"
#undef SETTING
};

/// The numbers of one optimizer step: the settings, with the step's own learning rate, and coefficients.inc.
template <typename T>
struct StepCoefficients : OptimizerSettings<T> {
#define COEFFICIENT(name, kind, ...) typename KindsOf<T>::kind name;
#include "kernels/coefficients.inc"
#undef COEFFICIENT
};

template <typename T>
struct UpdateBlock {
  T* weights;
  const T* gradient;
  T* state[kMaxStateArrays];  ///< null where the optimizer keeps none
  size_t vectors;             ///< of 16
  const StepCoefficients<T>* step;
};

/// Changes gradients before an optimizer gets them: out = clamp(gradient * scale, -clip, clip) + l1 * sign(weights) + l2 * weights.
template <typename T>
struct AdjustBlock {
  const T* gradient;
  const T* weights;
  T* out;          ///< may be gradient
  size_t vectors;  ///< of 16
  T scale;         ///< 1: none
  T clip;          ///< infinity: none
  T l1, l2;        ///< 0: none
};

/// Zeroes elements with the probability threshold / 2^32 and scales the others; the mask depends on (seed, stream, step, row, column) only.
template <typename T>
struct DropoutBlock {
  const T* in;
  T* out;                  ///< may be in
  size_t panel, panels;    ///< the index of this panel, and their number
  size_t first_row, rows;  ///< in and out point at first_row
  uint64_t seed, step;
  uint32_t stream, threshold;
  T scale;
};

/// Rows of a row-major matrix into panels (gather) or back (scatter); `index` names the rows, or null for 0, 1, 2, …
template <typename T>
struct CopyBlock {
  const T* in;
  T* out;
  size_t columns;
  size_t stride;          ///< of the panels
  const uint32_t* index;  ///< gather only
  Range rows;
};

template <typename T>
struct KernelTable {
  size_t tile_panels;  ///< of the micro-kernel's tile, for whoever cuts the work into blocks

  void (*forward)(const ForwardBlock<T>&);
  void (*input_gradient)(const InputGradientBlock<T>&);
  void (*weight_gradient)(const WeightGradientBlock<T>&);
  void (*small_forward)(const SmallPass<T>&);
  void (*small_pass)(const SmallPass<T>&);

  /// a = f(z), 16 * vectors elements; null for linear and for activations of whole rows.
  void (*activate[kActivationCount])(const T* z, T* a, size_t vectors);
  /// d *= f'(saved), where saved is z or a as kDerivativeReads says; null likewise.
  void (*derivative[kActivationCount])(const T* saved, T* d, size_t vectors);
  void (*softmax)(const SoftmaxBlock<T>&);
  void (*softmax_gradient)(const SoftmaxBlock<T>&);
  void (*loss[kLossKernelCount])(const LossBlock<T>&);
  void (*update[kOptimizerCount])(const UpdateBlock<T>&);
  void (*adjust)(const AdjustBlock<T>&);
  void (*dropout)(const DropoutBlock<T>&);

  void (*layer_norm)(const LayerNormBlock<T>&);
  void (*layer_norm_input_gradient)(const LayerNormGradientBlock<T>&);      ///< d_in of a range of rows
  void (*layer_norm_parameter_gradient)(const LayerNormGradientBlock<T>&);  ///< d_scale and d_bias of a range of panels
  void (*batch_norm)(const BatchNormBlock<T>&);
  void (*batch_norm_gradient)(const BatchNormGradientBlock<T>&);
  void (*affine)(const ColumnBlock<T>&);              ///< out = in * scale + shift
  void (*normalize)(const ColumnBlock<T>&);           ///< out = (in - shift) * scale
  void (*column_products)(const ColumnSumBlock<T>&);  ///< out = sum over the rows of a * b
  void (*gaussian_noise)(const NoiseBlock<T>&);
  void (*embed)(const EmbeddingBlock<T>&);
  void (*embed_gradient)(const EmbeddingGradientBlock<T>&);
  void (*one_hot)(const OneHotBlock<T>&);
  void (*periodic)(const PeriodicBlock<T>&);
  void (*periodic_gradient)(const PeriodicGradientBlock<T>&);
  /// out = a + b, 16 * vectors elements; out may be a or b.
  void (*add)(const T* a, const T* b, T* out, size_t vectors);
  /// average = keep * average + weight * value, 16 * vectors elements.
  void (*move_average)(T* average, T keep, const T* value, T weight, size_t vectors);

  /// out = in, converted from the element type as JavaScript converts it; whether all of out is within the bounds, which are finite.
  bool (*take[kElementCount])(const void* in, T* out, size_t count, T low, T high);
  /// Whether all of `in` is within the bounds.
  bool (*within)(const T* in, size_t count, T low, T high);
  /// Asks for memory that will be read soon. Changes nothing.
  void (*prefetch)(const T* in, size_t count);

  void (*gather)(const CopyBlock<T>&);
  void (*scatter)(const CopyBlock<T>&);
  /// [rows, 16 * panels] in panels to its transpose in panels of 16 rows; rows beyond `rows` become zero.
  void (*transpose)(const T* in, size_t in_stride, T* out, size_t out_stride, size_t rows, Range panels);
  /// Sums of the columns of one panel, row by row in ascending order: out[16].
  void (*sum_rows)(const T* panel, size_t rows, T* out);
  bool (*all_finite)(const T* in, size_t vectors);

  /// Elementary functions of `count` elements, <= 2 ulp.
  void (*exp)(const T* in, T* out, size_t count);
  void (*expm1)(const T* in, T* out, size_t count);
  void (*log)(const T* in, T* out, size_t count);
  void (*log1p_unit)(const T* in, T* out, size_t count);  ///< log(1 + u) for u in [0, 1]
  void (*tanh)(const T* in, T* out, size_t count);
  void (*erf)(const T* in, T* out, size_t count);
  void (*sigmoid)(const T* in, T* out, size_t count);
  void (*cos_turns)(const T* in, T* out, size_t count);  ///< cos(2 pi t)
  void (*sin_turns)(const T* in, T* out, size_t count);  ///< sin(2 pi t)
};

struct Kernels {
  const char* isa;
  KernelTable<float> f32;
  KernelTable<double> f64;
  /// The words of sixteen consecutive counters of Philox, (c0, c1, c2, c3) the first: words[word][counter].
  void (*philox16)(uint32_t key0, uint32_t key1, uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3, uint32_t words[4][16]);
};

}  // namespace chainrule
