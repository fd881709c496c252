// The end of a network: the loss of a batch, its gradient, and metrics, for training and evaluation alike.
#pragma once
#include <vector>

#include "nn/custom_loss.h"
#include "nn/metrics.h"
#include "nn/topology.h"

namespace chainrule {

/// Makes of a number of this process the sum of those of all that have parts of a batch.
class SumOverAll {
 public:
  virtual ~SumOverAll() = default;
  virtual double sum(double own) = 0;
};

template <typename T>
class Output {
 public:
  Output(const Topology& topology, const KernelTable<T>& kernels);

  /// Reads the targets and weights of a batch: of the first of `samples`, or of the rows of y that `index` names. `shards` are the batch's,
  /// which must last; `total` makes of the sum of the weights that of the whole batch. Throws std::bad_alloc; load() can then be called
  /// again.
  void load(const Samples<T>& samples, const uint32_t* index, size_t rows, const BatchShards* shards = nullptr,
            SumOverAll* total = nullptr);
  size_t bytes() const;
  /// The sum of the whole batch's weights.
  double weight() const { return weight_; }

  /// Sets what computes a custom loss. Without it that loss is 0, and has no gradient.
  void set_custom_loss(CustomLoss<T>* loss) { custom_ = loss; }

  /// The loss of the outputs that the loss reads, each row's added to `sum` in their order, times its weight; and, where `gradient` has
  /// room for it, the gradient of the batch's mean loss with respect to them. In an ensemble it is the mean of the members' losses, which
  /// training goes by.
  double add_loss(PanelView<const T> outputs, PanelView<T> gradient, double sum);
  /// The same without a gradient; in an ensemble it is the loss of the mean prediction, which evaluation goes by.
  double add_prediction_loss(PanelView<const T> outputs, double sum);
  /// The same for a kernel that computes the loss by itself.
  LossBlock<T> loss_block(PanelView<const T> outputs, PanelView<T> gradient);
  double add_row_losses(double sum) const;
  /// Adds the batch, whose outputs were given to the loss, to `sums`; in an ensemble its mean prediction.
  void add_metrics(PanelView<const T> outputs, MetricSums* sums);

 private:
  void make_room(size_t rows, bool labelled);
  void read_values(const T* values, const uint32_t* index);
  void add_custom_loss(PanelView<const T> outputs, PanelView<T> gradient);
  void weigh(const T* weights, const uint32_t* index, SumOverAll* total);
  void measure_entropy();
  double loss_of(size_t row, double computed) const;
  PanelView<const T> activated(PanelView<const T> outputs);

  const Topology& topology_;
  const KernelTable<T>& kernels_;
  AlignedBuffer<T> memory_;
  PanelView<T> targets_;    // in an ensemble as far from panel to panel as the members' outputs
  PanelView<T> activated_;  // of all members
  std::vector<T> row_loss_;
  std::vector<int32_t> labels_;
  std::vector<T> per_output_;
  std::vector<T> weights_;    // all 1 where the samples have none
  std::vector<T> row_scale_;  // of the gradient
  std::vector<T> entropy_;    // of each row's targets, if the loss is less that
  const BatchShards* shards_ = nullptr;
  CustomLoss<T>* custom_ = nullptr;
  std::vector<T> custom_targets_;  // [rows, targets] row-major, for a custom loss
  double weight_ = 0;
  size_t all_rows_ = 0;  // of the whole batch
  bool weighted_ = false;
  size_t rows_ = 0;
  bool labelled_ = false;
};

}  // namespace chainrule
