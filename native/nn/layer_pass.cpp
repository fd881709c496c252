#include "nn/layer_pass.h"

#include <algorithm>
#include <type_traits>

#include "math/gemm.h"
#include "math/random.h"
#include "math/share.h"
#include "nn/activate.h"

namespace chainrule {
namespace {

template <typename T>
DropoutBlock<T> dropout_block(double rate, const DropoutKey& key, size_t place, size_t panels) {
  DropoutBlock<T> d{};
  d.panels = panels;
  d.seed = key.seed;
  d.step = key.step;
  d.stream = stream::kDropout + static_cast<uint32_t>(place);
  d.threshold = static_cast<uint32_t>(std::min(rate * 0x1p32, 0x1p32 - 1));
  d.scale = static_cast<T>(1 / (1 - rate));
  return d;
}

/// Turns dLoss/dOutput of one layer into dLoss/dZ, any part of a panel at a time.
template <typename T>
struct Finish {
  const KernelTable<T>& kernels;
  DropoutBlock<T> dropout;  // scale 0: none
  void (*derive)(const T* saved, T* d, size_t vectors);
  PanelView<const T> saved;  // what `derive` reads

  static void apply(const void* context, size_t panel, size_t first_row, size_t rows, T* d) {
    const Finish& self = *static_cast<const Finish*>(context);
    if (self.dropout.scale != 0) {
      DropoutBlock<T> block = self.dropout;
      block.in = block.out = d;
      block.panel = panel;
      block.first_row = first_row;
      block.rows = rows;
      self.kernels.dropout(block);
    }
    if (self.derive != nullptr) self.derive(self.saved.panel(panel) + first_row * kLanes, d, rows);
  }

  bool nothing() const { return dropout.scale == 0 && derive == nullptr; }
};

// The products of a layer, in bfloat16 if it has what that takes.

template <typename T>
void multiply(std::optional<Bf16Pass>& bf16, const KernelTable<T>& kernels, const ForwardProduct<T>& p) {
  if constexpr (std::is_same_v<T, float>) {
    if (bf16) return bf16->forward(p);
  }
  forward_product(kernels, p);
}

template <typename T>
void multiply(const std::optional<Bf16Pass>& bf16, const KernelTable<T>& kernels, const InputGradientProduct<T>& p) {
  if constexpr (std::is_same_v<T, float>) {
    if (bf16) return bf16->input_gradient(p);
  }
  input_gradient_product(kernels, p);
}

template <typename T>
void multiply(const std::optional<Bf16Pass>& bf16, const KernelTable<T>& kernels, const WeightGradientProduct<T>& p) {
  if constexpr (std::is_same_v<T, float>) {
    if (bf16) return bf16->weight_gradient(p);
  }
  weight_gradient_product(kernels, p);
}

}  // namespace

template <typename T>
void drop_out(const KernelTable<T>& kernels, double rate, const DropoutKey& key, size_t place, PanelView<const T> in, PanelView<T> out) {
  share_range(in.panels(), 1, in.rows * in.cols, [&](Range panels) {
    DropoutBlock<T> block = dropout_block<T>(rate, key, place, in.panels());
    block.rows = in.rows;
    for (block.panel = panels.begin; block.panel < panels.end; ++block.panel) {
      block.in = in.panel(block.panel);
      block.out = out.panel(block.panel);
      kernels.dropout(block);
    }
  });
}

template <typename T>
LayerPass<T>::LayerPass(const KernelTable<T>& kernels, const DenseLayer& layer, size_t number, bool logits_only, const Bf16Kernels* bf16)
    : kernels_(kernels),
      layer_(layer),
      number_(number),
      logits_only_(logits_only),
      keeps_logits_(!logits_only && kDerivativeReads[static_cast<size_t>(layer.activation)] == DerivativeReads::input) {
  if (bf16 != nullptr) bf16_.emplace(*bf16, layer);
}

template <typename T>
void LayerPass<T>::set_rows(size_t rows) {
  if (rows == gradient_.rows) return;
  const size_t natural = rows * padded(layer_.units);
  const size_t transposed = bf16_ ? 0 : padded(layer_.units) * padded(rows);
  const size_t matrices = 2 + (keeps_logits_ ? 1U : 0U) + (layer_.dropout_rate > 0 ? 1U : 0U);
  const size_t size = matrices * natural + transposed;
  gradient_ = {};  // whose rows say what there is room for: none, until every allocation has succeeded
  if (size > memory_.size()) memory_ = AlignedBuffer<T>(size);
  if (bf16_) bf16_->set_rows(rows);

  T* next = memory_.data();
  const auto take = [&] {
    const PanelView<T> view = panel_view(next, rows, layer_.units);
    next += natural;
    return view;
  };
  gradient_ = take();
  activated_ = take();
  logits_ = keeps_logits_ ? take() : activated_;
  dropped_ = layer_.dropout_rate > 0 ? take() : PanelView<T>{};
  gradient_t_ = bf16_ ? PanelView<T>{} : PanelView<T>{next, layer_.units, rows, padded(layer_.units) * kLanes};
}

template <typename T>
void LayerPass<T>::forward(const T* parameters, PanelView<const T> in, const DropoutKey& key) {
  ForwardProduct<T> p;
  p.a = in;
  p.w = layer_.weights_in(parameters);
  p.bias = parameters + layer_.bias_offset;
  p.z = logits_;
  p.out = activated_;
  p.activate = logits_only_ ? nullptr : kernels_.activate[static_cast<size_t>(layer_.activation)];
  multiply(bf16_, kernels_, p);
  if (logits_only_) return;
  if (layer_.activation == Activation::softmax) softmax_rows<T>(kernels_, logits_, activated_);
  if (layer_.dropout_rate > 0) drop_out<T>(kernels_, layer_.dropout_rate, key, number_ + 1, activated_, dropped_);
}

template <typename T>
void LayerPass<T>::finish_gradient(const DropoutKey& key) {
  if (!logits_only_) {
    const size_t index = static_cast<size_t>(layer_.activation);
    if (layer_.dropout_rate > 0) drop_out<T>(kernels_, layer_.dropout_rate, key, number_ + 1, gradient_, gradient_);
    if (layer_.activation == Activation::softmax) {
      softmax_gradient_rows<T>(kernels_, activated_, gradient_);
    } else if (kernels_.derive[index] != nullptr) {
      kernels_.derive[index]((keeps_logits_ ? logits_ : activated_).data, gradient_.data, gradient_.rows * gradient_.panels());
    }
  }
  prepare_gradient();
}

template <typename T>
SmallLayer<T> LayerPass<T>::small_layer() const {
  SmallLayer<T> l{};
  l.in = layer_.in;
  l.units = layer_.units;
  l.weights_offset = layer_.weights_offset;
  l.bias_offset = layer_.bias_offset;
  l.z = logits_.data;
  l.a = activated_.data;
  l.d = gradient_.data;
  if (logits_only_) return l;
  l.activate = kernels_.activate[static_cast<size_t>(layer_.activation)];
  l.derive = kernels_.derive[static_cast<size_t>(layer_.activation)];
  l.derive_from = keeps_logits_ ? l.z : l.a;
  return l;
}

/// Puts dLoss/dZ, complete now, into the form that the products read.
template <typename T>
void LayerPass<T>::prepare_gradient() {
  if constexpr (std::is_same_v<T, float>) {
    if (bf16_) return bf16_->read_gradient(gradient_);
  }
  if (number_ == 0) return;
  share_range(gradient_.panels(), 1, gradient_.rows * gradient_.cols, [&](Range panels) {
    kernels_.transpose(gradient_.data, gradient_.stride, gradient_t_.data, gradient_t_.stride, gradient_.rows, panels);
  });
}

template <typename T>
void LayerPass<T>::backward_to(LayerPass& below, const T* parameters, const DropoutKey& key) {
  const bool whole_rows = below.layer_.activation == Activation::softmax;
  Finish<T> finish{kernels_, {}, nullptr, below.keeps_logits_ ? below.logits_ : below.activated_};
  if (!whole_rows) {
    if (below.layer_.dropout_rate > 0)
      finish.dropout = dropout_block<T>(below.layer_.dropout_rate, key, below.number_ + 1, below.gradient_.panels());
    finish.derive = kernels_.derive[static_cast<size_t>(below.layer_.activation)];
  }
  InputGradientProduct<T> p;
  p.w = layer_.weights_in(parameters);
  p.dz_t = gradient_t_;
  p.da_t = below.gradient_t_;
  p.da = below.gradient_;
  p.transposed = below.number_ > 0 && !whole_rows;
  p.finish = finish.nothing() ? nullptr : Finish<T>::apply;
  p.context = &finish;
  multiply(bf16_, kernels_, p);
  if (whole_rows) return below.finish_gradient(key);
  if (bf16_) below.prepare_gradient();
}

template <typename T>
void LayerPass<T>::backward_weights(PanelView<const T> in, const GradientSink<T>& sink) {
  struct Update {
    const KernelTable<T>& kernels;
    const GradientSink<T>& sink;
    size_t offset, stride;

    static void apply(const void* context, size_t panel, size_t first_row, size_t rows, const T* gradient) {
      const Update& self = *static_cast<const Update*>(context);
      self.sink.optimizer->apply(self.kernels, self.sink.parameters, self.offset + panel * self.stride + first_row * kLanes, gradient,
                                 rows);
    }
  };
  const bool applied = sink.optimizer != nullptr;
  WeightGradientProduct<T> p;
  p.a = in;
  p.dz = gradient_;
  p.dw = layer_.weights_in(applied ? sink.parameters : sink.gradients);
  const Update update{kernels_, sink, layer_.weights_offset, p.dw.stride};
  if (applied) {
    p.scale = sink.optimizer->plain_factor();
    p.update = p.scale == nullptr ? Update::apply : nullptr;
    p.context = &update;
    p.prefetch[0] = p.dw.data;
    for (size_t i = 0; i < sink.optimizer->slots().size(); ++i)
      p.prefetch[i + 1] = sink.optimizer->slots()[i].data() + layer_.weights_offset;
  }
  multiply(bf16_, kernels_, p);

  for (size_t panel = 0; panel < gradient_.panels(); ++panel) {
    const size_t offset = layer_.bias_offset + panel * kLanes;
    T sums[kLanes];
    T* to = applied ? sums : sink.gradients + offset;
    kernels_.sum_rows(gradient_.panel(panel), gradient_.rows, to);
    if (applied) sink.optimizer->apply(kernels_, sink.parameters, offset, sums, 1);
  }
}

template void drop_out(const KernelTable<float>&, double, const DropoutKey&, size_t, PanelView<const float>, PanelView<float>);
template void drop_out(const KernelTable<double>&, double, const DropoutKey&, size_t, PanelView<const double>, PanelView<double>);
template class LayerPass<float>;
template class LayerPass<double>;

}  // namespace chainrule
