// L-BFGS on all samples at once (Liu & Nocedal 1989), with a line search for the strong Wolfe conditions (Nocedal & Wright 2006, algorithms
// 3.5 and 3.6). Steps, tolerances and defaults are those of PyTorch's torch.optim.LBFGS.
#pragma once
#include <atomic>
#include <vector>

#include "math/aligned_buffer.h"
#include "math/function_ref.h"
#include "nn/block_sums.h"

namespace chainrule {

struct LbfgsSpec {
  size_t max_iterations;   ///< of one step, at least 1
  size_t max_evaluations;  ///< of the loss in one step, but for those of its last line search; at least 1
  double tolerance_gradient;
  double tolerance_change;
  size_t history_size;  ///< at least 1
  bool line_search;     ///< whether there is one; otherwise each iteration moves by the learning rate
};

template <typename T>
class Lbfgs {
 public:
  /// Blocks of parameters that it takes besides its history.
  static constexpr size_t kBlocks = 7;

  /// The loss of the parameters as they are now; the gradient goes to the argument.
  using Objective = FunctionRef<double(T* gradient)>;

  /// For `size` parameters, a multiple of 16. Throws std::bad_alloc.
  Lbfgs(const LbfgsSpec& spec, const KernelTable<T>& kernels, size_t size);

  /// Where the gradient is to be before step().
  T* gradient() { return gradients_[current_].data(); }

  /// Makes room for what a step remembers: to be called before each. Throws std::bad_alloc.
  void reserve();
  /// One step of several iterations; `loss` and gradient() are those of the parameters at its start. Ends early, with parameters in
  /// between, once `stop` is set.
  void step(T* parameters, double loss, double learning_rate, Objective objective, const std::atomic<bool>& stop);

  /// The arrays that it needs to go on as if it had never stopped, each as large as the parameters. Before its first iteration there are
  /// none. Later the first two are the gradient and the step of the last one. Each one that is remembered adds its step and the change of
  /// the gradient, oldest first.
  std::vector<AlignedBuffer<T>*> state();
  size_t state_arrays() const { return begun_ ? 2 + 2 * pairs_.size() : 0; }
  /// Whether a state of as many arrays is possible.
  bool can_have(size_t state_arrays) const { return state_arrays % 2 == 0 && state_arrays / 2 <= 1 + spec_.history_size; }
  /// Makes room for as many, which are to be filled; then resume() is to be called. Throws std::bad_alloc, with nothing changed.
  void set_state_arrays(size_t count);
  void resume();

  size_t bytes() const;

 private:
  /// The changes of parameters and gradients by one iteration.
  struct Pair {
    AlignedBuffer<T> step, change;
    double inverse_product = 0;
  };
  /// A point on the line of a search.
  struct Point {
    double t, loss, derivative;
    size_t gradient;  // index
  };

  Pair new_pair() const { return {AlignedBuffer<T>(start_.size()), AlignedBuffer<T>(start_.size())}; }
  void remember();
  void weigh(Pair& pair, double product);
  void find_direction();
  void move(T* parameters, double t) const;
  Point evaluate(T* parameters, double t, size_t gradient, Objective objective);
  /// Finds the point of an iteration; adds its evaluations to `evaluations`.
  Point search(T* parameters, const Point& start, double t, Objective objective, size_t& evaluations, const std::atomic<bool>& stop);
  size_t other_than(size_t a, size_t b, size_t c) const;

  const LbfgsSpec spec_;
  const KernelTable<T>& kernels_;
  BlockSums<T> sums_;
  AlignedBuffer<T> gradients_[4];  // of the start of a line search, and of three points
  size_t current_ = 0;             // among them
  AlignedBuffer<T> previous_, direction_, start_;
  std::vector<Pair> pairs_, free_;  // oldest first
  std::vector<double> products_;
  double t_ = 0;        // the last iteration moved by t_ * direction_
  double hessian_ = 1;  // the diagonal of the first approximation of the inverse Hessian
  bool begun_ = false;
};

}  // namespace chainrule
