#include "nn/layers/sequence.h"

#include <algorithm>

#include "math/contract.h"
#include "math/out_of_memory.h"

namespace chainrule {

SequencePlan::SequencePlan(const std::vector<LayerSpec>& specs, const std::string& name, Shape in, Planner& planner,
                           std::unique_ptr<LayerPlan> front)
    : in_(in), has_front_(front != nullptr) {
  widest_ = columns_ = width(in);
  const auto widen = [&](Shape shape) {
    widest_ = std::max(widest_, width(shape));
    columns_ += width(shape);
  };
  const auto add = [&](std::unique_ptr<LayerPlan> plan) {
    Step& step = steps_.emplace_back(Step{std::move(plan), in, in});
    const size_t before = planner.trained();
    step.out = step.plan->plan(in, planner);
    step.trains = planner.trained() > before;
    step.before = before;
    step.folded = steps_.size() > 1 && step.plan->fold_into(*steps_[steps_.size() - 2].plan);
    widen(step.out);
    if (step.plan->inside() != nullptr) columns_ += step.plan->inside()->columns();
    in = step.out;
    return 0;
  };
  if (front != nullptr) add(std::move(front));
  for (size_t index = 0; index < specs.size(); ++index) {
    std::unique_ptr<LayerPlan> plan = make_plan(specs[index]);
    if (!steps_.empty() && steps_.back().plan->merge(*plan)) continue;
    planner.within(name + "." + std::to_string(index), [&] { return add(std::move(plan)); });
  }
}

bool SequencePlan::prepares() const {
  return std::any_of(steps_.begin(), steps_.end(), [](const Step& step) {
    return step.plan->prepares() || (step.plan->inside() != nullptr && step.plan->inside()->prepares());
  });
}

/// Copies the gradient `d` to the target.
template <typename T>
void pass_on(const KernelTable<T>& kernels, PanelView<const T> d, const GradientTarget<T>& target) {
  target.write(kernels, [&](size_t panel) { std::copy_n(d.panel(panel), d.rows * kLanes, target.d.panel(panel)); });
}

/// Where the trained tensors in front of a layer end in the block.
size_t begin_of(const SequencePlan::Step& step, const ParameterList& parameters) {
  return step.before < parameters.all().size() ? parameters.all()[step.before].offset : parameters.block_size();
}

template <typename T>
Sequence<T>::Sequence(const SequencePlan& plan, const Tools<T>& tools, OutputGradient output_gradient)
    : tools_(tools), in_members_(plan.in().members), columns_(plan.columns()) {
  const bool training = tools.mode == Mode::training;
  bool wants_input = tools.input_gradient;
  for (const SequencePlan::Step& step : plan.steps()) {
    if (!step.works_in(tools.mode)) continue;
    Tools<T> own = tools;
    own.is_last = tools.is_last && &step == &plan.steps().back();
    own.input_gradient = wants_input;
    slots_.push_back({step.plan->make(own), step.out});
    if (!training) continue;
    const Layer<T>& layer = *slots_.back().layer;
    if (!layer.is_elementwise())
      stages_.push_back({slots_.size() - 1, wants_input, layer.reads_transposed(), begin_of(step, tools.parameters)});
    wants_input = wants_input || step.trains;
  }
  if (training && stages_.empty()) stages_.push_back({kNone, tools.input_gradient, false, 0});
  chain_.reserve(slots_.size() + 1);  // backward() must not run out of memory half-way
  if (!training || output_gradient == OutputGradient::own) return;
  collect({}, first_of(stages_.back()), slots_.size());
  reads_given_ = chain_.empty();
}

template <typename T>
size_t Sequence<T>::size_in_training(size_t rows) const {
  size_t size = 0;
  for (const Slot& slot : slots_) size += rows * width(slot.out);
  for (const Stage& stage : stages_) {
    if (reads_given_ && &stage == &stages_.back()) continue;
    const Shape shape = slots_[first_of(stage)].out;
    size += rows * width(shape) + padded(shape.columns) * padded(rows * shape.members);
  }
  return size;
}

template <typename T>
void Sequence<T>::set_rows(size_t rows) {
  if (rows == rows_) return;
  rows_ = 0;  // until every allocation has succeeded
  if (tools_.mode == Mode::training) {
    for (Stage& stage : stages_) stage.gradient = {};
    // With many members, the size of all matrices could exceed 2^64.
    const double estimate = 4.0 * static_cast<double>(rows + kLanes) * static_cast<double>(columns_);
    if (estimate > 0x1p60) throw OutOfMemory(UINT64_MAX, sizeof(T));
    const size_t size = size_in_training(rows);
    if (size > memory_.size()) memory_ = AlignedBuffer<T>(size);
  }
  for (Slot& slot : slots_) slot.layer->set_rows(rows);
  rows_ = rows;
  if (tools_.mode == Mode::prediction) return;

  T* next = memory_.data();
  const auto take = [&](Shape shape) {
    const PanelView<T> view = panel_view(next, rows * shape.members, shape.columns);
    next += rows * width(shape);
    return view;
  };
  for (Slot& slot : slots_) slot.output = take(slot.out);
  for (Stage& stage : stages_) {
    if (reads_given_ && &stage == &stages_.back()) continue;
    const Shape shape = slots_[first_of(stage)].out;
    stage.gradient.d = take(shape);
    const size_t stride = padded(shape.columns) * kLanes;
    stage.gradient.d_t = {next, shape.columns, rows * shape.members, stride};
    next += padded(shape.columns) * padded(rows * shape.members);
  }
}

template <typename T>
size_t Sequence<T>::bytes() const {
  size_t sum = memory_.size() * sizeof(T) + slots_.capacity() * sizeof(Slot) + stages_.capacity() * sizeof(Stage);
  for (const Slot& slot : slots_) sum += slot.layer->bytes();
  return sum;
}

template <typename T>
PanelView<const T> Sequence<T>::forward(const Pass<T>& pass, PanelView<const T> in) {
  for (Slot& slot : slots_) {
    slot.layer->forward(pass, in, slot.output);
    in = slot.output;
  }
  return in;
}

template <typename T>
PanelView<const T> Sequence<T>::predict(const Pass<T>& pass, PanelView<const T> in, T* first, T* second) {
  const size_t rows = in_members_ == 1 ? in.rows : in.rows / in_members_;  // a division takes as long as a tiny layer
  for (Slot& slot : slots_) {
    const PanelView<T> out = panel_view(first, rows * slot.out.members, slot.out.columns);
    slot.layer->forward(pass, in, out);
    in = out;
    std::swap(first, second);
  }
  return in;
}

template <typename T>
PanelView<const T> Sequence<T>::gradient_of(size_t layer) const {
  const auto stage = std::find_if(stages_.begin(), stages_.end(), [&](const Stage& s) { return s.head == layer; });
  require(stage != stages_.end(), "an elementwise layer has no gradient of its own");
  return stage->gradient.d;
}

/// The epilogues of the slots [first, end), the last one's first, into the chain.
template <typename T>
void Sequence<T>::collect(const Pass<T>& pass, size_t first, size_t end) {
  chain_.clear();
  for (size_t slot = end; slot-- > first;) {
    const Epilogue<T> epilogue = slots_[slot].layer->epilogue(pass);
    if (!epilogue.empty()) chain_.push_back(epilogue);
  }
}

template <typename T>
bool Sequence<T>::by_tile() const {
  return std::all_of(chain_.begin(), chain_.end(), [](const Epilogue<T>& epilogue) { return epilogue.apply != nullptr; });
}

/// The chain as one epilogue, if it goes by_tile(). Valid until the chain changes.
template <typename T>
Epilogue<T> Sequence<T>::chained() const {
  if (chain_.empty()) return {};
  if (chain_.size() == 1) return chain_[0];
  const auto apply = [](const void* context, size_t panel, size_t first_row, size_t rows, T* d) {
    for (const Epilogue<T>& epilogue : *static_cast<const std::vector<Epilogue<T>>*>(context))
      epilogue.apply(epilogue.context, panel, first_row, rows, d);
  };
  return {apply, nullptr, &chain_};
}

/// The chain on a whole matrix.
template <typename T>
void Sequence<T>::apply_chain(const Gradient<T>& gradient, bool transposed) const {
  GradientTarget<T> target{gradient.d, gradient.d_t, transposed, {}};
  if (by_tile()) {
    target.finish = chained();
    return target.complete(tools_.kernels);
  }
  for (const Epilogue<T>& epilogue : chain_) {
    if (epilogue.apply_rows != nullptr) {
      epilogue.apply_rows(epilogue.context, gradient.d);
    } else {
      GradientTarget<T>{gradient.d, {}, false, epilogue}.complete(tools_.kernels);
    }
  }
  target.complete(tools_.kernels);
}

template <typename T>
void Sequence<T>::backward(const Pass<T>& pass, PanelView<const T> in, const GradientTarget<T>& target, const GradientSink<T>& sink) {
  const Stage& top = stages_.back();
  collect(pass, first_of(top), slots_.size());
  apply_chain(top.gradient, top.transposed);
  go_back(pass, in, target, sink);
}

template <typename T>
void Sequence<T>::backward(const Pass<T>& pass, PanelView<const T> in, const Gradient<T>& given, const GradientTarget<T>& target,
                           const GradientSink<T>& sink) {
  Stage& top = stages_.back();
  if (reads_given_) {
    top.gradient = given;
  } else {
    collect(pass, first_of(top), slots_.size());
    const bool at_once = by_tile();
    pass_on<T>(tools_.kernels, given.d, {top.gradient.d, top.gradient.d_t, at_once && top.transposed, at_once ? chained() : Epilogue<T>{}});
    if (!at_once) apply_chain(top.gradient, top.transposed);
  }
  go_back(pass, in, target, sink);
}

/// From the last stage, whose gradient is in place, to the first.
template <typename T>
void Sequence<T>::go_back(const Pass<T>& pass, PanelView<const T> in, const GradientTarget<T>& target, const GradientSink<T>& sink) {
  const size_t first_moved = sink.optimizer != nullptr ? sink.optimizer->tensors().first_moved() : 0;
  for (size_t s = stages_.size(); s-- > 0;) {
    const Stage& stage = stages_[s];
    GradientTarget<T> below{};
    if (s > 0 && stage.wants_input && (target.wanted() || first_moved < stage.begin)) {
      below = {stages_[s - 1].gradient.d, stages_[s - 1].gradient.d_t, stages_[s - 1].transposed, {}};
      collect(pass, stages_[s - 1].head, stage.head);
    } else if (s == 0 && target.wanted()) {
      below = target;
      collect(pass, 0, first_of(stage));
      if (!target.finish.empty()) chain_.push_back(target.finish);
    }
    const bool at_once = below.wanted() && by_tile();
    GradientTarget<T> wanted = below;
    wanted.finish = at_once ? chained() : Epilogue<T>{};
    wanted.transposed = at_once && below.transposed;
    if (stage.head == kNone) {
      if (wanted.wanted()) pass_on<T>(tools_.kernels, stage.gradient.d, wanted);
    } else {
      slots_[stage.head].layer->backward(pass, input_of(stage.head, in), stage.gradient, wanted, sink);
      if (sink.reached != nullptr) sink.reached(sink.context, stage.begin);
    }
    if (!below.wanted()) return;
    if (!at_once) apply_chain({below.d, below.d_t}, below.transposed);
  }
}

template class Sequence<float>;
template class Sequence<double>;

}  // namespace chainrule
