// Every kernel once, over Vec. An ISA file defines F32, F64 and kRegisters, then includes this file inside its unnamed namespace and
// exports one table. Nothing here may be visible outside, or be shared with a file that is compiled with other flags: the linker would
// be free to put, say, the AVX-512 body behind a caller on a CPU without AVX-512.

// In this order, as each builds on those above it.
// clang-format off
#include "kernels/vec.inl"
#include "kernels/elementary.inl"
#include "kernels/philox.inl"
#include "kernels/elementwise.inl"
#include "kernels/transpose.inl"
#include "kernels/rows.inl"
#include "kernels/pairs.inl"
#include "kernels/tile.inl"
#include "kernels/few.inl"
#include "kernels/gemm.inl"
#include "kernels/copy.inl"
#include "kernels/intake.inl"
#include "kernels/small.inl"
#include "kernels/columns.inl"
#include "kernels/layer_norm.inl"
#include "kernels/batch_norm.inl"
#include "kernels/noise.inl"
#include "kernels/embed.inl"
#include "kernels/periodic.inl"
// clang-format on

template <class R>
constexpr KernelTable<typename R::T> make_table() {
  KernelTable<typename R::T> t{};
  t.tile_panels = max_panels<R>() < 3 ? max_panels<R>() : 3;
  t.forward = forward<R>;
  t.input_gradient = input_gradient<R>;
  t.weight_gradient = weight_gradient<R>;
  t.small_forward = small_forward<R>;
  t.small_pass = small_pass<R>;

#define ACTIVATION(name, ...)                                                               \
  if (Activation::name != Activation::linear) {                                             \
    t.activate[static_cast<int>(Activation::name)] = activate<R, name##_activation<R>>;     \
    t.derivative[static_cast<int>(Activation::name)] = derivative<R, name##_activation<R>>; \
  }
#define ROW_ACTIVATION(name)
#include "kernels/activations.inc"
#undef ACTIVATION
#undef ROW_ACTIVATION
  t.softmax = softmax<R>;
  t.softmax_gradient = softmax_gradient<R>;

#define LOSS(name, reads, link, mean, loop, ...) t.loss[static_cast<int>(Loss::name)] = loop##_loop<R, name##_terms<R>>;
#define ROW_LOSS(name, reads, link, mean, body, ...) t.loss[static_cast<int>(Loss::name)] = body<R>;
#include "kernels/losses.inc"
#undef LOSS
#undef ROW_LOSS

#define OPTIMIZER(name, ...) t.update[static_cast<int>(Optimizer::name)] = update<R, name##_optimizer<R>>;
#include "kernels/optimizers.inc"
#undef OPTIMIZER

  t.adjust = adjust<R>;
  t.dropout = dropout<R>;
  t.layer_norm = layer_norm<R>;
  t.layer_norm_input_gradient = layer_norm_input_gradient<R>;
  t.layer_norm_parameter_gradient = layer_norm_parameter_gradient<R>;
  t.batch_norm = batch_norm<R>;
  t.batch_norm_gradient = batch_norm_gradient<R>;
  t.affine = affine<R>;
  t.normalize = normalize<R>;
  t.column_products = column_products<R>;
  t.gaussian_noise = gaussian_noise<R>;
  t.embed = embed<R>;
  t.embed_gradient = embed_gradient<R>;
  t.one_hot = one_hot<R>;
  t.periodic = periodic<R>;
  t.periodic_gradient = periodic_gradient<R>;
  t.add = add<R>;
  t.move_average = move_average<R>;
#define ELEMENT(name, type) t.take[static_cast<int>(Element::name)] = take<R, type>;
#include "kernels/elements.inc"
#undef ELEMENT
  t.within = within<R>;
  t.prefetch = prefetch<R>;
  t.gather = gather<R>;
  t.scatter = scatter<R>;
  t.transpose = transpose<R>;
  t.sum_rows = sum_rows<R>;
  t.all_finite = all_finite<R>;

  t.exp = map_array<R, exp<R>>;
  t.expm1 = map_array<R, expm1<R>>;
  t.log = map_array<R, log<R>>;
  t.log1p_unit = map_array<R, log1p_unit<R>>;
  t.tanh = map_array<R, tanh<R>>;
  t.erf = map_array<R, erf<R>>;
  t.sigmoid = map_array<R, sigmoid<R>>;
  t.cos_turns = map_array<R, cos_turns<R>>;
  t.sin_turns = map_array<R, sin_turns<R>>;
  return t;
}

constexpr Kernels make_kernels(const char* isa) {
  const auto philox = [](uint32_t key0, uint32_t key1, uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3, uint32_t words[4][16]) {
    philox16<typename PhiloxOf<F32>::Type>(key0, key1, c0, c1, c2, c3, words);
  };
  return {isa, make_table<F32>(), make_table<F64>(), philox};
}
