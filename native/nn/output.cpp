#include "nn/output.h"

#include <algorithm>

#include "math/contract.h"
#include "math/parallel_for.h"
#include "nn/layers/activation_function.h"
#include "nn/layers/member_rows.h"
#include "nn/mean_prediction.h"
#include "nn/parameter_rows.h"

namespace chainrule {

template <typename T>
Output<T>::Output(const Topology& topology, const KernelTable<T>& kernels)
    : topology_(topology), kernels_(kernels), per_output_(padded(topology.outputs), T{1}) {
  std::copy(topology.loss.per_output.begin(), topology.loss.per_output.end(), per_output_.begin());
}

template <typename T>
void Output<T>::load(const Samples<T>& samples, const uint32_t* index, size_t rows, const BatchShards* shards, SumOverAll* total) {
  const bool labelled = samples.labels != nullptr;
  index = samples.rows_of(index);
  shards_ = shards;
  const size_t all_rows = shards != nullptr ? shards->all_rows : rows;
  if (rows != rows_ || all_rows != all_rows_ || labelled != labelled_) {
    all_rows_ = all_rows;
    make_room(rows, labelled);
  }
  if (labelled) {
    for (size_t i = 0; i < rows; ++i) labels_[i] = samples.labels[index != nullptr ? index[i] : i];
  } else {
    read_values(samples.values, index);
  }
  weigh(samples.weights, index, total);
  if (topology_.loss_traits().less_entropy) measure_entropy();
}

/// Each target goes into the columns of all of its outputs.
template <typename T>
void Output<T>::read_values(const T* values, const uint32_t* index) {
  const size_t copies = topology_.outputs_per_target;
  if (topology_.has_custom_loss()) {
    const size_t columns = topology_.targets;
    asking_for<T>(rows_ * columns, [&] { custom_targets_.resize(rows_ * columns); });
    for (size_t i = 0; i < rows_; ++i)
      std::copy_n(values + (index != nullptr ? index[i] : i) * columns, columns, &custom_targets_[i * columns]);
    if (copies == 0) return;
  }
  if (copies == 1) return gather_rows(kernels_, values, index, targets_);
  const PanelView<T> once = panel_view(activated_.data, rows_, topology_.targets);
  gather_rows(kernels_, values, index, once);
  for (size_t j = 0; j < topology_.outputs; ++j) {
    for (size_t i = 0; i < rows_; ++i) targets_.at(i, j) = once.at(i, j / copies);
  }
}

/// Without weights, make_room() has done it.
template <typename T>
void Output<T>::weigh(const T* weights, const uint32_t* index, SumOverAll* total) {
  if (weights == nullptr && !weighted_) return;
  weighted_ = weights != nullptr;
  for (size_t i = 0; i < rows_; ++i) weights_[i] = weighted_ ? weights[index != nullptr ? index[i] : i] : T{1};
  weight_ = static_cast<double>(all_rows_);
  if (weighted_) {
    weight_ = sum_over_shards(shards_, rows_, 0.0, [&](Range rows, double sum) {
      for (size_t i = rows.begin; i < rows.end; ++i) sum += static_cast<double>(weights_[i]);
      return sum;
    });
    if (total != nullptr) weight_ = total->sum(weight_);
  }
  const double scale = weight_ == 0 ? 0 : 1 / topology_.loss_divisor(weight_);
  const T members = static_cast<T>(topology_.members());
  for (size_t i = 0; i < rows_; ++i) row_scale_[i] = static_cast<T>(static_cast<double>(weights_[i]) * scale) / members;
}

/// sum(y log(y)), less that; 0 log(0) is 0.
template <typename T>
void Output<T>::measure_entropy() {
  asking_for<T>(rows_, [&] { entropy_.assign(rows_, T{0}); });
  for (size_t i = 0; i < rows_ && !labelled_; ++i) {
    for (size_t panel = 0; panel < targets_.panels(); ++panel) {
      const T* const y = targets_.panel(panel) + i * kLanes;
      T logs[kLanes];
      kernels_.log(y, logs, kLanes);
      for (size_t j = 0; j < kLanes; ++j) {
        if (y[j] > 0) entropy_[i] -= y[j] * logs[j];
      }
    }
  }
}

/// `rows_` says what there is room for: none, until every allocation has succeeded.
template <typename T>
void Output<T>::make_room(size_t rows, bool labelled) {
  rows_ = 0;
  const size_t all = rows * topology_.members();
  const size_t size = all * padded(topology_.outputs);
  if (memory_.size() < 2 * size) memory_ = AlignedBuffer<T>(2 * size);
  targets_ = member_rows(panel_view(memory_.data(), all, topology_.outputs), 0, rows);
  activated_ = panel_view(memory_.data() + size, all, topology_.outputs);
  asking_for<T>(all, [&] { row_loss_.resize(all); });
  asking_for<int32_t>(rows, [&] { labels_.resize(rows); });
  asking_for<T>(rows, [&] { weights_.resize(rows); });
  asking_for<T>(rows, [&] { row_scale_.resize(rows + kLanes); });
  labelled_ = labelled;
  rows_ = rows;
  weighted_ = true;
  weigh(nullptr, nullptr, nullptr);
}

template <typename T>
size_t Output<T>::bytes() const {
  const size_t vectors = row_loss_.capacity() + per_output_.capacity() + weights_.capacity() + row_scale_.capacity() + entropy_.capacity() +
                         custom_targets_.capacity();
  return (memory_.size() + vectors) * sizeof(T) + labels_.capacity() * sizeof(int32_t);
}

template <typename T>
LossBlock<T> Output<T>::loss_block(PanelView<const T> outputs, PanelView<T> gradient) {
  LossBlock<T> block{};
  block.output = outputs.data;
  block.target = labelled_ ? nullptr : targets_.data;
  block.labels = labelled_ ? labels_.data() : nullptr;
  block.gradient = gradient.data;
  block.row_loss = row_loss_.data();
  block.units = topology_.outputs;
  block.stride = outputs.stride;
  block.rows = {0, rows_};
  block.row_scale = row_scale_.data();
  block.per_output = per_output_.data();
#define LOSS_SETTING(name, typescript) block.settings.name = static_cast<T>(topology_.loss.settings.name);
#include "kernels/loss_settings.inc"
#undef LOSS_SETTING
  return block;
}

/// By the host's function, piece by piece. It computes the gradients of rows; those of the mean loss are these times row_scale_.
template <typename T>
void Output<T>::add_custom_loss(PanelView<const T> outputs, PanelView<T> gradient) {
  require(custom_ != nullptr || gradient.data == nullptr, "the loss has no function");
  for (size_t first = 0, count; first < outputs.rows; first += count) {
    const size_t row = first % rows_;
    count = std::min(CustomLoss<T>::kRowsAtOnce, rows_ - row);
    if (custom_ == nullptr) {
      std::fill_n(&row_loss_[first], count, T{0});
      continue;
    }
    typename CustomLoss<T>::Arrays arrays = custom_->arrays();
    kernels_.scatter({outputs.data + first * kLanes, arrays.outputs, outputs.cols, outputs.stride, nullptr, {0, count}});
    std::copy_n(&custom_targets_[row * topology_.targets], count * topology_.targets, arrays.targets);
    custom_->compute(count, gradient.data != nullptr);
    arrays = custom_->arrays();
    std::copy_n(arrays.losses, count, &row_loss_[first]);
    if (gradient.data == nullptr) continue;
    for (size_t i = 0; i < count; ++i) {
      for (size_t j = 0; j < outputs.cols; ++j) arrays.gradient[i * outputs.cols + j] *= row_scale_[row + i];
    }
    kernels_.gather({arrays.gradient, gradient.data + first * kLanes, gradient.cols, gradient.stride, nullptr, {0, count}});
  }
}

template <typename T>
double Output<T>::add_loss(PanelView<const T> outputs, PanelView<T> gradient, double sum) {
  const size_t members = outputs.rows / rows_;
  const LossBlock<T> block = loss_block(outputs, gradient);
  if (topology_.has_custom_loss()) {
    add_custom_loss(outputs, gradient);
  } else {
    parallel_for(outputs.rows, 1, outputs.rows * topology_.outputs * kLanes, [&](Range range) {
      for (size_t member = range.begin / rows_, first; (first = member * rows_) < range.end; ++member) {
        LossBlock<T> part = block;
        part.output += first * kLanes;
        if (part.gradient != nullptr) part.gradient += first * kLanes;
        part.row_loss += first;
        part.rows = {std::max(range.begin, first) - first, std::min(range.end - first, rows_)};
        kernels_.loss[static_cast<size_t>(topology_.loss.kind)](part);
      }
    });
  }
  if (members == 1) return add_row_losses(sum);
  return sum_over_shards(shards_, rows_, sum, [&](Range rows, double chain) {
    for (size_t i = rows.begin; i < rows.end; ++i) {
      double of_members = 0;
      for (size_t member = 0; member < members; ++member) of_members += static_cast<double>(row_loss_[member * rows_ + i]);
      chain += loss_of(i, of_members / static_cast<double>(members));
    }
    return chain;
  });
}

template <typename T>
double Output<T>::add_prediction_loss(PanelView<const T> outputs, double sum) {
  const size_t members = topology_.members();
  if (members == 1) return add_loss(outputs, {}, sum);
  if (!topology_.loss_fused()) return add_loss(activated(outputs), {}, sum);
  // Rows of the targets' panels that only the members' outputs would need.
  const PanelView<T> logits{targets_.data + rows_ * kLanes, rows_, targets_.cols, targets_.stride};
  logits_of_mean<T>(kernels_, topology_.loss_traits().reads, outputs, members, activated_, logits);
  return add_loss(logits, {}, sum);
}

template <typename T>
double Output<T>::add_row_losses(double sum) const {
  return sum_over_shards(shards_, rows_, sum, [&](Range rows, double chain) {
    if (!weighted_ && entropy_.empty()) {
      for (size_t i = rows.begin; i < rows.end; ++i) chain += static_cast<double>(row_loss_[i]);
      return chain;
    }
    for (size_t i = rows.begin; i < rows.end; ++i) chain += loss_of(i, static_cast<double>(row_loss_[i]));
    return chain;
  });
}

/// The part of a row in the sum, from the kernel's result.
template <typename T>
double Output<T>::loss_of(size_t row, double computed) const {
  if (!entropy_.empty()) computed -= static_cast<double>(entropy_[row]);
  return static_cast<double>(weights_[row]) * computed;
}

/// The prediction: activations of the outputs that the loss reads, and their mean over the members.
template <typename T>
PanelView<const T> Output<T>::activated(PanelView<const T> outputs) {
  const size_t members = topology_.members();
  if (topology_.loss_fused()) {
    ActivationFunction<T>(kernels_, topology_.last_activation).apply(outputs, activated_);
  } else if (members == 1) {
    return outputs;
  } else {
    for (size_t panel = 0; panel < outputs.panels(); ++panel)
      std::copy_n(outputs.panel(panel), outputs.rows * kLanes, activated_.panel(panel));
  }
  return members == 1 ? activated_ : mean_over_members(activated_, members);
}

template <typename T>
void Output<T>::add_metrics(PanelView<const T> outputs, MetricSums* sums) {
  const PanelView<const T> activations = activated(outputs);
  const int32_t* const labels = labelled_ ? labels_.data() : nullptr;
  *sums = sum_over_shards(shards_, rows_, *sums, [&](Range rows, MetricSums chain) {
    chain.add<T>(topology_, activations, labels, targets_, rows);
    return chain;
  });
}

template class Output<float>;
template class Output<double>;

}  // namespace chainrule
